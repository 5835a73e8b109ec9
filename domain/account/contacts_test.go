package account_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/event/eventtest"
)

func mail(value event.Personal, verified bool) account.Contact {
	return account.Contact{Kind: account.Email, Value: value, Verified: verified}
}

func added(c account.Contact) account.ContactAdded {
	return account.ContactAdded{Account: "a1", Contact: c}
}

func TestContacts(t *testing.T) {
	second := added(mail("o@valhalla.example", false))
	proven := account.ContactVerified{Account: "a1", Kind: account.Email, Value: "o@valhalla.example"}
	for name, tc := range map[string]struct {
		given   []any
		when    func(*account.Account) error
		then    []any
		refused error
	}{
		"one more": {nil, func(a *account.Account) error { return a.AddContact(mail("O@Valhalla.example", false), noon) }, []any{second}, nil},
		"one that is there": {
			[]any{second}, func(a *account.Account) error { return a.AddContact(mail("o@valhalla.example", false), noon) }, nil, nil,
		},
		"one that is there, proven now": {
			[]any{second}, func(a *account.Account) error { return a.AddContact(mail("o@valhalla.example", true), noon) }, []any{proven}, nil,
		},
		"what is no address": {nil, func(a *account.Account) error { return a.AddContact(mail("valhalla", true), noon) }, nil, account.ErrEmail},
		"a national number": {nil, func(a *account.Account) error {
			return a.AddContact(account.Contact{Kind: account.Phone, Value: "0301"}, noon)
		}, nil, account.ErrPhone},
		"of an unknown kind": {nil, func(a *account.Account) error {
			return a.AddContact(account.Contact{Kind: "raven", Value: "hugin"}, noon)
		}, nil, account.ErrNoContact},
		"preferred":           {[]any{second, proven}, func(a *account.Account) error { return a.PreferContact(account.Email, "o@valhalla.example", noon) }, []any{account.ContactPreferred{Account: "a1", Kind: account.Email, Value: "o@valhalla.example"}}, nil},
		"preferred, unproven": {[]any{second}, func(a *account.Account) error { return a.PreferContact(account.Email, "o@valhalla.example", noon) }, nil, account.ErrNotProven},
		"preferred, unknown":  {nil, func(a *account.Account) error { return a.PreferContact(account.Email, "o@valhalla.example", noon) }, nil, account.ErrNoContact},
		"the primary one again": {
			nil, func(a *account.Account) error { return a.PreferContact(account.Email, "odin@example.org", noon) }, nil, nil,
		},
		"removed":          {nil, func(a *account.Account) error { return a.RemoveContact(account.Email, "odin@example.org", noon) }, []any{account.ContactRemoved{Account: "a1", Kind: account.Email, Value: "odin@example.org"}}, nil},
		"removed, unknown": {nil, func(a *account.Account) error { return a.RemoveContact(account.Phone, "odin@example.org", noon) }, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			a := account.Named("a1")
			eventtest.Given(t, a, append([]any{opened, named}, tc.given...)...).When(func() error { return tc.when(a) }).Then(tc.then...).Refused(tc.refused)
		})
	}
}

func TestOnlyProvenAddressesAreClaimed(t *testing.T) {
	a := account.Named("a1")
	eventtest.Given(t, a, opened, account.ProfileChanged{Account: "a1", Profile: account.Profile{Handle: "odin", Email: "claimed@example.org"}},
		added(mail("proven@example.org", true)), added(mail("unproven@example.org", false)))
	want := []event.Unique{{Kind: "subject", Value: "a1"}, {Kind: "handle", Value: "odin"}, {Kind: "email", Value: "proven@example.org"}}
	if diff := cmp.Diff(want, a.State().Index().Unique); diff != "" {
		t.Errorf("what it holds (-want +got):\n%s", diff)
	}
}

func TestTheFirstAddressOfAKindIsThePrimaryOne(t *testing.T) {
	a := account.Named("a1")
	phone := account.Contact{Kind: account.Phone, Value: "+4930123456", Verified: true}
	eventtest.Given(t, a, opened, added(phone))
	if p := a.View().Profile; p.Phone != phone.Value || !p.PhoneVerified || len(a.View().Contacts) != 0 {
		t.Errorf("the profile has %q, verified: %t", p.Phone.Reveal(), p.PhoneVerified)
	}
}

