package investigate_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/application/investigate"
	"writ/application/issue"
	"writ/domain/account"
	"writ/domain/authorization"
	"writ/domain/client"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/passkey"
	"writ/domain/session"
	"writ/domain/signingkey"
	"writ/ports"
	"writ/ports/portstest/req"
)

func (w *world) audited(since, until time.Time) []investigate.Entry {
	w.t.Helper()
	var all []investigate.Entry
	err := w.audit.Execute(w.t.Context(), investigate.AuditCommand{Since: since, Until: until}, func(e investigate.Entry) error {
		all = append(all, e)
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// lines are the entries in short.
func lines(all []investigate.Entry) []string {
	var short []string
	for _, e := range all {
		short = append(short, fmt.Sprintf("%s by %q about %s/%s: %s", e.Event, e.Actor, e.Account, e.Client, e.Outcome))
	}
	return short
}

func TestAnAuditTellsWhatMatters(t *testing.T) {
	req.Covers(t, "R-266")
	w := newWorld(t)
	w.Clock.Pass(time.Hour)
	since := w.Clock.Now()
	tokens, id := w.opens()
	w.refreshes(tokens)
	_, _ = w.refresh.Execute(t.Context(), issue.RefreshTokenCommand{Client: app, Token: tokens.Refresh.Reveal()})
	_, other := w.opens()
	w.changeGrant(other, func(g *grant.Grant) { g.Revoke(grant.ByAdmin, "", w.Clock.Now()) })
	_, third := w.opens()
	w.changeGrant(third, func(g *grant.Grant) { g.Revoke(grant.ByOwner, "odin", w.Clock.Now()) })
	denied := authorization.Undecided(w.ids.ID())
	w.Decide(func() error { return denied.Deny("app", "odin", w.Clock.Now()) }, denied)
	w.ChangeClient("app", func(c *client.Client) error {
		return c.RotateSecret(oauth.DigestOf([]byte("new")), w.Clock.Now(), w.Clock.Now())
	})
	announced := account.Named("odin")
	w.Decide(func() error {
		announced.CausedBy("message-7")
		return announced.Suspend(w.Clock.Now())
	}, announced)
	w.Clock.Pass(time.Hour)
	want := []string{
		`session.started by "odin" about odin/: done`,
		`authorization.approved by "odin" about odin/app: done`,
		`grant.opened by "odin" about odin/app: done`,
		`grant.refresh_token_reused by "app" about odin/app: alarm`,
		`grant.revoked by "" about odin/app: alarm`,
		`session.started by "odin" about odin/: done`,
		`authorization.approved by "odin" about odin/app: done`,
		`grant.opened by "odin" about odin/app: done`,
		`grant.revoked by "operator" about odin/app: done`,
		`session.started by "odin" about odin/: done`,
		`authorization.approved by "odin" about odin/app: done`,
		`grant.opened by "odin" about odin/app: done`,
		`grant.revoked by "odin" about odin/app: done`,
		`authorization.denied by "odin" about odin/app: refused`,
		`client.secret_rotated by "" about odin/app: done`,
		`account.suspended by "announcement" about odin/: done`,
	}
	all := w.audited(since, time.Time{})
	if diff := cmp.Diff(want, lines(all)); diff != "" {
		t.Errorf("the audit (-want +got):\n%s", diff)
	}
	if all[4].Subject != id || all[4].What != "the grant was revoked: token_reuse" || all[15].Cause != "message-7" || all[0].Position == 0 {
		t.Errorf("the entries are %+v", all)
	}
	if len(w.audited(since, since)) != 0 || len(w.audited(w.Clock.Now(), time.Time{})) != 0 {
		t.Error("a time without events has entries")
	}
}

// TestAuditsOfAdjacentTimesFitTogether: replicas' clocks differ, so the log is not in the order of
// time.
func TestAuditsOfAdjacentTimesFitTogether(t *testing.T) {
	w := newWorld(t)
	begin := w.Clock.Now().Add(time.Hour)
	for i := range 200 {
		at := begin.Add(time.Duration(i) * time.Second)
		if i%3 == 0 {
			at = at.Add(-20 * time.Second) // of a replica whose clock is late
		}
		w.ChangeAccount("odin", func(a *account.Account) error { return a.SignOut("x", at) })
	}
	seen := map[event.Position]int{}
	for from := begin.Add(-time.Minute); from.Before(begin.Add(10 * time.Minute)); from = from.Add(17 * time.Second) {
		for _, e := range w.audited(from, from.Add(17*time.Second)) {
			seen[e.Position]++
		}
	}
	for position, n := range seen {
		if n != 1 {
			t.Errorf("the event at %d is in %d audits", position, n)
		}
	}
	if len(seen) != 200 {
		t.Errorf("%d of 200 events are in some audit", len(seen))
	}
}

func TestAnAuditEndsWithItsReader(t *testing.T) {
	w, full := newWorld(t), errors.New("the disk is full")
	err := w.audit.Execute(t.Context(), investigate.AuditCommand{}, func(investigate.Entry) error { return full })
	if !errors.Is(err, full) {
		t.Errorf("it ended with %v", err)
	}
}

// TestEveryEventHasASentence: whatever may stand in the log can be told.
func TestEveryEventHasASentence(t *testing.T) {
	for _, kind := range investigate.Kinds() {
		stream, name, full := strings.Cut(kind, ".")
		if !full {
			continue
		}
		r := ports.Record{Stream: event.Stream{Kind: stream, ID: "x"}, Name: name, Says: map[string]any{}}
		if said := investigate.Sentence(r); said == "" || strings.ContainsAny(said, "{}[]|") {
			t.Errorf("%s is told as %q", kind, said)
		}
	}
}

func TestSentencesLeaveOutWhatIsNotSaid(t *testing.T) {
	at := func(kind, name string, says map[string]any) ports.Record {
		return ports.Record{Stream: event.Stream{Kind: kind, ID: "x"}, Name: name, Says: says, Party: ports.Party{Client: "app"}}
	}
	for want, r := range map[string]ports.Record{
		"the account was opened":          at(account.Kind, "opened", nil),
		"the account was opened with A B": at(account.Kind, "opened", map[string]any{"permissions": oauth.Scope("A B")}),
		"the account now holds A, which narrows 2 of its grants and 5 more": at(account.Kind, "permissions_changed",
			map[string]any{"permissions": "A", "grants": []any{"g1", "g2"}, "more_grants": 5}),
		"the account now holds nothing":                                    at(account.Kind, "permissions_changed", nil),
		"somebody signed in by pwd, otp":                                   at(session.Kind, "started", map[string]any{"amr": []any{"pwd", "otp"}}),
		"the request of app was denied":                                    at(authorization.Kind, "denied", nil),
		"the client was registered as App":                                 at(client.Kind, "registered", map[string]any{"settings": map[string]any{"name": "App"}}),
		"a key for ES256 is published; it signs from 2026-03-01T12:00:00Z": at(signingkey.Kind, "published", map[string]any{"alg": oauth.ES256, "signs": time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}),
		"a passkey's counter went back: somebody may have a copy of it":    at(passkey.Kind, "used", map[string]any{"cloned": true}),
		"a passkey counted on to 0":                                        at(passkey.Kind, "used", nil),
	} {
		if got := investigate.Sentence(r); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
