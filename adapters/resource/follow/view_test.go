package follow_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/resource"
	"writ/adapters/resource/follow"
)

const issuerURL = "https://auth.example.org"

var noon = time.Date(2026, 3, 1, 12, 0, 0, 500_000_000, time.UTC)

// message is what the issuer publishes: the body, and the subject that it is published on.
func message(kind, subject string, at time.Time, data map[string]any) (string, []byte) {
	if data == nil {
		data = map[string]any{}
	}
	body, err := json.Marshal(map[string]any{
		"specversion": "1.0", "id": "e-1", "type": "writ." + kind + ".v1", "source": issuerURL, "subject": subject,
		"time": at, "sequence": "00000000000000000042", "datacontenttype": "application/json", "data": data,
	})
	if err != nil {
		panic(err)
	}
	return "writ.events." + kind + ".Y2xpLjE.Y3E3", body
}

// token is what ada let notes do, at an age in seconds.
func token(age int) resource.Claims {
	issued := noon.Truncate(time.Second).Add(-time.Duration(age) * time.Second)
	return resource.Claims{
		Subject: "ada", Client: "notes", Grant: "g-1", ID: "j-1", KeyID: "k-1", Scope: []string{"openid", "READ_POSTS", "CREATE_POST"},
		IssuedAt: issued, Expires: issued.Add(15 * time.Minute),
	}
}

// hour is a clock that can be set.
type hour struct{ now time.Time }

func (h *hour) clock() time.Time { return h.now }

// quiet is a view that was up to date at noon.
func quiet(o follow.Options) (*follow.View, *hour) {
	h := &hour{noon}
	o.Issuer, o.Clock = issuerURL, h.clock
	v := follow.NewView(o)
	v.Heard(noon)
	return v, h
}

type step struct {
	kind, subject string
	after         time.Duration // noon
	data          map[string]any
}

func (s step) learn(t *testing.T, v *follow.View) {
	t.Helper()
	subject, body := message(s.kind, s.subject, noon.Add(s.after), s.data)
	if err := v.Learn(subject, body); err != nil {
		t.Fatalf("learn of %s: %v", s.kind, err)
	}
}

func TestWhatIsRefused(t *testing.T) {
	later := 2 * time.Second
	for name, tc := range map[string]struct {
		steps []step
		age   int
		want  string // in the reason; empty: it is good
	}{
		"nothing happened":                        {nil, 0, ""},
		"the grant is revoked":                    {[]step{{"grant-revoked", "g-1", 0, nil}}, 0, "grant"},
		"another grant is revoked":                {[]step{{"grant-revoked", "g-2", 0, nil}}, 0, ""},
		"the account is suspended":                {[]step{{"account-suspended", "ada", 0, nil}}, 10, "suspended"},
		"it was suspended in the same second":     {[]step{{"account-suspended", "ada", 0, nil}}, 0, "suspended"},
		"the token is younger than that":          {[]step{{"account-suspended", "ada", 0, nil}}, -1, ""},
		"another account is suspended":            {[]step{{"account-suspended", "bob", 0, nil}}, 10, ""},
		"it was reinstated":                       {[]step{{"account-suspended", "ada", 0, nil}, {"account-reinstated", "ada", later, nil}}, 10, ""},
		"it was suspended again":                  {[]step{{"account-suspended", "ada", 0, nil}, {"account-reinstated", "ada", 1, nil}, {"account-suspended", "ada", later, nil}}, 10, "suspended"},
		"it was deleted":                          {[]step{{"account-deleted", "ada", 0, nil}}, -1, "deleted"},
		"the client is deleted":                   {[]step{{"client-deleted", "row-1", 0, map[string]any{"client_id": "notes"}}}, 10, "client"},
		"another client is deleted":               {[]step{{"client-deleted", "notes", 0, map[string]any{"client_id": "other"}}}, 10, ""},
		"the token is of a client made again":     {[]step{{"client-deleted", "row-1", 0, map[string]any{"client_id": "notes"}}}, -1, ""},
		"the token itself is revoked":             {[]step{{"token-revoked", "j-1", 0, nil}}, 0, "itself"},
		"its key is taken back":                   {[]step{{"signing-key-forgotten", "k-1", 0, nil}}, 0, "key"},
		"an id of one kind is not one of another": {[]step{{"grant-revoked", "ada", 0, nil}, {"token-revoked", "g-1", 0, nil}, {"account-suspended", "j-1", 0, nil}}, 10, ""},
		"permissions change":                      {[]step{{"permissions-changed", "ada", 0, map[string]any{"permissions": []string{}}}}, 10, ""},
	} {
		t.Run(name, func(t *testing.T) {
			v, _ := quiet(follow.Options{})
			for _, s := range tc.steps {
				s.learn(t, v)
			}
			got, err := v.Check(token(tc.age))
			if tc.want == "" && (err != nil || got.Stale) {
				t.Errorf("got %+v, %v", got, err)
			}
			if tc.want != "" && (!errors.Is(err, resource.ErrRevoked) || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("got %v, want a reason with %q", err, tc.want)
			}
		})
	}
}