func TestAnAccountHasOnlySoManyAddresses(t *testing.T) {
	a := account.Named("a1")
	past := []any{opened}
	for i := range account.MaxContacts {
		past = append(past, added(mail(event.Personal(string(rune('a'+i))+"@example.org"), false)))
	}
	eventtest.Given(t, a, past...).When(func() error { return a.AddContact(mail("more@example.org", false), noon) }).Then().Refused(account.ErrContacts)
	if err := a.AddContact(account.Contact{Kind: account.Phone, Value: "+4930123456"}, noon); err != nil {
		t.Errorf("a phone number: %v", err)
	}
}

// TestAddressesAreNeverDoubledNorLost tries orders of changes against a plain set.
func TestAddressesAreNeverDoubledNorLost(t *testing.T) {
	values := rapid.SampledFrom([]event.Personal{"a@x.org", "b@x.org", "c@x.org", "d@x.org"})
	rapid.Check(t, func(t *rapid.T) {
		a, want := account.Named("a1"), map[event.Personal]bool{}
		if err := a.Open(account.Opening{Profile: account.Profile{Handle: "odin"}, At: noon}); err != nil {
			t.Fatal(err)
		}
		for i := range rapid.IntRange(0, 20).Draw(t, "changes") {
			value, at := values.Draw(t, "value"), noon.Add(time.Duration(i)*time.Second)
			switch rapid.IntRange(0, 2).Draw(t, "change") {
			case 0:
				verified := rapid.Bool().Draw(t, "verified")
				_ = a.AddContact(mail(value, verified), at)
				want[value] = want[value] || verified
			case 1:
				_ = a.RemoveContact(account.Email, value, at)
				delete(want, value)
			default:
				_ = a.PreferContact(account.Email, value, at)
			}
		}
		got := map[event.Personal]bool{}
		for _, c := range a.View().ContactsOf(account.Email) {
			if _, twice := got[c.Value]; twice {
				t.Fatalf("%q is there twice", c.Value.Reveal())
			}
			got[c.Value] = c.Verified
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("addresses (-want +got):\n%s", diff)
		}
		if first := a.View().ContactsOf(account.Email); len(first) > 0 && a.View().Profile.Email != first[0].Value {
			t.Fatal("the profile does not name the first address")
		}
		eventtest.ReplayGivesTheSame(t, a, nil)
	})
}

func TestIdentities(t *testing.T) {
	linked := account.IdentityLinked{Account: "a1", Issuer: "https://id.example", Subject: "17", Email: "o@id.example"}
	link := func(a *account.Account) error {
		return a.LinkIdentity(account.Identity{Issuer: "https://id.example", Subject: "17", Email: "o@id.example"}, noon)
	}
	unlink := func(a *account.Account) error { return a.UnlinkIdentity("https://id.example", "17", noon) }
	for name, tc := range map[string]struct {
		given   []any
		when    func(*account.Account) error
		then    []any
		refused error
	}{
		"linked":       {nil, link, []any{linked}, nil},
		"linked again": {[]any{linked}, link, nil, nil},
		"without subject": {nil, func(a *account.Account) error {
			return a.LinkIdentity(account.Identity{Issuer: "https://id.example"}, noon)
		}, nil, account.ErrIdentity},
		"unlinked":         {[]any{linked}, unlink, []any{account.IdentityUnlinked{Account: "a1", Issuer: "https://id.example", Subject: "17"}}, nil},
		"unlinked already": {nil, unlink, nil, nil},
		"of the erased":    {[]any{deleted}, link, nil, account.ErrDeleted},
	} {
		t.Run(name, func(t *testing.T) {
			a := account.Named("a1")
			eventtest.Given(t, a, append([]any{opened, named}, tc.given...)...).When(func() error { return tc.when(a) }).Then(tc.then...).Refused(tc.refused)
		})
	}
	a := account.Named("a1")
	eventtest.Given(t, a, opened, linked)
	if !slices.Contains(a.State().Index().Unique, account.IdentityKey("https://id.example", "17")) {
		t.Error("the identity is not claimed")
	}
}

