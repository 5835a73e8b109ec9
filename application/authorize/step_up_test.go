package authorize_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/eventsourcing/ledgertest"
	"writ/application/authorize"
	"writ/domain/authorization"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/domain/token"
	"writ/ports"
	"writ/ports/portstest/req"
)

// resumed goes on with a request that waits.
func (w *world) resumed(t *testing.T, id string, v *session.Visitor) (authorize.Outcome, error) {
	t.Helper()
	r, err := w.pending.Resume(t.Context(), id, v)
	if err != nil {
		return authorize.Outcome{}, err
	}
	return w.begin.Execute(t.Context(), authorize.BeginCommand{Request: r.Request, Visitor: v, Resumed: r})
}

// hinted is an ID token of this server.
func (w *world) hinted(t *testing.T, claims token.IDClaims) oauth.Secret {
	t.Helper()
	signed, err := w.Signer.Sign(t.Context(), oauth.RS256, token.IDType, claims)
	if err != nil {
		t.Fatal(err)
	}
	return oauth.Secret(signed)
}

var toOdin = token.IDClaims{Issuer: "https://op.example", Subject: "odin", Audience: "app", Expires: 1}

func to(change func(*token.IDClaims)) token.IDClaims {
	c := toOdin
	change(&c)
	return c
}

// demands are requests that are not content with whoever is signed in, and what each asks for.
var demands = map[string]struct {
	ask    func(*testing.T, *world, *authorize.Request)
	passed time.Duration // since odin signed in
	prompt string
	acr    string
}{
	"prompt=login":         {ask: func(_ *testing.T, _ *world, r *authorize.Request) { r.Prompt = "login" }, prompt: "login"},
	"prompt=login consent": {ask: func(_ *testing.T, _ *world, r *authorize.Request) { r.Prompt = "login consent" }, prompt: "login"},
	"prompt=select_account": {
		ask: func(_ *testing.T, _ *world, r *authorize.Request) { r.Prompt = "select_account" }, prompt: "select_account",
	},
	"max_age=0":         {ask: func(_ *testing.T, _ *world, r *authorize.Request) { r.MaxAge = "0" }, prompt: "login"},
	"an age beyond it":  {ask: func(_ *testing.T, _ *world, r *authorize.Request) { r.MaxAge = "60" }, passed: 61 * time.Second, prompt: "login"},
	"a stronger method": {ask: func(_ *testing.T, _ *world, r *authorize.Request) { r.ACRValues = "urn:x phr" }, prompt: "login", acr: "phr"},
	"another person": {ask: func(t *testing.T, w *world, r *authorize.Request) {
		r.IDTokenHint = w.hinted(t, to(func(c *token.IDClaims) { c.Subject = "thor" }))
	}, prompt: "login"},
}

func TestWhoMustSignInAgain(t *testing.T) {
	req.Covers(t, "R-053", "R-055", "R-056", "R-059")
	for name, tc := range demands {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Account("thor", "USE_OAUTH_CLIENTS")
			w.remembersOdin()
			w.Clock.Pass(tc.passed)
			r := asked(func(r *authorize.Request) { tc.ask(t, w, r) })
			outcome, err := w.begin.Execute(t.Context(), authorize.BeginCommand{Request: r, Visitor: &w.odin})
			if err != nil || outcome.SignIn == nil || outcome.SignIn.RequestID == "" {
				t.Fatalf("odin goes on: %+v, %v", outcome, err)
			}
			want := authorize.SignIn{RequestID: outcome.SignIn.RequestID, Prompt: tc.prompt, ACR: tc.acr}
			if diff := cmp.Diff(want, *outcome.SignIn); diff != "" {
				t.Errorf("what is asked of him (-want +got):\n%s", diff)
			}
			id := outcome.SignIn.RequestID
			for name, visitor := range map[string]*session.Visitor{"nobody": nil, "odin as before": &w.odin} {
				again, err := w.resumed(t, id, visitor)
				if err != nil || again.SignIn == nil || again.SignIn.RequestID != id {
					t.Errorf("%s goes on: %+v, %v", name, again, err)
				}
			}
			w.Clock.Pass(2 * time.Minute)
			someone := w.Visitor("odin")
			if name == "another person" {
				someone = w.Visitor("thor")
			}
			further, err := w.resumed(t, id, &someone)
			if err != nil || further.SignIn != nil {
				t.Fatalf("who signed in does not go on: %+v, %v", further, err)
			}
			if someone.Account == "odin" && name != "prompt=login consent" && further.Location == "" {
				t.Errorf("odin is asked again what he has allowed: %+v", further)
			}
		})
	}
}