func TestNarrowedScopes(t *testing.T) {
	less := step{"permissions-changed", "ada", 0, map[string]any{"permissions": []string{"READ_POSTS", "OTHER"}}}
	none := step{"permissions-changed", "ada", 0, map[string]any{"permissions": []string{}}}
	all := step{"permissions-changed", "ada", time.Second, map[string]any{"permissions": []string{"READ_POSTS", "CREATE_POST"}}}
	admin := step{"permissions-changed", "ada", 0, map[string]any{"permissions": []string{"ADMINISTRATOR"}}}
	for name, tc := range map[string]struct {
		choice follow.Permissions
		steps  []step
		age    int
		want   string
	}{
		"kept":                {follow.Keep, []step{none}, 10, "openid READ_POSTS CREATE_POST"},
		"narrowed":            {follow.Narrow, []step{less}, 10, "openid READ_POSTS"},
		"narrowed to nothing": {follow.Narrow, []step{none}, 10, "openid"},
		"an administrator":    {follow.Narrow, []step{admin}, 10, "openid READ_POSTS CREATE_POST"},
		"won back":            {follow.Narrow, []step{none, all}, 10, "openid READ_POSTS CREATE_POST"},
		"a younger token":     {follow.Narrow, []step{none}, -1, "openid READ_POSTS CREATE_POST"},
		"of another account":  {follow.Narrow, []step{{"permissions-changed", "bob", 0, none.data}}, 10, "openid READ_POSTS CREATE_POST"},
	} {
		v, _ := quiet(follow.Options{Permissions: tc.choice})
		for _, s := range tc.steps {
			s.learn(t, v)
		}
		before := token(tc.age)
		got, err := v.Check(before)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(strings.Fields(tc.want), got.Scope); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(token(tc.age).Scope, before.Scope); diff != "" {
			t.Errorf("%s changed the claims it was given (-want +got):\n%s", name, diff)
		}
	}
}

func TestAViewThatIsOld(t *testing.T) {
	serve, at := quiet(follow.Options{MaxStale: 5 * time.Second})
	refuse, then := quiet(follow.Options{MaxStale: 5 * time.Second, WhenStale: follow.Refuse})
	for _, old := range []time.Duration{0, 5 * time.Second, 6 * time.Second, time.Hour} {
		at.now, then.now = noon.Add(old), noon.Add(old)
		wantStale := old > 5*time.Second
		if got := serve.Staleness(); got != old {
			t.Errorf("staleness is %s, want %s", got, old)
		}
		c, err := serve.Check(token(0))
		if err != nil || c.Stale != wantStale {
			t.Errorf("after %s, failing open: stale %t, %v", old, c.Stale, err)
		}
		_, err = refuse.Check(token(0))
		if errors.Is(err, follow.ErrStale) != wantStale || errors.Is(err, resource.ErrRevoked) {
			t.Errorf("after %s, failing closed: %v", old, err)
		}
	}
}

func TestAViewThatNeverHeardAnything(t *testing.T) {
	v := follow.NewView(follow.Options{Issuer: issuerURL, WhenStale: follow.Refuse})
	if _, err := v.Check(token(0)); v.Staleness() != follow.Never || !errors.Is(err, follow.ErrStale) {
		t.Errorf("staleness %s, %v", v.Staleness(), err)
	}
	step{"grant-revoked", "g-1", time.Since(noon), nil}.learn(t, v)
	if _, err := v.Check(token(0)); !errors.Is(err, resource.ErrRevoked) {
		t.Errorf("what is known to be revoked: %v", err)
	}
	select {
	case <-v.Ready():
		t.Error("it says that it is ready")
	default:
	}
}

func TestTokensThatOutliveWhatIsRemembered(t *testing.T) {
	for choice, want := range map[follow.WhenStale]error{follow.Serve: nil, follow.Refuse: follow.ErrStale} {
		v, _ := quiet(follow.Options{Longest: 10 * time.Minute, WhenStale: choice})
		c, err := v.Check(token(0))
		if !errors.Is(err, want) || !c.Stale {
			t.Errorf("%d: stale %t, %v", choice, c.Stale, err)
		}
	}
}

