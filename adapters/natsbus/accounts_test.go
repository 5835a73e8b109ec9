package natsbus_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"

	"writ/adapters/natsbus"
	"writ/adapters/natsbus/natstest"
)

// follower notes what it is given, and answers what the test says.
type follower struct {
	mu       sync.Mutex
	changes  []natsbus.AccountChange
	answers  map[string][]error // by message id, in turn
	followed chan struct{}
	knowing  atomic.Bool
	panics   string // the id of a message that is too much for it
}

func newFollower() *follower {
	return &follower{answers: map[string][]error{}, followed: make(chan struct{}, 10_000)}
}

func (f *follower) Follow(_ context.Context, c natsbus.AccountChange) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.changes = append(f.changes, c)
	f.followed <- struct{}{}
	if c.MessageID == f.panics {
		panic("of " + c.MessageID)
	}
	answers := f.answers[c.MessageID]
	if len(answers) == 0 {
		return nil
	}
	f.answers[c.MessageID] = answers[1:]
	return answers[0]
}

func (f *follower) wait(t *testing.T, n int) {
	t.Helper()
	for range n {
		select {
		case <-f.followed:
		case <-time.After(20 * time.Second):
			t.Fatalf("only %v were followed", f.ids())
		}
	}
}

func (f *follower) ids() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var ids []string
	for _, c := range f.changes {
		ids = append(ids, c.MessageID)
	}
	return ids
}

type message struct {
	subject string
	body    string
}

func change(id, account string, sequence int, kind natsbus.ChangeKind, data string) message {
	return message{"accounts." + string(kind), fmt.Sprintf(
		`{"specversion":"1.0","id":%q,"type":"accounts.%s","source":"https://accounts.test","subject":%q,`+
			`"time":"2026-03-01T12:00:00.123456Z","sequence":"%d","datacontenttype":"application/json","data":%s}`,
		id, kind, account, sequence, data)}
}