// remembersOdin lets an earlier approval of odin's stand.
func (w *world) remembersOdin() {
	g := grant.Named(w.Entropy.ID())
	w.Decide(func() error {
		return g.Open(grant.Opening{Client: "app", Account: "odin", Scope: "openid CREATE_POST", Lifetimes: w.Server.Lifetimes, At: w.Clock.Now()})
	}, g)
}

func TestWhoIsSignedInWellEnough(t *testing.T) {
	req.Covers(t, "R-055", "R-056", "R-059")
	for name, ask := range map[string]func(*testing.T, *world, *authorize.BeginCommand){
		"just now":     func(_ *testing.T, _ *world, c *authorize.BeginCommand) { c.Request.MaxAge = "60" },
		"odin himself": func(t *testing.T, w *world, c *authorize.BeginCommand) { c.Request.IDTokenHint = w.hinted(t, toOdin) },
		"odin, in a token for another": func(t *testing.T, w *world, c *authorize.BeginCommand) {
			c.Request.IDTokenHint = w.hinted(t, to(func(c *token.IDClaims) { c.Audience = "other" }))
		},
		"by any method": func(_ *testing.T, _ *world, c *authorize.BeginCommand) { c.Request.ACRValues = "phr 1" },
		"by an unknown one": func(_ *testing.T, _ *world, c *authorize.BeginCommand) {
			c.Request.ACRValues = "urn:mace:incommon:iap:silver"
		},
		"whom he chose": func(_ *testing.T, _ *world, c *authorize.BeginCommand) {
			c.Request.Prompt, c.Selected = "select_account", "odin"
		},
		"whoever the client expects": func(_ *testing.T, _ *world, c *authorize.BeginCommand) { c.Request.LoginHint = "thor" },
		"by a strong method": func(_ *testing.T, w *world, c *authorize.BeginCommand) {
			c.Request.ACRValues = "phr"
			c.Visitor.AMR = []string{"hwk"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Clock.Pass(time.Minute)
			cmd := authorize.BeginCommand{Request: asked(), Visitor: &w.odin}
			ask(t, w, &cmd)
			outcome, err := w.begin.Execute(t.Context(), cmd)
			if err != nil || outcome.Consent.IsZero() {
				t.Errorf("got %+v, %v", outcome, err)
			}
		})
	}
}

func TestSilentlyNobodyIsAskedToSignIn(t *testing.T) {
	req.Covers(t, "R-054", "R-055", "R-056")
	for name, tc := range map[string]struct {
		ask  func(*testing.T, *world, *authorize.Request)
		want string // empty: a code
	}{
		"an old session":                {func(_ *testing.T, _ *world, r *authorize.Request) { r.MaxAge = "59" }, "login_required"},
		"max_age=0":                     {func(_ *testing.T, _ *world, r *authorize.Request) { r.MaxAge = "0" }, "login_required"},
		"a session that is not too old": {func(_ *testing.T, _ *world, r *authorize.Request) { r.MaxAge = "60" }, ""},
		"another person": {func(t *testing.T, w *world, r *authorize.Request) {
			r.IDTokenHint = w.hinted(t, to(func(c *token.IDClaims) { c.Subject = "thor" }))
		}, "login_required"},
		"the same person": {func(t *testing.T, w *world, r *authorize.Request) { r.IDTokenHint = w.hinted(t, toOdin) }, ""},
		"the same person, in a token for another client": {func(t *testing.T, w *world, r *authorize.Request) {
			r.IDTokenHint = w.hinted(t, to(func(c *token.IDClaims) { c.Audience = "other" }))
		}, "login_required"},
		"a method that is only wished for": {func(_ *testing.T, _ *world, r *authorize.Request) { r.ACRValues = "phr" }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.remembersOdin()
			w.Clock.Pass(time.Minute)
			r := asked(func(r *authorize.Request) { r.Prompt = "none"; tc.ask(t, w, r) })
			outcome, err := w.begin.Execute(t.Context(), authorize.BeginCommand{Request: r, Visitor: &w.odin})
			if err != nil || outcome.Location == "" {
				t.Fatalf("got %+v, %v", outcome, err)
			}
			got := response(t, outcome.Location)
			if got.Get("error") != tc.want || got.Has("code") != (tc.want == "") {
				t.Errorf("got %s", outcome.Location)
			}
		})
	}
}