func TestRevocationsAreForgottenWhenNoTokenIsLeft(t *testing.T) {
	v, h := quiet(follow.Options{Longest: 15 * time.Minute})
	for i := range 100 {
		step{"grant-revoked", fmt.Sprint("g-", i), 0, nil}.learn(t, v)
	}
	step{"account-suspended", "ada", 0, nil}.learn(t, v)
	h.now = noon.Add(10 * time.Minute)
	step{"account-suspended", "ada", 10 * time.Minute, nil}.learn(t, v)
	h.now = noon.Add(16*time.Minute + time.Second)
	step{"grant-revoked", "new", 16 * time.Minute, nil}.learn(t, v)
	if got := v.Size(); got != 2 { // the account, which was suspended again, and the new one
		t.Errorf("%d revocations are kept, want 2", got)
	}
	step{"grant-revoked", "old", 0, nil}.learn(t, v)
	if got := v.Size(); got != 2 {
		t.Errorf("an old one is kept: %d", got)
	}
}

func TestMemoryIsBoundedAndSaysSo(t *testing.T) {
	v, h := quiet(follow.Options{Most: 100, Longest: 15 * time.Minute, WhenStale: follow.Refuse})
	for i := range 100 {
		step{"grant-revoked", fmt.Sprint("x-", i), time.Duration(i), nil}.learn(t, v)
	}
	if _, err := v.Check(token(0)); err != nil {
		t.Errorf("when it is full: %v", err)
	}
	for i := range 100 {
		step{"grant-revoked", fmt.Sprint("y-", i), time.Minute, nil}.learn(t, v)
	}
	if _, err := v.Check(token(0)); v.Size() > 100 || !errors.Is(err, follow.ErrStale) || v.Staleness() != follow.Never {
		t.Errorf("when it is too much: %d are kept, %v", v.Size(), err)
	}
	h.now = noon.Add(16*time.Minute + time.Second) // now no token is left of what was forgotten
	v.Heard(h.now)
	if c, err := v.Check(resource.Claims{Subject: "ada", IssuedAt: h.now, Expires: h.now.Add(time.Minute)}); err != nil || c.Stale {
		t.Errorf("afterwards: %v", err)
	}
}

func TestMessagesThatAreNotUnderstood(t *testing.T) {
	subject, good := message("grant-revoked", "g-1", noon, nil)
	for name, tc := range map[string]struct{ subject, body string }{
		"no JSON":          {subject, "nonsense"},
		"a list":           {subject, "[]"},
		"no subject":       {subject, strings.Replace(string(good), `"subject":"g-1"`, `"subject":""`, 1)},
		"no time":          {subject, strings.Replace(string(good), `"time"`, `"thyme"`, 1)},
		"another kind":     {"writ.events.grant-opened._._", string(good)},
		"no client":        {"writ.events.client-deleted._._", string(good)},
		"no permissions":   {"writ.events.permissions-changed._._", string(good)},
		"another's stream": {"other.subject", string(good)},
	} {
		v, _ := quiet(follow.Options{Permissions: follow.Narrow})
		if err := v.Learn(tc.subject, []byte(tc.body)); err == nil || v.Size() != 0 {
			t.Errorf("%s: got %v, and %d are kept", name, err, v.Size())
		}
	}
	v, _ := quiet(follow.Options{})
	if err := v.Learn(subject, []byte(strings.Replace(string(good), issuerURL, "https://other.example", 1))); err != nil || v.Size() != 0 {
		t.Errorf("another issuer: got %v, and %d are kept", err, v.Size())
	}
	if err := v.Learn(subject, []byte(strings.Replace(string(good), ".v1", ".v7", 1))); err != nil || v.Size() != 1 {
		t.Errorf("a later revision: got %v, and %d are kept", err, v.Size())
	}
}

func TestOptionsThatCanNeverWork(t *testing.T) {
	for name, o := range map[string]follow.Options{
		"no issuer":          {URL: "nats://127.0.0.1:1"},
		"no broker":          {Issuer: issuerURL},
		"an unknown choice":  {Issuer: issuerURL, URL: "nats://127.0.0.1:1", WhenStale: 7},
		"no such file":       {Issuer: issuerURL, URL: "nats://127.0.0.1:1", Credentials: "/nowhere"},
		"a malformed broker": {Issuer: issuerURL, URL: "nats://127.0.0.1:port"},
	} {
		if _, err := follow.Start(t.Context(), o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
