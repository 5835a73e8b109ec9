package administer_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/eventsourcing/ledgertest"
	"writ/application/administer"
	"writ/domain/account"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/ports"
)

type world struct {
	*ledgertest.World
	accounts *administer.Accounts
	clients  *administer.Clients
}

func newWorld(t *testing.T) *world {
	w := &world{World: ledgertest.New(t)}
	w.accounts = administer.NewAccounts(w.Ledger, w.Oversight, w.Directory, w.Passwords, w.Server, w.Clock, w.Entropy)
	w.clients = administer.NewClients(w.Ledger, w.Directory, w.Directory, w.Server, w.Clock, w.Entropy)
	return w
}

func refusedWith(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("refused with %v, want %v", err, want)
	}
}

func named(handle string) administer.NewAccount {
	return administer.NewAccount{Profile: account.Profile{Handle: "odin"}, ID: handle}
}

func TestCreatingAnAccount(t *testing.T) {
	for name, tc := range map[string]struct {
		given       administer.NewAccount
		permissions oauth.Scope
		refused     error
	}{
		"with an id":              {named("a1"), oauth.MemberPermissions, nil},
		"without an id":           {named(""), oauth.MemberPermissions, nil},
		"with permissions":        {administer.NewAccount{Profile: account.Profile{Handle: "odin"}, Permissions: []string{"MANAGE_POSTS", "CREATE_POST"}}, "CREATE_POST MANAGE_POSTS", nil},
		"without any":             {administer.NewAccount{Profile: account.Profile{Handle: "odin"}, Permissions: []string{}}, "", nil},
		"with an unknown one":     {administer.NewAccount{Profile: account.Profile{Handle: "odin"}, Permissions: []string{"FLY"}}, "", administer.ErrPermission},
		"with a standard scope":   {administer.NewAccount{Profile: account.Profile{Handle: "odin"}, Permissions: []string{"openid"}}, "", administer.ErrPermission},
		"with an id that is none": {named("a b"), "", account.ErrID},
		"without a handle":        {administer.NewAccount{}, "", account.ErrHandle},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			got, err := w.accounts.Create(t.Context(), tc.given)
			refusedWith(t, err, tc.refused)
			if tc.refused == nil && (got.Permissions != tc.permissions || got.Account == "" || tc.given.ID != "" && got.Account != tc.given.ID || got.Profile.Handle.Reveal() != "odin") {
				t.Errorf("created %+v", got)
			}
			if tc.refused != nil && len(w.Store.Facts()) > 0 {
				t.Errorf("%d facts were recorded", len(w.Store.Facts()))
			}
		})
	}
}

func TestAnAccountIsCreatedOnce(t *testing.T) {
	w := newWorld(t)
	if _, err := w.accounts.Create(t.Context(), named("a1")); err != nil {
		t.Fatal(err)
	}
	_, err := w.accounts.Create(t.Context(), named("a1"))
	refusedWith(t, err, account.ErrTaken)
	_, err = w.accounts.Create(t.Context(), named("a2"))
	var taken *ports.TakenError
	if !errors.As(err, &taken) || taken.Kind != "handle" {
		t.Errorf("another's handle: %v", err)
	}
}

func TestAShadowIsAdopted(t *testing.T) {
	w := newWorld(t)
	p := oauth.Scope("MANAGE_POSTS")
	a := account.Named("a1")
	w.Decide(func() error { return a.Follow(account.Announcement{Sequence: 1, Permissions: &p, At: w.Clock.Now()}) }, a)
	got, err := w.accounts.Create(t.Context(), named("a1"))
	if err != nil || got.Shadow || got.Permissions != p {
		t.Errorf("adopted as %+v, %v", got, err)
	}
}

