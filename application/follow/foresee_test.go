package follow_test

import (
	"errors"
	"testing"

	"writ/adapters/eventsourcing/ledgertest"
	"writ/application/follow"
	"writ/domain/account"
)

func TestWhatIsForeseen(t *testing.T) {
	yes := true
	w := ledgertest.New(t)
	w.Account("odin", "CREATE_POST")
	w.Account("loki", "CREATE_POST")
	w.ChangeAccount("loki", func(a *account.Account) error { return a.Delete(w.Clock.Now()) })
	uc := follow.NewAccount(w.Ledger, w.Oversight, w.Server, w.Clock)
	seven := follow.AccountCommand{Message: "m", Account: "odin", Announcement: account.Announcement{Sequence: 7}, Permissions: []string{"A"}}
	if err := uc.Execute(t.Context(), seven); err != nil {
		t.Fatal(err)
	}
	before := len(w.Store.Facts())
	for name, tc := range map[string]struct {
		cmd     follow.AccountCommand
		changes bool
		err     error
	}{
		"what is known":            {cmd: seven},
		"what is older":            {cmd: follow.AccountCommand{Account: "odin", Announcement: account.Announcement{Sequence: 6}, Permissions: []string{"B"}}},
		"what is newer":            {cmd: follow.AccountCommand{Account: "odin", Announcement: account.Announcement{Sequence: 8}, Permissions: []string{"B"}}, changes: true},
		"another facet":            {cmd: follow.AccountCommand{Account: "odin", Announcement: account.Announcement{Sequence: 1, Suspended: &yes}}, changes: true},
		"an account that is new":   {cmd: follow.AccountCommand{Account: "thor", Announcement: account.Announcement{Sequence: 1}, Permissions: []string{}}, changes: true},
		"an account that is gone":  {cmd: follow.AccountCommand{Account: "loki", Announcement: account.Announcement{Sequence: 9}, Permissions: []string{"B"}}},
		"a word that is none":      {cmd: follow.AccountCommand{Account: "odin", Announcement: account.Announcement{Sequence: 9}, Permissions: []string{"openid"}}, err: follow.ErrPermission},
		"an account that is none":  {cmd: follow.AccountCommand{Account: "o din", Announcement: account.Announcement{Sequence: 9}, Permissions: []string{}}, err: account.ErrID},
		"a deletion, of the known": {cmd: follow.AccountCommand{Account: "odin", Announcement: account.Announcement{Sequence: 1, Deleted: true}}, changes: true},
	} {
		t.Run(name, func(t *testing.T) {
			changes, err := uc.Foresee(t.Context(), tc.cmd)
			if changes != tc.changes || !errors.Is(err, tc.err) {
				t.Errorf("foresees %t, %v", changes, err)
			}
		})
	}
	if len(w.Store.Facts()) != before {
		t.Error("foreseeing wrote something")
	}
	away := errors.New("away")
	w.Store.Fail(away)
	if changes, err := uc.Foresee(t.Context(), seven); changes || !errors.Is(err, away) {
		t.Errorf("an outage foresees %t, %v", changes, err)
	}
}
