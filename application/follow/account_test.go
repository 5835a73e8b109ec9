package follow_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/eventsourcing/ledgertest"
	"writ/application/follow"
	"writ/domain/account"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/ports"
	"writ/ports/portstest/req"
)

func TestAnAnnouncementIsAppliedOnce(t *testing.T) {
	w := ledgertest.New(t)
	uc := follow.NewAccount(w.Ledger, w.Oversight, w.Server, w.Clock)
	cmd := follow.AccountCommand{
		Message: "m-1", Account: "odin", Announcement: account.Announcement{Sequence: 4},
		Permissions: []string{"MANAGE_POSTS", "CREATE_POST", "OF_ANOTHER_SERVICE", "CREATE_POST"},
	}
	for range 2 {
		if err := uc.Execute(t.Context(), cmd); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"opened", "permissions_changed"}, w.Names(account.Kind)); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
	for _, f := range w.Store.Facts() {
		if f.Cause != "m-1" {
			t.Errorf("%s was caused by %q", f.Name, f.Cause)
		}
	}
	a := account.Named("odin")
	w.Load(a)
	if v := a.View(); v.Permissions != "CREATE_POST MANAGE_POSTS OF_ANOTHER_SERVICE" || !v.Shadow || v.Followed.Permissions != 4 {
		t.Errorf("the account is %+v", v)
	}
}

func TestAnAnnouncementNamesTheGrantsThatItNarrows(t *testing.T) {
	w := ledgertest.New(t)
	w.Account("odin", "ADMINISTRATOR")
	for id, scope := range map[string]oauth.Scope{"g1": "CREATE_POST", "g2": "MANAGE_POSTS", "g3": "openid"} {
		g := grant.Named(id)
		w.Decide(func() error {
			return g.Open(grant.Opening{Client: "app", Account: "odin", Scope: scope, Lifetimes: w.Server.Lifetimes, At: w.Clock.Now()})
		}, g)
	}
	err := follow.NewAccount(w.Ledger, w.Oversight, w.Server, w.Clock).Execute(t.Context(), follow.AccountCommand{
		Message: "m", Account: "odin", Announcement: account.Announcement{Sequence: 1}, Permissions: []string{"CREATE_POST"},
	})
	facts := w.Store.Facts()
	var last account.PermissionsChanged
	if err := errors.Join(err, json.Unmarshal(facts[len(facts)-1].Data, &last)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(account.PermissionsChanged{Permissions: "CREATE_POST", Sequence: 1, Grants: []string{"g2"}}, last); diff != "" {
		t.Errorf("the change (-want +got):\n%s", diff)
	}
}

func TestAnEmptySetTakesEveryPermission(t *testing.T) {
	w := ledgertest.New(t)
	w.Account("odin", "CREATE_POST")
	uc := follow.NewAccount(w.Ledger, w.Oversight, w.Server, w.Clock)
	err := uc.Execute(t.Context(), follow.AccountCommand{Message: "m", Account: "odin", Announcement: account.Announcement{Sequence: 1}, Permissions: []string{}})
	a := account.Named("odin")
	w.Load(a)
	if err != nil || a.Permissions() != "" {
		t.Errorf("it holds %q, %v", a.Permissions(), err)
	}
}

func TestWhatIsWrongWithAnAnnouncementIsTold(t *testing.T) {
	w := ledgertest.New(t)
	w.Account("odin", "")
	uc := follow.NewAccount(w.Ledger, w.Oversight, w.Server, w.Clock)
	bad, taken := account.Profile{Handle: "o din"}, account.Profile{Handle: "odin"}
	var refusal *oauth.Error
	err := uc.Execute(t.Context(), follow.AccountCommand{Account: "odin", Announcement: account.Announcement{Sequence: 1, Profile: &bad}})
	if !errors.As(err, &refusal) {
		t.Errorf("a bad profile: %v", err)
	}
	err = uc.Execute(t.Context(), follow.AccountCommand{Account: "no id!", Announcement: account.Announcement{Sequence: 1}})
	if !errors.Is(err, account.ErrID) {
		t.Errorf("a bad id: %v", err)
	}
	var is *ports.TakenError
	err = uc.Execute(t.Context(), follow.AccountCommand{Account: "loki", Announcement: account.Announcement{Sequence: 1, Profile: &taken}})
	if !errors.As(err, &is) {
		t.Errorf("another's handle: %v", err)
	}
}

func TestWhatCannotBeAPermissionIsRefused(t *testing.T) {
	for _, word := range []string{"", "CREATE_POST ADMINISTRATOR", "tab\there", `quote"`, "openid", "offline_access"} {
		w := ledgertest.New(t)
		w.Account("odin", "CREATE_POST")
		err := follow.NewAccount(w.Ledger, w.Oversight, w.Server, w.Clock).Execute(t.Context(), follow.AccountCommand{
			Message: "m", Account: "odin", Announcement: account.Announcement{Sequence: 1}, Permissions: []string{"MANAGE_POSTS", word},
		})
		a := account.Named("odin")
		w.Load(a)
		if !errors.Is(err, follow.ErrPermission) || a.Permissions() != "CREATE_POST" {
			t.Errorf("%q: it holds %q, %v", word, a.Permissions(), err)
		}
	}
}

func TestAnOutageIsTriedAgain(t *testing.T) {
	req.Covers(t, "R-017")
	w, broken := ledgertest.New(t), errors.New("the store is away")
	uc := follow.NewAccount(w.Ledger, w.Oversight, w.Server, w.Clock)
	cmd := follow.AccountCommand{Message: "m", Account: "odin", Announcement: account.Announcement{Sequence: 1, Deleted: true}}
	w.Store.Fail(broken)
	var refusal *oauth.Error
	if err := uc.Execute(t.Context(), cmd); !errors.Is(err, broken) || errors.As(err, &refusal) {
		t.Errorf("got %v", err)
	}
	w.Store.Fail(nil)
	if err := uc.Execute(t.Context(), cmd); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"opened", "deleted"}, w.Names(account.Kind)); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
}