func TestParametersThatAreNoneOfTheirKind(t *testing.T) {
	req.Covers(t, "R-055", "R-056")
	for name, ask := range map[string]func(*testing.T, *world, *authorize.Request){
		"a negative age":      func(_ *testing.T, _ *world, r *authorize.Request) { r.MaxAge = "-1" },
		"a fraction":          func(_ *testing.T, _ *world, r *authorize.Request) { r.MaxAge = "1.5" },
		"an age with a sign":  func(_ *testing.T, _ *world, r *authorize.Request) { r.MaxAge = "+1" },
		"an age of words":     func(_ *testing.T, _ *world, r *authorize.Request) { r.MaxAge = "1h" },
		"too large an age":    func(_ *testing.T, _ *world, r *authorize.Request) { r.MaxAge = "99999999999999999999" },
		"a hint that is none": func(_ *testing.T, _ *world, r *authorize.Request) { r.IDTokenHint = "x" },
		"an access token": func(t *testing.T, w *world, r *authorize.Request) {
			signed, err := w.Signer.Sign(t.Context(), oauth.ES256, token.AccessType, token.AccessClaims{Issuer: "https://op.example", Subject: "odin"})
			if err != nil {
				t.Fatal(err)
			}
			r.IDTokenHint = oauth.Secret(signed)
		},
		"a token of another issuer": func(t *testing.T, w *world, r *authorize.Request) {
			r.IDTokenHint = w.hinted(t, to(func(c *token.IDClaims) { c.Issuer = "https://evil.example" }))
		},
		"a token about nobody": func(t *testing.T, w *world, r *authorize.Request) {
			r.IDTokenHint = w.hinted(t, to(func(c *token.IDClaims) { c.Subject = "" }))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			r := asked(func(r *authorize.Request) { ask(t, w, r) })
			outcome, err := w.begin.Execute(t.Context(), authorize.BeginCommand{Request: r, Visitor: &w.odin})
			if err != nil || response(t, outcome.Location).Get("error") != "invalid_request" {
				t.Errorf("got %+v, %v", outcome, err)
			}
			stored, err := w.begin.Store(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			outcome, err = w.resumed(t, stored.Reveal(), &w.odin)
			if err != nil || response(t, outcome.Location).Get("error") != "invalid_request" {
				t.Errorf("posted: %+v, %v", outcome, err)
			}
		})
	}
}

func TestWhoSignsInAsSomebodyElseIsNotTheOneAskedFor(t *testing.T) {
	req.Covers(t, "R-056")
	w := newWorld(t)
	w.Account("thor", "USE_OAUTH_CLIENTS")
	r := asked(func(r *authorize.Request) {
		r.IDTokenHint = w.hinted(t, to(func(c *token.IDClaims) { c.Subject = "loki" }))
	})
	outcome, err := w.begin.Execute(t.Context(), authorize.BeginCommand{Request: r})
	if err != nil || outcome.SignIn == nil {
		t.Fatalf("got %+v, %v", outcome, err)
	}
	thor := w.Visitor("thor")
	outcome, err = w.resumed(t, outcome.SignIn.RequestID, &thor)
	if err != nil || response(t, outcome.Location).Get("error") != "login_required" {
		t.Errorf("got %+v, %v", outcome, err)
	}
}

