package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"writ/cmd/writ/e2e/harness"
)

// hostileChanges are changes of an account whose form is right, and whose content is not what a
// person or a permission is. taken is another account's handle.
func hostileChanges(p person, taken string) (kinds, bodies []string) {
	sequence := 1000
	add := func(kind, subject, data string) {
		sequence++
		kinds = append(kinds, kind)
		bodies = append(bodies, fmt.Sprintf(
			`{"specversion":"1.0","id":"%s-%d","type":"accounts.%s","source":"/accounts","subject":%q,"sequence":%d,"data":%s}`,
			kind, sequence, kind, subject, sequence, data))
	}
	long := strings.Repeat("x", 300_000)
	for _, words := range []string{`[""]`, `["A B"]`, `["openid"]`, `["\u0000"]`, `["ü"]`, `["A\"B"]`, `[null]`, `["` + long + ` "]`} {
		add("permissions-changed", p.ID, `{"permissions":`+words+`}`)
	}
	for _, profile := range []string{
		`{"handle":"` + taken + `"}`, `{"handle":"` + long + `"}`, `{"handle":"a b"}`, `{"handle":"\u0000"}`, `{"handle":"';drop table states;--"}`,
		`{"handle":"h","name":"` + long + `"}`, `{"handle":"h","email":"no address"}`, `{"handle":"h","email":"a@b\u0000.c"}`,
		`{"handle":"h","phone":"one two"}`,
	} {
		add("profile-changed", p.ID, profile)
	}
	add("suspended", "no account", `{}`)
	add("suspended", strings.Repeat("a", 65), `{}`)
	return kinds, bodies
}

func TestHostileChangesStopNobody(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		ada, bob, who := w.hire("ada"), w.hire("bob"), w.owners()
		before := w.permissionsOf(ada)
		kinds, bodies := hostileChanges(ada, bob.Handle)
		for i, body := range bodies {
			w.publish(who, kinds[i], body)
		}
		w.announce(who, "permissions-changed", bob, 1, `{"permissions":["READ_PROFILE"]}`)
		w.untilPermitted(bob, "READ_PROFILE")
		var all []rejected
		w.Until("all are rejected", func() bool { w.Ask(&all, "inbox", "rejected"); return len(all) == len(bodies) })
		if got := w.permissionsOf(ada); got != before {
			t.Errorf("the hostile changes gave %q", got)
		}
		w.announce(who, "permissions-changed", ada, 2000, `{"permissions":["CREATE_POST"]}`)
		w.untilPermitted(ada, "CREATE_POST")
		w.Ask(nil, "verify")
	})
}

func TestAReplayBringsBackWhatABackupLacks(t *testing.T) {
	t.Parallel()
	w := serve(t, harness.Options{})
	ada := w.hire("ada")
	hired := w.permissionsOf(ada)
	w.Stop()
	backup := t.TempDir()
	copyStore(t, w.Dir, backup)
	w.Restart()
	w.announce(ownersCredentials, "permissions-changed", ada, 1, `{"permissions":["READ_PROFILE"]}`)
	w.untilPermitted(ada, "READ_PROFILE")
	w.Stop()
	copyStore(t, backup, w.Dir)
	w.Restart()
	if got := w.permissionsOf(ada); got != hired {
		t.Fatalf("the backup has %q", got)
	}
	var so rejected
	if w.Ask(&so, "inbox", "replay", "--from", "1", "--dry-run"); so.Changed != 1 {
		t.Errorf("before the replay it is told that %d messages would change something", so.Changed)
	}
	for changed := range 2 { // as often as one likes
		w.Ask(&so, "inbox", "replay", "--from", "1", "--account", ada.Handle)
		if so.Changed != 1-changed {
			t.Errorf("the replay changed %d things", so.Changed)
		}
		if got := w.permissionsOf(ada); got != "READ_PROFILE" {
			t.Errorf("after the replay the account holds %q", got)
		}
	}
	w.Ask(nil, "verify")
}

// copyStore puts the embedded database of one directory in place of another's. No server runs.
func copyStore(t *testing.T, from, to string) {
	t.Helper()
	old, err := filepath.Glob(filepath.Join(to, "writ.db*"))
	for _, name := range old {
		err = os.Remove(name)
	}
	files, globbed := filepath.Glob(filepath.Join(from, "writ.db*"))
	if err != nil || globbed != nil || len(files) == 0 {
		t.Fatalf("copy %v from %s to %s: %v %v", files, from, to, err, globbed)
	}
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err == nil {
			err = os.WriteFile(filepath.Join(to, filepath.Base(name)), content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