// patient bounds a request that will be answered, on whatever machine.
func patient(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func publishChange(t *testing.T, s served, messages ...message) {
	t.Helper()
	_, js := connect(t, s.broker, filepath.Join(s.dir, natsbus.AccountsCredentials))
	for _, m := range messages {
		if _, err := js.Publish(patient(t), m.subject, []byte(m.body)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestChangesAreFollowed(t *testing.T) {
	s := serve(t)
	at := noon
	for name, tc := range map[string]struct {
		message message
		want    natsbus.AccountChange
	}{
		"permissions": {
			change("m1", "a1", 1, natsbus.PermissionsChanged, `{"permissions":["A","B"]}`),
			natsbus.AccountChange{MessageID: "m1", Account: "a1", Sequence: 1, Kind: natsbus.PermissionsChanged, Permissions: []string{"A", "B"}, At: at},
		},
		"no permissions": {
			change("m2", "a1", 2, natsbus.PermissionsChanged, `{"permissions":[]}`),
			natsbus.AccountChange{MessageID: "m2", Account: "a1", Sequence: 2, Kind: natsbus.PermissionsChanged, Permissions: []string{}, At: at},
		},
		"suspended": {
			change("m3", "a1", 3, natsbus.Suspended, `{}`),
			natsbus.AccountChange{MessageID: "m3", Account: "a1", Sequence: 3, Kind: natsbus.Suspended, At: at},
		},
		"reinstated without data": {
			change("m4", "a1", 4, natsbus.Reinstated, `null`),
			natsbus.AccountChange{MessageID: "m4", Account: "a1", Sequence: 4, Kind: natsbus.Reinstated, At: at},
		},
		"profile": {
			change("m5", "a1", 5, natsbus.ProfileChanged, `{"name":"N","handle":"h","email":"e@x.y","email_verified":true,"phone":"+15551234567","phone_verified":true,"more":1}`),
			natsbus.AccountChange{
				MessageID: "m5", Account: "a1", Sequence: 5, Kind: natsbus.ProfileChanged, At: at,
				Profile: &natsbus.Profile{Name: "N", Handle: "h", Email: "e@x.y", EmailVerified: true, Phone: "+15551234567", PhoneVerified: true},
			},
		},
		"deleted": {
			change("m6", "a1", 6, natsbus.Deleted, `{}`),
			natsbus.AccountChange{MessageID: "m6", Account: "a1", Sequence: 6, Kind: natsbus.Deleted, At: at},
		},
		"sequence as a number, revision in the type": {
			message{"accounts.deleted", `{"specversion":"1.0","id":"m7","type":"accounts.deleted.v1","source":"s","subject":"a1","sequence":9223372036854775807,"time":"2026-03-01T12:00:00.123456Z"}`},
			natsbus.AccountChange{MessageID: "m7", Account: "a1", Sequence: 1<<63 - 1, Kind: natsbus.Deleted, At: at},
		},
		"sequence padded with zeros": {
			message{"accounts.deleted", `{"specversion":"1.0","id":"m8","type":"accounts.deleted","source":"s","subject":"a1","sequence":"00000000000000000042","time":"2026-03-01T12:00:00.123456Z"}`},
			natsbus.AccountChange{MessageID: "m8", Account: "a1", Sequence: 42, Kind: natsbus.Deleted, At: at},
		},
	} {
		t.Run(name, func(t *testing.T) {
			publishChange(t, s, tc.message)
			s.follow.wait(t, 1)
			s.follow.mu.Lock()
			defer s.follow.mu.Unlock()
			if diff := cmp.Diff(tc.want, s.follow.changes[len(s.follow.changes)-1]); diff != "" {
				t.Error(diff)
			}
			if err := natstest.CheckChange(tc.message.subject, []byte(tc.message.body)); err != nil {
				t.Error(err)
			}
		})
	}
}

// poisoned are messages that nothing can be made of.
func poisoned() []message {
	whole := change("id", "a1", 1, natsbus.Suspended, "{}")
	but := func(old, with string) message {
		return message{whole.subject, string(bytes.Replace([]byte(whole.body), []byte(old), []byte(with), 1))}
	}
	return []message{
		{whole.subject, "not JSON"},
		{whole.subject, ""},
		{whole.subject, "[]"},
		{whole.subject, "null"},
		{whole.subject, `{"id":` + string(bytes.Repeat([]byte("["), 20_000))},
		{whole.subject, string(bytes.Repeat([]byte("x"), 1_000_000))},
		{"accounts.unheard-of", whole.body},
		{"accounts.suspended.further", whole.body},
		but(`"1.0"`, `"0.3"`),
		but(`"id":"id"`, `"id":""`),
		but(`"id":"id"`, `"id":7`),
		but(`"id":"id"`, `"id":"i\u0000d"`),
		but(`"id":"id"`, `"id":"`+string(bytes.Repeat([]byte("i"), 1000))+`"`),
		but(`"source":"https://accounts.test"`, `"source":""`),
		but(`"type":"accounts.suspended"`, `"type":"writ.account-suspended.v1"`),
		but(`"subject":"a1"`, `"subject":""`),
		but(`"subject":"a1"`, `"subject":"a.1"`),
		but(`"subject":"a1"`, `"subject":"a1\u0000"`),
		but(`"sequence":"1",`, ``),
		but(`"sequence":"1"`, `"sequence":"0"`),
		but(`"sequence":"1"`, `"sequence":-1`),
		but(`"sequence":"1"`, `"sequence":1.5`),
		but(`"sequence":"1"`, `"sequence":"one"`),
		but(`"sequence":"1"`, `"sequence":9223372036854775808`),
		but(`"sequence":"1"`, `"sequence":NaN`),
		but(`"sequence":"1"`, `"sequence":"NaN"`),
		but(`"sequence":"1"`, `"sequence":1e3`),
		but(`"sequence":"1"`, `"sequence":"\u0031\u0000"`),
		but(`"sequence":"1"`, `"sequence":["1"]`),
		but(`"sequence":"1"`, `"sequence":null`),
		but(`"sequence":"1"`, `"sequence":"1","sequence":"2"`),
		but(`"sequence":"1"`, `"sequence":"1","Sequence":"2","SEQUENCE":"3","x":{"a":1,"a":2}`),
		but(`"subject":"a1"`, `"subject":"a1","subject":"a2"`),
		but(`"subject":"a1"`, `"Subject":"a1"`),
		but(`"subject":"a1"`, "\"subject\":\"a1\xff\""),
		but(`"subject":"a1"`, `"subject":"`+string(bytes.Repeat([]byte("a"), 65))+`"`),
		but(`"subject":"a1"`, `"subject":null`),
		but(`"source":"https://accounts.test"`, `"source":{"a":"b"}`),
		but(`"data":{}`, `"data":`+string(bytes.Repeat([]byte("["), 1000))+string(bytes.Repeat([]byte("]"), 1000))),
		but(`"data":{}`, `"data":`+string(bytes.Repeat([]byte(`{"a":`), 100))+"1"+string(bytes.Repeat([]byte("}"), 100))),
		but(`"data":{}}`, `"data":{}}{}`),
		but(`"time":"2026-03-01T12:00:00.123456Z"`, `"time":"noon"`),
		but(`"time":"2026-03-01T12:00:00.123456Z"`, `"time":1772366400`),
		change("id", "a1", 1, natsbus.PermissionsChanged, `{"permissions":["A"],"permissions":["ADMINISTRATOR"]}`),
		change("id", "a1", 1, natsbus.PermissionsChanged, `{"Permissions":["ADMINISTRATOR"]}`),
		change("id", "a1", 1, natsbus.PermissionsChanged, `{"permissions":[`+string(bytes.Repeat([]byte(`"A",`), 1000))+`"A"]}`),
		change("id", "a1", 1, natsbus.ProfileChanged, `{"email":"a@b.c","email":"d@e.f"}`),
		change("id", "a1", 1, natsbus.ProfileChanged, `{"email_verified":"true"}`),
		change("id", "a1", 1, natsbus.PermissionsChanged, `{}`),
		change("id", "a1", 1, natsbus.PermissionsChanged, `{"permissions":null}`),
		change("id", "a1", 1, natsbus.PermissionsChanged, `{"permissions":"A B"}`),
		change("id", "a1", 1, natsbus.PermissionsChanged, `{"permissions":[1]}`),
		change("id", "a1", 1, natsbus.PermissionsChanged, `null`),
		change("id", "a1", 1, natsbus.ProfileChanged, `null`),
		change("id", "a1", 1, natsbus.ProfileChanged, `{"name":["N"]}`),
		change("id", "a1", 1, natsbus.ProfileChanged, `"N"`),
	}
}

// floodOf gives so many poisoned messages, each kind again and again, and a good one for every ten.
func floodOf(n int) (bad, good []message) {
	kinds := poisoned()
	for i := range n {
		m := kinds[i%len(kinds)]
		if i >= 2*len(kinds) && len(m.body) > 10_000 {
			m = kinds[0] // large ones would fill the stream
		}
		bad = append(bad, m)
		if i%10 == 0 {
			good = append(good, change(fmt.Sprintf("good-%d", i), fmt.Sprintf("a%d", i%7), i+1, natsbus.Suspended, "{}"))
		}
	}
	return bad, good
}

func TestPoisonIsRejectedAndStopsNobody(t *testing.T) {
	s := serve(t)
	bad, good := floodOf(1000)
	var all []message
	for i, m := range bad {
		all = append(all, m)
		if i%10 == 0 {
			all = append(all, good[i/10])
		}
	}
	publishChange(t, s, all...)
	s.follow.wait(t, len(good))
	if got := s.follow.ids(); len(got) != len(good) || slices.ContainsFunc(got, func(id string) bool { return !strings.HasPrefix(id, "good") }) {
		t.Errorf("followed %v", got)
	}
	rejected := natsbus.Rejections(t, s.broker, len(bad))
	var got, want []string
	for _, m := range rejected {
		got = append(got, m.Headers().Get(natsbus.RejectedSubject)+" "+string(m.Data()))
		if err := natstest.CheckRejection(m); err != nil {
			t.Error(err)
		}
	}
	for _, m := range bad {
		want = append(want, m.subject+" "+m.body[:min(len(m.body), 256<<10)])
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

type refusal struct{ error }

func (r refusal) Rejected() string { return "no such\r\npermission: X" }

func TestWhatTheFollowerRejectsIsNotTriedAgain(t *testing.T) {
	s := serve(t)
	s.follow.answers["m1"] = []error{fmt.Errorf("wrapped: %w", refusal{errors.New("refused")})}
	publishChange(t, s, change("m1", "a1", 1, natsbus.Suspended, "{}"))
	rejected := natsbus.Rejections(t, s.broker, 1)
	want := nats.Header{
		natsbus.RejectedReason:  {"no such  permission: X"},
		natsbus.RejectedSubject: {"accounts.suspended"},
		natsbus.RejectedID:      {"m1"},
	}
	got := rejected[0].Headers()
	got.Del("Nats-Msg-Id")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := s.follow.ids(); len(got) != 1 {
		t.Errorf("followed %v", got)
	}
}

func TestAMessageThatMakesTheFollowerPanicIsRejected(t *testing.T) {
	s := serve(t)
	s.follow.panics = "m1"
	publishChange(t, s, change("m1", "a1", 1, natsbus.Suspended, "{}"), change("m2", "a1", 2, natsbus.Suspended, "{}"))
	s.follow.wait(t, 2)
	if id := natsbus.Rejections(t, s.broker, 1)[0].Headers().Get(natsbus.RejectedID); id != "m1" {
		t.Errorf("rejected %q", id)
	}
	if got := s.follow.ids(); len(got) != 2 {
		t.Errorf("followed %v", got)
	}
}

func TestWhatCannotBeFollowedNowIsTriedAgain(t *testing.T) {
	s := serve(t)
	s.follow.answers["m1"] = []error{errors.New("the store is away"), errors.New("still away")}
	publishChange(t, s, change("m1", "a1", 1, natsbus.Suspended, "{}"), change("m2", "a2", 1, natsbus.Suspended, "{}"))
	s.follow.wait(t, 4)
	got := s.follow.ids()
	slices.Sort(got)
	if diff := cmp.Diff([]string{"m1", "m1", "m1", "m2"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestChangesOfOneAccountAreFollowedInOrder(t *testing.T) {
	s := serve(t)
	var all []message
	for i := range 300 {
		account := fmt.Sprintf("a%d", i%5)
		all = append(all, change(fmt.Sprintf("m%03d", i), account, i+1, natsbus.Suspended, "{}"))
	}
	publishChange(t, s, all...)
	s.follow.wait(t, len(all))
	last := map[string]uint64{}
	for _, c := range s.follow.changes {
		if c.Sequence <= last[c.Account] {
			t.Errorf("%s: %d after %d", c.Account, c.Sequence, last[c.Account])
		}
		last[c.Account] = c.Sequence
	}
}

func TestUnfollowedChangesSurviveARestart(t *testing.T) {
	e, b, dir := embedded(t)
	s := served{broker: e, dir: dir, follow: newFollower()}
	stop := run(t, natsbus.NewAccounts(b, s.follow, natsbus.AccountsOptions{Log: quiet()}))
	eventually(t, "the consumer listens", func() bool { return natsbus.Listens(t.Context(), b) })
	stop()
	publishChange(t, s, change("m1", "a1", 1, natsbus.Suspended, "{}"))
	run(t, natsbus.NewAccounts(b, s.follow, natsbus.AccountsOptions{Log: quiet()}))
	s.follow.wait(t, 1)
}
