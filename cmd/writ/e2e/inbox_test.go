package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"writ/cmd/writ/e2e/harness"
)

// rejected is what the command line shows of a message that could not be followed, or of a replay.
type rejected struct {
	Place, Message          uint64
	Subject, Reason         string
	Body                    *string
	Seen, Followed, Refused int
	Changed                 int
	Refusals                []rejected
	Done                    bool
	Next                    uint64
}

// owners are the credentials of who owns the accounts; an external broker has none.
func (w *world) owners() string {
	if _, err := os.Stat(filepath.Join(w.Dir, ownersCredentials)); err != nil {
		return ""
	}
	return ownersCredentials
}

func (w *world) permissionsOf(p person) string {
	w.t.Helper()
	var shown struct{ Permissions []string }
	w.Ask(&shown, "account", "show", p.ID)
	return strings.Join(shown.Permissions, " ")
}

func (w *world) untilPermitted(p person, want string) {
	w.t.Helper()
	w.Until(p.Handle+" holds "+want, func() bool { return w.permissionsOf(p) == want })
}

func TestWhatCameInIsSeenAndFollowedAgain(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		ada, bob, who := w.hire("ada"), w.hire("bob"), w.owners()
		w.announce(who, "permissions-changed", ada, 1, `{"permissions":["READ_PROFILE"]}`)
		w.untilPermitted(ada, "READ_PROFILE")
		w.publish(who, "suspended", "\x1b[2Jno JSON")
		w.announce(who, "permissions-changed", bob, 1, `{"permissions":["CREATE_POST","READ_PROFILE"]}`)
		w.untilPermitted(bob, "CREATE_POST READ_PROFILE")

		var all []rejected
		w.Until("the nonsense is rejected", func() bool { w.Ask(&all, "inbox", "rejected"); return len(all) == 1 })
		if r := all[0]; r.Place != 1 || r.Message != 2 || r.Subject != "accounts.suspended" || r.Reason == "" || r.Body != nil {
			t.Errorf("rejected %+v", r)
		}
		var one rejected
		w.Ask(&one, "inbox", "show", "1")
		if one.Body == nil || *one.Body != "\x1b[2Jno JSON" || one.Reason != all[0].Reason {
			t.Errorf("shows %+v", one)
		}
		for _, args := range [][]string{{"inbox", "rejected"}, {"inbox", "show", "1"}, {"inbox", "replay", "--from", "1", "--dry-run"}} {
			text, err := w.CLI(args...)
			if err != nil || strings.ContainsRune(string(text), '\x1b') || !strings.Contains(string(text), all[0].Reason) {
				t.Errorf("%v prints %q, %v", args, text, err)
			}
		}
		if _, err := w.CLI("inbox", "show", "2"); err == nil || !strings.Contains(err.Error(), "not found") {
			t.Errorf("a place with nothing: %v", err)
		}
		w.replaysWhatCameIn(ada, bob)
	})
}

// replaysWhatCameIn changes something here, which what was told before must not undo.
func (w *world) replaysWhatCameIn(ada, bob person) {
	t := w.t
	w.Ask(nil, "account", "permissions", ada.ID, "--set", "LIST_PROFILES")
	before := w.positions()
	for args, want := range map[string]rejected{
		"--from 1":                             {Seen: 3, Followed: 2, Refused: 1, Next: 4, Done: true},
		"--from 1 --dry-run":                   {Seen: 3, Followed: 2, Refused: 1, Next: 4, Done: true},
		"--from 3":                             {Seen: 1, Followed: 1, Next: 4, Done: true},
		"--from 99":                            {Done: true},
		"--from 2020-01-01T00:00:00Z":          {Seen: 3, Followed: 2, Refused: 1, Next: 4, Done: true},
		"--from 2199-01-01T00:00:00Z":          {Done: true},
		"--from 1 --account " + bob.ID:         {Seen: 3, Followed: 1, Next: 4, Done: true},
		"--from 1 --account nobody --dry-run ": {Seen: 3, Next: 4, Done: true},
	} {
		var got rejected
		w.Ask(&got, append([]string{"inbox", "replay"}, strings.Fields(args)...)...)
		if len(got.Refusals) != want.Refused {
			t.Errorf("%s names %v", args, got.Refusals)
		}
		got.Refusals = nil
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s came to %+v, want %+v", args, got, want)
		}
	}
	if got := w.positions(); got != before {
		t.Errorf("replaying wrote events: the log went from %d to %d", before, got)
	}
	if got := w.permissionsOf(ada); got != "LIST_PROFILES" {
		t.Errorf("what was told before undid what was done here: %q", got)
	}
	if _, err := w.CLI("inbox", "replay", "--from", "noon"); err == nil || !strings.Contains(err.Error(), "--from") {
		t.Errorf("a time that is none: %v", err)
	}
}

// positions is how many events the log has.
func (w *world) positions() int {
	w.t.Helper()
	var report struct{ Facts int }
	w.Ask(&report, "verify")
	return report.Facts
}

func TestWithoutABrokerTheInboxSaysWhy(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		options harness.Options
		end     func(*world)
		want    string
	}{
		"a server that ended":      {harness.Options{}, func(w *world) { w.Stop() }, "no server runs"},
		"a server that was killed": {harness.Options{}, func(w *world) { w.Kill() }, "does a server run"},
		"a broker that listens nowhere": {
			harness.Options{Env: map[string]string{"WRIT_NATS_LISTEN": "off"}}, func(*world) {}, "WRIT_NATS_LISTEN",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := serve(t, tc.options)
			tc.end(w)
			if _, err := w.CLI("inbox", "rejected"); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("said %v, want %q", err, tc.want)
			}
		})
	}
}
