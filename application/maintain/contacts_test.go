package maintain_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/eventsourcing/ledgertest"
	"writ/application/maintain"
	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/session"
)

func contactWorld(t *testing.T) (*ledgertest.World, *maintain.Contacts, session.Visitor) {
	t.Helper()
	w := ledgertest.New(t)
	w.Account("odin", "")
	w.ChangeAccount("odin", func(a *account.Account) error {
		return errors.Join(
			a.AddContact(account.Contact{Kind: account.Email, Value: "second@example.org", Verified: true}, w.Clock.Now()),
			a.AddContact(account.Contact{Kind: account.Email, Value: "third@example.org"}, w.Clock.Now()),
			a.AddContact(account.Contact{Kind: account.Phone, Value: "+12025550123", Verified: true}, w.Clock.Now()))
	})
	return w, maintain.NewContacts(w.Ledger, w.Keeper, w.Clock), w.Visitor("odin")
}

func contactsOf(w *ledgertest.World, uc *maintain.Contacts, kind account.ContactKind) []maintain.Contact {
	a := account.Named("odin")
	w.Load(a)
	return uc.List(a.View(), kind)
}

func contactTexts(all []maintain.Contact) (found []string) {
	for _, c := range all {
		text := c.Address
		if c.Verified {
			text += " verified"
		}
		if c.Primary {
			text += " primary"
		}
		found = append(found, text)
	}
	return found
}

func TestPeopleSeePreferAndRemoveTheirAddresses(t *testing.T) {
	w, uc, v := contactWorld(t)
	mails := contactsOf(w, uc, account.Email)
	if diff := cmp.Diff([]string{"odin@example.org verified primary", "second@example.org verified", "third@example.org"}, contactTexts(mails)); diff != "" {
		t.Fatalf("-want +got:\n%s", diff)
	}
	for _, step := range []struct {
		err  error
		want error
	}{
		{uc.Prefer(t.Context(), v, account.Email, mails[1].ID), nil},
		{uc.Prefer(t.Context(), v, account.Email, mails[2].ID), account.ErrNotProven},
		{uc.Prefer(t.Context(), v, account.Phone, mails[0].ID), account.ErrNoContact},
		{uc.Prefer(t.Context(), v, account.Email, "odin@example.org"), account.ErrNoContact},
		{uc.Remove(t.Context(), v, account.Email, mails[2].ID), nil},
		{uc.Remove(t.Context(), v, account.Email, mails[2].ID), account.ErrNoContact},
	} {
		if !errors.Is(step.err, step.want) {
			t.Errorf("got %v, want %v", step.err, step.want)
		}
	}
	if diff := cmp.Diff([]string{"second@example.org verified primary", "odin@example.org verified"}, contactTexts(contactsOf(w, uc, account.Email))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if n := len(contactsOf(w, uc, account.Phone)); n != 1 {
		t.Errorf("%d phones", n)
	}
}

func TestTheLastWayToSignInStays(t *testing.T) {
	w, uc, _ := contactWorld(t)
	w.Account("thor", "")
	w.ChangeAccount("thor", func(a *account.Account) error { return a.SetPassword("", w.Clock.Now()) })
	v := w.Visitor("thor")
	a := account.Named("thor")
	w.Load(a)
	only := uc.List(a.View(), account.Email)[0].ID
	if err := uc.Remove(t.Context(), v, account.Email, only); !errors.Is(err, maintain.ErrLastContact) {
		t.Errorf("got %v", err)
	}
	w.ChangeAccount("thor", func(a *account.Account) error {
		return a.AddContact(account.Contact{Kind: account.Phone, Value: event.Personal("+12025550188"), Verified: true}, w.Clock.Now())
	})
	if err := uc.Remove(t.Context(), v, account.Email, only); err != nil {
		t.Error(err)
	}
}

func TestWhoMayChangeAddresses(t *testing.T) {
	for name, tc := range map[string]struct {
		befall func(*ledgertest.World, session.Visitor)
		want   error
	}{
		"somebody who signed in just now":     {},
		"somebody who signed in too long ago": {func(w *ledgertest.World, _ session.Visitor) { w.Clock.Pass(session.FreshFor + time.Second) }, session.ErrStale},
		"somebody who is signed out":          {func(w *ledgertest.World, v session.Visitor) { endVisit(w, v) }, session.ErrNotSignedIn},
		"somebody who is suspended":           {func(w *ledgertest.World, _ session.Visitor) { changeOwner(w, (*account.Account).Suspend) }, session.ErrNotSignedIn},
		"somebody whose password was replaced": {func(w *ledgertest.World, _ session.Visitor) {
			w.Clock.Pass(time.Second)
			changeOwner(w, replacePassword)
		}, session.ErrNotSignedIn},
	} {
		t.Run(name, func(t *testing.T) {
			w, uc, v := contactWorld(t)
			id := contactsOf(w, uc, account.Email)[1].ID
			if tc.befall != nil {
				tc.befall(w, v)
			}
			for _, err := range []error{uc.Prefer(t.Context(), v, account.Email, id), uc.Remove(t.Context(), v, account.Email, id)} {
				if !errors.Is(err, tc.want) {
					t.Errorf("got %v, want %v", err, tc.want)
				}
			}
		})
	}
}

func replacePassword(a *account.Account, at time.Time) error { return a.SetPassword("other", at) }

func changeOwner(w *ledgertest.World, act func(*account.Account, time.Time) error) {
	w.ChangeAccount("odin", func(a *account.Account) error { return act(a, w.Clock.Now()) })
}

func endVisit(w *ledgertest.World, v session.Visitor) {
	s := session.Named(v.Session)
	w.Decide(func() error { s.End("signed_out", w.Clock.Now()); return nil }, s)
}
