package account_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/event/eventtest"
	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

var (
	noon    = eventtest.Noon
	profile = account.Profile{Handle: "odin", Name: "Odin", Email: "odin@example.org", EmailVerified: true}
	opened  = account.Opened{Permissions: "A B"}
	shadow  = account.Opened{Shadow: true}
	named   = account.ProfileChanged{
		Account: "a1", Profile: profile, Fields: []string{"handle", "name", "email", "email_verified"},
	}
	suspended = account.Suspended{}
	deleted   = account.Deleted{Account: "a1"}
)

func TestOpening(t *testing.T) {
	o := account.Opening{Profile: profile, Permissions: "A B", At: noon}
	withPassword, broken, nameless := o, o, o
	withPassword.Password = "hash"
	broken.Profile.Email = "nobody"
	nameless.Profile.Handle = ""
	followed := account.PermissionsChanged{Permissions: "C", Sequence: 4}
	for name, tc := range map[string]struct {
		id      oauth.AccountID
		given   []any
		when    account.Opening
		then    []any
		refused error
	}{
		"a new account":                        {"a1", nil, o, []any{opened, named}, nil},
		"with a password":                      {"a1", nil, withPassword, []any{opened, named, account.PasswordChanged{Account: "a1", Hash: "hash"}}, nil},
		"an id in use":                         {"a1", []any{opened, named}, o, nil, account.ErrTaken},
		"an account that was deleted":          {"a1", []any{opened, named, deleted}, o, nil, account.ErrDeleted},
		"a shadow is adopted":                  {"a1", []any{shadow}, o, []any{account.Adopted{Permissions: "A B"}, named}, nil},
		"a shadow keeps announced permissions": {"a1", []any{shadow, followed}, o, []any{account.Adopted{Permissions: "C"}, named}, nil},
		"a shadow that was deleted":            {"a1", []any{shadow, deleted}, o, nil, account.ErrDeleted},
		"an id with a space":                   {"a 1", nil, o, nil, account.ErrID},
		"no id":                                {"", nil, o, nil, account.ErrID},
		"an id that is too long":               {oauth.AccountID(strings.Repeat("a", 65)), nil, o, nil, account.ErrID},
		"a broken profile":                     {"a1", nil, broken, nil, account.ErrEmail},
		"no handle":                            {"a1", nil, nameless, nil, account.ErrHandle},
	} {
		t.Run(name, func(t *testing.T) {
			a := account.Named(tc.id)
			eventtest.Given(t, a, tc.given...).When(func() error { return a.Open(tc.when) }).Then(tc.then...).Refused(tc.refused)
		})
	}
}

func TestChanging(t *testing.T) {
	renamed := profile
	renamed.Name = "Wotan"
	for name, tc := range map[string]struct {
		when func(*account.Account) error
		then any // what is recorded; nil: nothing
	}{
		"other permissions":                  {func(a *account.Account) error { return a.SetPermissions("A", noon) }, account.PermissionsChanged{Permissions: "A"}},
		"no permissions":                     {func(a *account.Account) error { return a.SetPermissions("", noon) }, account.PermissionsChanged{}},
		"the same permissions, in any order": {func(a *account.Account) error { return a.SetPermissions("B A", noon) }, nil},
		"another profile":                    {func(a *account.Account) error { return a.SetProfile(renamed, noon) }, account.ProfileChanged{Account: "a1", Profile: renamed, Fields: []string{"name"}}},
		"the same profile":                   {func(a *account.Account) error { return a.SetProfile(profile, noon) }, nil},
		"a password":                         {func(a *account.Account) error { return a.SetPassword("h", noon) }, account.PasswordChanged{Account: "a1", Hash: "h"}},
		"suspended":                          {func(a *account.Account) error { return a.Suspend(noon) }, suspended},
		"reinstated, though not suspended":   {func(a *account.Account) error { return a.Reinstate(noon) }, nil},
		"deleted":                            {func(a *account.Account) error { return a.Delete(noon) }, deleted},
	} {
		t.Run(name, func(t *testing.T) {
			a := account.Named("a1")
			var then []any
			if tc.then != nil {
				then = []any{tc.then}
			}
			eventtest.Given(t, a, opened, named).When(func() error { return tc.when(a) }).Then(then...).Refused(nil)
			unknown := account.Named("a1")
			eventtest.Given(t, unknown).When(func() error { return tc.when(unknown) }).Then().Refused(account.ErrUnknown)
			gone := account.Named("a1")
			end := eventtest.Given(t, gone, opened, named, deleted).When(func() error { return tc.when(gone) }).Then()
			if name != "deleted" {
				end.Refused(account.ErrDeleted)
			}
		})
	}
}

func TestSuspension(t *testing.T) {
	req.Covers(t, "R-094")
	a := account.Named("a1")
	eventtest.Given(t, a, opened, suspended).When(func() error { return a.Suspend(noon) }).Then().Refused(nil)
	if a.Served() != account.ErrNotServed {
		t.Error("a suspended account is served")
	}
	b := account.Named("a1")
	eventtest.Given(t, b, opened, suspended).When(func() error { return b.Reinstate(noon) }).Then(account.Reinstated{}).Refused(nil)
	if b.Served() != nil {
		t.Error("a reinstated account is not served")
	}
	if account.Named("a1").Served() != account.ErrNotServed {
		t.Error("an unknown account is served")
	}
}

func TestAnErasedAccountKeepsNothingOfThePerson(t *testing.T) {
	a := account.Named("a1")
	eventtest.Given(t, a, opened, named, account.PasswordChanged{Account: "a1", Hash: "h"}, eventtest.At(noon.Add(time.Hour), deleted))
	want := account.State{Account: "a1", Deleted: true, Created: noon, Updated: noon.Add(time.Hour)}
	if diff := cmp.Diff(want, a.View()); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]event.Unique{{Kind: "subject", Value: "a1"}}, a.State().Index().Unique); diff != "" {
		t.Errorf("what it still holds (-want +got):\n%s", diff)
	}
	if a.Served() == nil {
		t.Error("it is served")
	}
}

func TestAnAccountHoldsWhatMustBeUnique(t *testing.T) {
	a := account.Named("a1")
	full := named
	full.Profile.Phone, full.Profile.PhoneVerified = "+4930123456", true
	eventtest.Given(t, a, opened, full)
	want := event.Index{Account: "a1", Unique: []event.Unique{
		{Kind: "subject", Value: "a1"}, {Kind: "handle", Value: "odin"}, {Kind: "email", Value: "odin@example.org"}, {Kind: "phone", Value: "+4930123456"},
	}}
	if diff := cmp.Diff(want, a.State().Index()); diff != "" {
		t.Errorf("index (-want +got):\n%s", diff)
	}
	if a.AccountID() != "a1" || a.Permissions() != "A B" {
		t.Errorf("it is %s with %q", a.AccountID(), a.Permissions())
	}
}
