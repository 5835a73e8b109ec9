package eventsourcing_test

import (
	"errors"
	"testing"

	"writ/adapters/eventsourcing"
	"writ/adapters/eventsourcing/ledgertest"
	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/ports"
	"writ/ports/portstest/req"
)

func opening(handle, email string) account.Opening {
	return account.Opening{
		Profile: account.Profile{Handle: event.Personal(handle), Email: event.Personal(email), EmailVerified: true}, At: ledgertest.Noon,
	}
}

func taken(t *testing.T, err error, kind string) {
	t.Helper()
	var is *ports.TakenError
	if !errors.As(err, &is) || is.Kind != kind {
		t.Errorf("got %v, want that the %s is taken", err, kind)
	}
}

func TestUniqueValuesAreTakenAndGivenBack(t *testing.T) {
	req.Covers(t, "R-262")
	w := ledgertest.New(t)
	open := func(id oauth.AccountID, o account.Opening) error {
		a := account.Named(id)
		return w.Ledger.Decide(t.Context(), func() error { return a.Open(o) }, a)
	}
	if err := open("a1", opening("odin", "odin@example.org")); err != nil {
		t.Fatal(err)
	}
	taken(t, open("a2", opening("ODIN", "other@example.org")), "handle")
	taken(t, open("a2", opening("loki", "odin@EXAMPLE.org")), "email")
	w.ChangeAccount("a1", func(a *account.Account) error {
		return a.SetProfile(account.Profile{Handle: "wotan", Email: "odin@example.org", EmailVerified: true}, w.Clock.Now())
	})
	if err := open("a2", opening("odin", "a2@example.org")); err != nil {
		t.Errorf("a handle that was given back: %v", err)
	}
	w.ChangeAccount("a1", func(a *account.Account) error { return a.Delete(w.Clock.Now()) })
	if err := open("a3", opening("wotan", "odin@example.org")); err != nil {
		t.Errorf("the handle and the address of an erased account: %v", err)
	}
}

func TestAccountsAndClientsShareOneNamespace(t *testing.T) {
	req.Covers(t, "R-120")
	w := ledgertest.New(t)
	w.Account("odin", "")
	w.Client("app", "", settings)
	a, c := account.Named("app"), client.Unregistered("odin")
	taken(t, w.Ledger.Decide(t.Context(), func() error { return a.Open(opening("app", "")) }, a), "subject")
	taken(t, w.Ledger.Decide(t.Context(), func() error {
		return c.Register(client.Registration{ID: "row9", Settings: settings, At: w.Clock.Now()})
	}, c), "subject")
	w.ChangeAccount("odin", func(a *account.Account) error { return a.Delete(w.Clock.Now()) })
	taken(t, w.Ledger.Decide(t.Context(), func() error {
		return c.Register(client.Registration{ID: "row9", Settings: settings, At: w.Clock.Now()})
	}, c), "subject")
}

func TestAStreamIsFoundByItsUniqueValue(t *testing.T) {
	w := ledgertest.New(t)
	w.Account("odin", "")
	for value, want := range map[string]string{"odin": "odin", "loki": ""} {
		s, err := w.Directory.Find(t.Context(), event.Unique{Kind: "handle", Value: value})
		if s.ID != want || errors.Is(err, ports.ErrNotFound) != (want == "") {
			t.Errorf("handle %s leads to %s, %v", value, s, err)
		}
	}
}

func TestAStreamIsFoundAfterTheMasterKeyChanged(t *testing.T) {
	w := ledgertest.New(t)
	w.Account("odin", "")
	rotated := ledgertest.NewKeeper("new master", "master")
	ledger := eventsourcing.NewLedger(w.Store, rotated, w.Entropy)
	directory := eventsourcing.NewDirectory(w.Store, ledger)
	s, err := directory.Find(t.Context(), event.Unique{Kind: "handle", Value: "odin"})
	if err != nil || s.ID != "odin" {
		t.Fatalf("found %s, %v", s, err)
	}
	a := account.Named("odin")
	if err := ledger.Load(t.Context(), a); err != nil || a.View().Profile.Name.Reveal() != "Name of odin" {
		t.Errorf("read %q, %v", a.View().Profile.Name.Reveal(), err)
	}
}

func TestUniqueValuesStayTakenAfterTheMasterKeyChanged(t *testing.T) {
	req.Covers(t, "R-262")
	w := ledgertest.New(t)
	w.Account("odin", "")
	w.Client("app", "", settings)
	ledger := eventsourcing.NewLedger(w.Store, ledgertest.NewKeeper("new master", "master"), w.Entropy)
	open := func(id oauth.AccountID) error {
		a := account.Named(id)
		return ledger.Decide(t.Context(), func() error { return a.Open(opening("odin", "")) }, a)
	}
	taken(t, open("other"), "handle")
	taken(t, open("app"), "subject")

	odin := account.Named("odin")
	err := ledger.Decide(t.Context(), func() error { return odin.Delete(w.Clock.Now()) }, odin)
	if err != nil {
		t.Fatal(err)
	}
	if err := open("other"); err != nil {
		t.Errorf("a handle that was given back: %v", err)
	}
}
