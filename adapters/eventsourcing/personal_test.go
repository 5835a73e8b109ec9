package eventsourcing_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/eventsourcing/ledgertest"
	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/domain/session"
)

// The personal data of the tests, each a word that occurs nowhere else.
var personal = []string{"sleipnir", "gungnir", "draupnir", "+4930123456", "mjolnir", "huginn", "muninn"}

func withPersonalData(t *testing.T) *ledgertest.World {
	t.Helper()
	w := ledgertest.New(t)
	a, s := account.Named("a1"), session.Unstarted("s1")
	w.Decide(func() error {
		return a.Open(account.Opening{
			Profile:  account.Profile{Handle: "sleipnir", Name: "gungnir", Email: "draupnir@x.example", Phone: "+4930123456"},
			Password: "mjolnir", Permissions: "A", At: w.Clock.Now(),
		})
	}, a)
	w.Decide(func() error {
		s.Start(session.Started{Account: "a1", Token: oauth.DigestOf(nil), AMR: []string{"pwd"}, UserAgent: "huginn", Source: "muninn"}, w.Clock.Now())
		return nil
	}, a, s)
	return w
}

func TestPersonalDataIsStoredSealed(t *testing.T) {
	w := withPersonalData(t)
	for _, word := range personal {
		for _, f := range w.Store.Facts() {
			if bytes.Contains(f.Data, []byte(word)) {
				t.Errorf("%s stands in %s of %s", word, f.Name, f.Stream)
			}
		}
		for _, row := range w.Store.Rows() {
			if bytes.Contains(row.Data, []byte(word)) {
				t.Errorf("%s stands in the state of %s", word, row.Stream)
			}
		}
	}
}

func TestPersonalDataIsReadAsItWas(t *testing.T) {
	w := withPersonalData(t)
	a, s := account.Named("a1"), session.Named("s1")
	for _, look := range []string{"by the row", "by the history"} {
		w.Load(a, s)
		want := account.Profile{Handle: "sleipnir", Name: "gungnir", Email: "draupnir@x.example", Phone: "+4930123456"}
		if a.View().Profile != want || a.View().Password != "mjolnir" || s.View().UserAgent != "huginn" || s.View().Source != "muninn" {
			t.Errorf("%s: something is read as another", look)
		}
		anotherShape(w)
	}
}

// anotherShape makes every row one of another binary.
func anotherShape(w *ledgertest.World) {
	for _, row := range w.Store.Rows() {
		w.Store.Alter(row.Stream, func(r *rowOf) { r.Shape, r.Data = 99, []byte("of another shape") })
	}
}

func TestADecisionKeepsItsPlainState(t *testing.T) {
	w := withPersonalData(t)
	a := account.Named("a1")
	w.Decide(func() error { return a.SetPassword("second", w.Clock.Now()) }, a)
	if a.View().Password != "second" || a.View().Profile.Handle != "sleipnir" {
		t.Error("sealing changed the aggregate that was decided on")
	}
}

func TestAnErasedPersonCannotBeReadAnyMore(t *testing.T) {
	w := withPersonalData(t)
	w.ChangeAccount("a1", func(a *account.Account) error { return a.Delete(w.Clock.Now()) })
	a, s := account.Named("a1"), session.Named("s1")
	for _, look := range []string{"by the row", "by the history"} {
		w.Load(a, s)
		if !a.View().Deleted || a.View().Profile != (account.Profile{}) {
			t.Errorf("%s: the account still has a profile", look)
		}
		if v := s.View(); v.UserAgent != event.Erased || v.Source != event.Erased || v.Account != "a1" {
			t.Errorf("%s: the session reads %q from %q", look, v.UserAgent.Reveal(), v.Source.Reveal())
		}
		anotherShape(w)
	}
	if diff := cmp.Diff([]string{"opened", "profile_changed", "password_changed", "deleted"}, w.Names("account")); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
	for _, row := range w.Store.Rows() {
		if row.Key != nil {
			t.Errorf("%s still has a key", row.Stream)
		}
	}
}

func TestASessionThatEndsAfterErasureKeepsNothing(t *testing.T) {
	w := withPersonalData(t)
	w.ChangeAccount("a1", func(a *account.Account) error { return a.Delete(w.Clock.Now()) })
	s := session.Named("s1")
	w.Decide(func() error { s.End("signed_out", w.Clock.Now()); return nil }, s)
	again := session.Named("s1")
	w.Load(again)
	if v := again.View(); !v.Ended || v.UserAgent != event.Erased {
		t.Errorf("the session reads %q, ended %v", v.UserAgent.Reveal(), v.Ended)
	}
}

func TestWithoutAKeyNoAccountBegins(t *testing.T) {
	w, broken := ledgertest.New(t), errors.New("no randomness")
	w.Keeper.Fail(broken)
	a := account.Named("a1")
	err := w.Ledger.Decide(t.Context(), func() error { return a.Open(opening("odin", "")) }, a)
	if !errors.Is(err, broken) || len(w.Store.Facts()) > 0 {
		t.Errorf("got %v with %d facts", err, len(w.Store.Facts()))
	}
}