func TestARequestThatWaitedIsDecidedOnce(t *testing.T) {
	req.Covers(t, "R-053", "R-061")
	for name, remembered := range map[string]bool{"by a person": false, "by an earlier approval": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if remembered {
				w.remembersOdin()
			}
			r := asked(func(r *authorize.Request) { r.Prompt = "login" })
			outcome, err := w.begin.Execute(t.Context(), authorize.BeginCommand{Request: r, Visitor: &w.odin})
			if err != nil {
				t.Fatal(err)
			}
			id := outcome.SignIn.RequestID
			w.odin = w.Visitor("odin")
			further, err := w.resumed(t, id, &w.odin)
			if err != nil {
				t.Fatal(err)
			}
			if !remembered {
				w.approved(t, further.Consent.Reveal())
			}
			_, err = w.resumed(t, id, &w.odin)
			refusedWith(t, err, authorization.ErrDecided)
			if n := len(w.Names(authorization.Kind)); n != 1 {
				t.Errorf("%d facts", n)
			}
		})
	}
}

func (w *world) approved(t *testing.T, id string) {
	t.Helper()
	if _, err := w.decide(t, id, true); err != nil {
		t.Fatal(err)
	}
}

func TestWhatWaitsForASignInCannotBeDecided(t *testing.T) {
	req.Covers(t, "R-053", "R-060")
	w := newWorld(t)
	r := asked(func(r *authorize.Request) { r.Prompt = "login" })
	outcome, err := w.begin.Execute(t.Context(), authorize.BeginCommand{Request: r, Visitor: &w.odin})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.consent.Read(t.Context(), authorize.ConsentQuery{RequestID: outcome.SignIn.RequestID, Visitor: w.odin})
	refusedWith(t, err, authorization.ErrDecided)
	_, err = w.decide(t, outcome.SignIn.RequestID, true)
	refusedWith(t, err, authorization.ErrDecided)
	ready := w.begun(t, asked())
	_, err = w.resumed(t, ready, &w.odin)
	refusedWith(t, err, authorization.ErrDecided) // what waits for a decision needs no sign-in
}

func TestTwoTabsWaitForThemselves(t *testing.T) {
	req.Covers(t, "R-060")
	w := newWorld(t)
	var ids []string
	for _, nonce := range []string{"one", "two"} {
		r := asked(func(r *authorize.Request) { r.Prompt, r.Nonce = "login", nonce })
		outcome, err := w.begin.Execute(t.Context(), authorize.BeginCommand{Request: r, Visitor: &w.odin})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, outcome.SignIn.RequestID)
	}
	w.odin = w.Visitor("odin") // in one of them
	for i, id := range ids {
		further, err := w.resumed(t, id, &w.odin)
		if err != nil || further.Consent.IsZero() {
			t.Fatalf("tab %d: %+v, %v", i, further, err)
		}
		location, err := w.decide(t, further.Consent.Reveal(), true)
		if err != nil {
			t.Fatal(err)
		}
		code, _ := w.Keys.Parse(oauth.AuthorizationCode, response(t, location).Get("code"))
		a := authorization.Named(code.ID())
		w.Load(a)
		if got := a.Approval().Nonce; got != []string{"one", "two"}[i] {
			t.Errorf("tab %d got the code of %q", i, got)
		}
	}
}

// keeping are notes that show what was kept.
type keeping struct {
	*ledgertest.Notes

	stored []byte
}

func (k *keeping) Keep(ctx context.Context, i ports.Interaction) error {
	k.stored = i.Request
	return k.Notes.Keep(ctx, i)
}

func TestAHintIsNotKept(t *testing.T) {
	w := newWorld(t)
	kept := &keeping{Notes: w.Notes}
	pending := authorize.NewPending(kept, w.Keys, w.Clock, w.Entropy)
	begin := authorize.NewBegin(w.Ledger, w.Directory, w.Signer, pending, w.Server)
	r := asked(func(r *authorize.Request) { r.IDTokenHint = w.hinted(t, toOdin) })
	if _, err := begin.Store(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if len(kept.stored) == 0 || strings.Contains(string(kept.stored), r.IDTokenHint.Reveal()) {
		t.Errorf("kept %s", kept.stored)
	}
}

func TestAHintThatCannotBeCheckedIsAnOutage(t *testing.T) {
	req.Covers(t, "R-017")
	w, broken := newWorld(t), errors.New("no keys")
	w.Signer.Fail(broken)
	r := asked(func(r *authorize.Request) { r.IDTokenHint = "x" })
	_, err := w.begin.Execute(t.Context(), authorize.BeginCommand{Request: r, Visitor: &w.odin})
	outage(t, err, broken)
	_, err = w.begin.Store(t.Context(), r)
	outage(t, err, broken)
}