func TestAccessKeys(t *testing.T) {
	key := account.KeyAdded{Account: "a1", ID: "k1", Name: "laptop", Digest: "d", Expires: noon.Add(time.Hour)}
	add := func(k account.Key) func(*account.Account) error {
		return func(a *account.Account) error { return a.AddKey(k, noon) }
	}
	for name, tc := range map[string]struct {
		given   []any
		when    func(*account.Account) error
		then    []any
		refused error
	}{
		"added":             {nil, add(account.Key{ID: "k1", Name: "laptop", Digest: "d", Expires: noon.Add(time.Hour)}), []any{key}, nil},
		"without a name":    {nil, add(account.Key{ID: "k1", Digest: "d"}), nil, account.ErrKeyName},
		"that has expired":  {nil, add(account.Key{ID: "k1", Name: "laptop", Digest: "d", Expires: noon}), nil, account.ErrKeyExpires},
		"removed":           {[]any{key}, func(a *account.Account) error { return a.RemoveKey("k1", noon) }, []any{account.KeyRemoved{ID: "k1"}}, nil},
		"removed, unknown":  {nil, func(a *account.Account) error { return a.RemoveKey("k1", noon) }, nil, account.ErrNoKey},
		"of an unknown one": {[]any{deleted}, add(account.Key{ID: "k1", Name: "laptop"}), nil, account.ErrDeleted},
	} {
		t.Run(name, func(t *testing.T) {
			a := account.Named("a1")
			eventtest.Given(t, a, append([]any{opened, named}, tc.given...)...).When(func() error { return tc.when(a) }).Then(tc.then...).Refused(tc.refused)
		})
	}
	a := account.Named("a1")
	eventtest.Given(t, a, opened, key)
	if !a.KeyLives("k1", noon) || a.KeyLives("k1", noon.Add(time.Hour)) || a.KeyLives("k2", noon) {
		t.Error("the key lives at the wrong time")
	}
}

func TestSessionsEndTogether(t *testing.T) {
	for name, tc := range map[string]struct {
		when any
		ends bool
	}{
		"a new password": {account.PasswordChanged{Account: "a1", Hash: "h"}, true},
		"a suspension":   {account.Suspended{}, true},
		"signed out":     {account.SignedOut{Reason: "asked"}, true},
		"another name":   {named, false},
	} {
		t.Run(name, func(t *testing.T) {
			a := account.Named("a1")
			eventtest.Given(t, a, opened, eventtest.At(noon.Add(time.Hour), tc.when))
			if a.Recognises(noon) == tc.ends {
				t.Errorf("a session from before stands: %t", !tc.ends)
			}
			if !a.Recognises(noon.Add(time.Hour)) {
				t.Error("a session from now on does not stand")
			}
		})
	}
}

func TestDetails(t *testing.T) {
	for name, tc := range map[string]struct {
		given account.Profile
		want  error
	}{
		"all of them": {account.Profile{Details: account.Details{
			GivenName: "Óðinn", FamilyName: "Borson", Nickname: "Grímnir", Page: "https://example.org/o", Picture: "http://example.org/o.png",
			Birthdate: "0000-12-31", Zoneinfo: "Europe/Oslo", Locale: "nb-NO",
		}, Address: account.Address{Formatted: "Valhalla 1\nAsgard"}}, nil},
		"a year":            {account.Profile{Details: account.Details{Birthdate: "0900"}}, nil},
		"no such month":     {account.Profile{Details: account.Details{Birthdate: "2000-13-01"}}, account.ErrBirthdate},
		"a script":          {account.Profile{Details: account.Details{Website: "javascript:alert(1)"}}, account.ErrLink},
		"markup in a link":  {account.Profile{Details: account.Details{Picture: `https://e.org/"><script>`}}, account.ErrLink},
		"a link to nowhere": {account.Profile{Details: account.Details{Page: "https:///etc"}}, account.ErrLink},
		"a control":         {account.Profile{Details: account.Details{GivenName: "a\x00"}}, account.ErrDetails},
		"a flipped text":    {account.Profile{Details: account.Details{Nickname: "a\u202eb"}}, account.ErrDetails},
		"an endless part":   {account.Profile{Address: account.Address{Street: event.Personal(make([]byte, 501))}}, account.ErrAddress},
	} {
		t.Run(name, func(t *testing.T) {
			a := account.Named("a1")
			eventtest.Given(t, a, opened).When(func() error { return a.SetProfile(tc.given, noon) }).Refused(tc.want)
		})
	}
}
