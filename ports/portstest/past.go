package portstest

import (
	"slices"
	"testing"
	"time"

	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/ports"
)

// Remembered is a past with the ledger that it is the past of.
type Remembered struct {
	ports.Ledger
	ports.Past
}

// Past is the contract of ports.Past. Each case gets a fresh one from open.
func Past(t *testing.T, open func(t *testing.T) Remembered) {
	for _, c := range []struct {
		sentence string
		test     func(t *testing.T, r Remembered)
	}{
		{"an aggregate is as it was, whatever came later", wasSo},
		{"the facts that made it so are given, oldest first", madeSo},
		{"one that had no fact yet stays at version 0", wasNotYet},
		{"what an aggregate was filled with before is forgotten", wasAnother},
		{"personal data reads as erased", wasNobody},
	} {
		t.Run(c.sentence, func(t *testing.T) { c.test(t, open(t)) })
	}
}

// lived opens an account at noon, suspends it a minute later and reinstates it after another one.
func lived(t *testing.T, r Remembered) oauth.AccountID {
	t.Helper()
	id := oauth.AccountID(stream("account").ID)
	for i, decide := range []func(*account.Account, time.Time) error{
		func(a *account.Account, at time.Time) error {
			return a.Open(account.Opening{
				Profile: account.Profile{Handle: "somebody", Name: "Some Body"}, Permissions: "A B", At: at,
			})
		},
		(*account.Account).Suspend,
		(*account.Account).Reinstate,
	} {
		a := account.Named(id)
		err := r.Decide(t.Context(), func() error { return decide(a, noon.Add(time.Duration(i)*time.Minute)) }, a)
		if err != nil {
			t.Fatal(err)
		}
	}
	return id
}

func asOf(t *testing.T, r Remembered, at time.Time, into event.Aggregate) []event.Fact {
	t.Helper()
	return must(r.AsOf(t.Context(), at, into))(t)
}

func wasSo(t *testing.T, r Remembered) {
	id := lived(t, r)
	for at, suspended := range map[time.Duration]bool{
		0: false, time.Minute - time.Microsecond: false, time.Minute: true, 2*time.Minute - 1: true, 2 * time.Minute: false, time.Hour: false,
	} {
		a := account.Named(id)
		asOf(t, r, noon.Add(at), a)
		if a.View().Suspended != suspended || a.Permissions() != "A B" {
			t.Errorf("%s after noon it is suspended: %t, and holds %s", at, a.View().Suspended, a.Permissions())
		}
	}
}

func madeSo(t *testing.T, r Remembered) {
	a := account.Named(lived(t, r))
	facts := asOf(t, r, noon.Add(time.Minute), a)
	var names []string
	for i, f := range facts {
		names = append(names, f.Name)
		if f.Stream != a.Stream() || f.Version != event.Version(i+1) || f.Position == 0 {
			t.Errorf("the fact %d is %+v", i, f)
		}
	}
	if want := []string{"opened", "profile_changed", "suspended"}; !slices.Equal(names, want) || a.Version() != 3 {
		t.Errorf("made so by %v up to version %d, want %v", names, a.Version(), want)
	}
}

func wasNotYet(t *testing.T, r Remembered) {
	a, other := account.Named(lived(t, r)), account.Named("nobody")
	for _, found := range [][]event.Fact{asOf(t, r, noon.Add(-1), a), asOf(t, r, noon.Add(time.Hour), other)} {
		if len(found) != 0 || a.Exists() || other.Exists() {
			t.Errorf("before its time it has %v", found)
		}
	}
}

func wasAnother(t *testing.T, r Remembered) {
	a := account.Named(lived(t, r))
	asOf(t, r, noon.Add(time.Hour), a)
	if asOf(t, r, noon.Add(-1), a); a.Exists() || a.Permissions() != "" {
		t.Errorf("before its time it holds %q at version %d", a.Permissions(), a.Version())
	}
}

func wasNobody(t *testing.T, r Remembered) {
	a := account.Named(lived(t, r))
	asOf(t, r, noon.Add(time.Hour), a)
	if p := a.View().Profile; p.Name != event.Erased || p.Handle != event.Erased {
		t.Errorf("the profile shows %q and %q", p.Name.Reveal(), p.Handle.Reveal())
	}
}