func TestChangingAnAccountByIDOrHandle(t *testing.T) {
	w := newWorld(t)
	n := named("a1")
	n.Password = "first"
	if _, err := w.accounts.Create(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	uc := w.accounts
	for _, step := range []struct {
		name string
		do   func() (account.State, error)
		want func(account.State) bool
	}{
		{"found by id", func() (account.State, error) { return uc.Find(t.Context(), "a1") }, func(s account.State) bool { return s.Password == "hash of first" }},
		{"found by handle", func() (account.State, error) { return uc.Find(t.Context(), "Odin") }, func(s account.State) bool { return s.Account == "a1" }},
		{"permissions", func() (account.State, error) { return uc.SetPermissions(t.Context(), "odin", []string{"CREATE_POST"}) }, func(s account.State) bool { return s.Permissions == "CREATE_POST" }},
		{"password", func() (account.State, error) { return uc.SetPassword(t.Context(), "odin", "second") }, func(s account.State) bool { return s.Password == "hash of second" }},
		{"suspended", func() (account.State, error) { return uc.Suspend(t.Context(), "a1") }, func(s account.State) bool { return s.Suspended }},
		{"reinstated", func() (account.State, error) { return uc.Reinstate(t.Context(), "a1") }, func(s account.State) bool { return !s.Suspended }},
		{"deleted", func() (account.State, error) { return uc.Delete(t.Context(), "odin") }, func(s account.State) bool { return s.Deleted }},
	} {
		if got, err := step.do(); err != nil || !step.want(got) {
			t.Errorf("%s: %+v, %v", step.name, got, err)
		}
	}
	want := []string{"opened", "profile_changed", "password_changed", "permissions_changed", "password_changed", "suspended", "reinstated", "deleted"}
	if diff := cmp.Diff(want, w.Names(account.Kind)); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
	_, err := uc.Find(t.Context(), "odin")
	refusedWith(t, err, account.ErrUnknown)
	_, err = uc.Suspend(t.Context(), "a1")
	refusedWith(t, err, account.ErrDeleted)
	_, err = uc.SetPermissions(t.Context(), "a1", []string{"FLY"})
	refusedWith(t, err, administer.ErrPermission)
	_, err = uc.Find(t.Context(), "no such account")
	refusedWith(t, err, account.ErrUnknown)
}

func TestWhatIsToldOfAPersonIsChangedAndSessionsEnd(t *testing.T) {
	w := newWorld(t)
	w.Account("odin", "")
	v := w.Visitor("odin")
	changed, err := w.accounts.ChangeProfile(t.Context(), "odin", func(p *account.Profile) { p.Name, p.Details.Locale = "Allfather", "is" })
	if err != nil || changed.Profile.Name != "Allfather" || changed.Profile.Details.Locale != "is" || changed.Profile.Email != "odin@example.org" {
		t.Errorf("changed to %+v, %v", changed.Profile, err)
	}
	w.Clock.Pass(time.Second)
	if _, err = w.accounts.SignOut(t.Context(), "odin"); err != nil {
		t.Fatal(err)
	}
	a := account.Named("odin")
	w.Load(a)
	if a.Recognises(v.AuthTime) || !a.Recognises(w.Clock.Now()) {
		t.Error("sessions that began before are not over, or later ones are")
	}
}

func TestAnOutageIsNoUnknownAccount(t *testing.T) {
	w, broken := newWorld(t), errors.New("away")
	w.Store.Fail(broken)
	_, finding := w.accounts.Find(t.Context(), "odin")
	_, creating := w.accounts.Create(t.Context(), named("a1"))
	_, changing := w.accounts.Suspend(t.Context(), "odin")
	_, listing := w.clients.List(t.Context(), "")
	_, client := w.clients.Find(t.Context(), "app")
	for _, err := range []error{finding, creating, changing, listing, client} {
		var refusal *oauth.Error
		if !errors.Is(err, broken) || errors.As(err, &refusal) {
			t.Errorf("got %v", err)
		}
	}
}

func TestAChangeOfPermissionsNamesTheGrantsThatItNarrows(t *testing.T) {
	w := newWorld(t)
	w.Account("odin", "CREATE_POST MANAGE_POSTS")
	var narrowed []string
	for i, scope := range []oauth.Scope{"CREATE_POST", "openid MANAGE_POSTS", "CREATE_POST MANAGE_POSTS", "openid"} {
		g := grant.Named(fmt.Sprintf("g%d", i))
		w.Decide(func() error {
			return g.Open(grant.Opening{Client: "app", Account: "odin", Scope: scope, Lifetimes: w.Server.Lifetimes, At: w.Clock.Now()})
		}, g)
		if scope.Has("MANAGE_POSTS") {
			narrowed = slices.Insert(narrowed, 0, g.ID())
		}
	}
	if _, err := w.accounts.SetPermissions(t.Context(), "odin", []string{"CREATE_POST"}); err != nil {
		t.Fatal(err)
	}
	facts := w.Store.Facts()
	var last account.PermissionsChanged
	if err := json.Unmarshal(facts[len(facts)-1].Data, &last); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(account.PermissionsChanged{Permissions: "CREATE_POST", Grants: narrowed}, last); diff != "" {
		t.Errorf("the change (-want +got):\n%s", diff)
	}
}
