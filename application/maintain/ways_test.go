package maintain_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/eventsourcing/ledgertest"
	"writ/application/maintain"
	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/passkey"
	"writ/domain/session"
)

// waysWorld is one in which odin and loki are signed in.
type waysWorld struct {
	*ledgertest.World
	party      *ledgertest.Party
	passkeys   *maintain.Passkeys
	keys       *maintain.Keys
	identities *maintain.Identities
	odin, loki session.Visitor
}

func newWaysWorld(t *testing.T) *waysWorld {
	t.Helper()
	w := &waysWorld{World: ledgertest.New(t), party: &ledgertest.Party{}}
	w.Account("odin", "USE_PERSONAL_ACCESS_KEYS")
	w.Account("loki", "")
	w.odin, w.loki = w.Visitor("odin"), w.Visitor("loki")
	w.passkeys = maintain.NewPasskeys(w.Ledger, w.Directory, w.Notes, w.party, w.Keeper, w.Clock)
	w.keys = maintain.NewKeys(w.Ledger, w.Directory, w.Notes, w.Clock, w.Entropy)
	w.identities = maintain.NewIdentities(w.Ledger, w.Directory, &ledgertest.Abroad{}, w.Keeper, w.Clock)
	return w
}

func refused(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("refused with %v, want %v", err, want)
	}
}

// invited is the answer of a new credential of a visitor's.
func (w *waysWorld) invited(t *testing.T, v session.Visitor, credential string) maintain.PasskeyCommand {
	t.Helper()
	asked, err := w.passkeys.Begin(t.Context(), v)
	if err != nil {
		t.Fatal(err)
	}
	return maintain.PasskeyCommand{Visitor: v, State: asked.State, Answer: w.party.Answer(asked.Options, credential, "key", 0), Name: credential}
}

func (w *waysWorld) passkey(t *testing.T, credential string) maintain.Passkey {
	t.Helper()
	made, err := w.passkeys.Finish(t.Context(), w.invited(t, w.odin, credential))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// passwordless takes all other ways from odin.
func (w *waysWorld) passwordless() {
	w.ChangeAccount("odin", func(a *account.Account) error {
		return errors.Join(a.SetPassword("", w.Clock.Now()), a.RemoveContact(account.Email, "odin@example.org", w.Clock.Now()))
	})
	w.odin = w.Visitor("odin")
}

func TestPasskeysOfAPerson(t *testing.T) {
	w := newWaysWorld(t)
	w.passkey(t, "laptop")
	w.Clock.Pass(time.Minute)
	phone := w.passkey(t, "phone")
	w.Notes.Touch(event.Stream{Kind: passkey.Kind, ID: phone.ID}, w.Clock.Now())
	listed, err := w.passkeys.List(t.Context(), w.odin)
	if err != nil || len(listed) != 2 || listed[0].Name != "phone" || !listed[0].LastUsed.Equal(w.Clock.Now()) || !listed[1].LastUsed.IsZero() {
		t.Errorf("listed %+v, %v", listed, err)
	}
	if others, err := w.passkeys.List(t.Context(), w.loki); err != nil || len(others) != 0 {
		t.Errorf("loki has %+v, %v", others, err)
	}
	_, err = w.passkeys.Rename(t.Context(), w.loki, phone.ID, "mine")
	refused(t, err, passkey.ErrUnknown)
	refused(t, w.passkeys.Remove(t.Context(), w.loki, phone.ID), passkey.ErrUnknown)
	refused(t, w.passkeys.Remove(t.Context(), w.odin, "unknown"), passkey.ErrUnknown)
	refused(t, w.passkeys.Remove(t.Context(), w.odin, phone.ID), nil)
	listed, _ = w.passkeys.List(t.Context(), w.odin)
	if len(listed) != 1 || listed[0].Name != "laptop" {
		t.Errorf("left are %+v", listed)
	}
}

func TestWhoMayRegisterAPasskey(t *testing.T) {
	w := newWaysWorld(t)
	elsewhere := w.Visitor("odin")
	for name, tc := range map[string]struct {
		change func(*maintain.PasskeyCommand)
		want   error
	}{
		"who began":       {nil, nil},
		"another session": {func(c *maintain.PasskeyCommand) { c.Visitor = elsewhere }, passkey.ErrAnswer},
		"another person":  {func(c *maintain.PasskeyCommand) { c.Visitor = w.loki }, passkey.ErrAnswer},
		"no state":        {func(c *maintain.PasskeyCommand) { c.State = "" }, passkey.ErrAnswer},
		"no answer":       {func(c *maintain.PasskeyCommand) { c.Answer = nil }, passkey.ErrAnswer},
		"a long name":     {func(c *maintain.PasskeyCommand) { c.Name = strings.Repeat("x", 10<<10) }, passkey.ErrName},
	} {
		cmd := w.invited(t, w.odin, name)
		if tc.change != nil {
			tc.change(&cmd)
		}
		_, err := w.passkeys.Finish(t.Context(), cmd)
		if !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	_, err := w.passkeys.Finish(t.Context(), w.invited(t, w.loki, "who began"))
	refused(t, err, passkey.ErrRegistered)
	late := w.invited(t, w.odin, "late")
	w.Clock.Pass(10 * time.Minute)
	_, err = w.passkeys.Finish(t.Context(), late)
	refused(t, err, passkey.ErrAnswer)
	w.Clock.Pass(6 * time.Minute)
	_, err = w.passkeys.Begin(t.Context(), w.odin)
	refused(t, err, session.ErrStale)
}

func TestAnAccountHasOnlySoManyPasskeys(t *testing.T) {
	w := newWaysWorld(t)
	for i := range 20 {
		w.passkey(t, strings.Repeat("c", i+1))
	}
	_, err := w.passkeys.Begin(t.Context(), w.odin)
	refused(t, err, passkey.ErrTooMany)
}

func TestTheLastWayInStays(t *testing.T) {
	w := newWaysWorld(t)
	w.passwordless()
	one, two := w.passkey(t, "one"), w.passkey(t, "two")
	refused(t, w.passkeys.Remove(t.Context(), w.odin, one.ID), nil)
	refused(t, w.passkeys.Remove(t.Context(), w.odin, two.ID), maintain.ErrLastWay)
	w.ChangeAccount("odin", func(a *account.Account) error {
		return a.LinkIdentity(account.Identity{Issuer: "https://id.example", Subject: "17"}, w.Clock.Now())
	})
	refused(t, w.passkeys.Remove(t.Context(), w.odin, two.ID), nil)
	linked, err := w.identities.List(t.Context(), w.odin)
	if err != nil || len(linked) != 1 || linked[0].Label != "The other" {
		t.Fatalf("linked %+v, %v", linked, err)
	}
	refused(t, w.identities.Unlink(t.Context(), w.odin, linked[0].ID), maintain.ErrLastWay)
	w.passkey(t, "three")
	refused(t, w.identities.Unlink(t.Context(), w.loki, linked[0].ID), maintain.ErrNoIdentity)
	refused(t, w.identities.Unlink(t.Context(), w.odin, linked[0].ID), nil)
	refused(t, w.identities.Unlink(t.Context(), w.odin, linked[0].ID), maintain.ErrNoIdentity)
}

// TestTwoTabsDoNotTakeTheLastWayTogether lets the other passkey go while the first one is on its way out.
func TestTwoTabsDoNotTakeTheLastWayTogether(t *testing.T) {
	w := newWaysWorld(t)
	w.passwordless()
	one, two := w.passkey(t, "one"), w.passkey(t, "two")
	w.Store.BeforeNextAppend(func() { refused(t, w.passkeys.Remove(t.Context(), w.odin, two.ID), nil) })
	refused(t, w.passkeys.Remove(t.Context(), w.odin, one.ID), maintain.ErrLastWay)

	w = newWaysWorld(t)
	w.passwordless()
	one = w.passkey(t, "one")
	w.ChangeAccount("odin", func(a *account.Account) error {
		return a.LinkIdentity(account.Identity{Issuer: "https://id.example", Subject: "17"}, w.Clock.Now())
	})
	linked, err := w.identities.List(t.Context(), w.odin)
	refused(t, err, nil)
	w.Store.BeforeNextAppend(func() { refused(t, w.passkeys.Remove(t.Context(), w.odin, one.ID), nil) })
	refused(t, w.identities.Unlink(t.Context(), w.odin, linked[0].ID), maintain.ErrLastWay)
}

func TestWhoeverSignedInLongAgoSignsInAgain(t *testing.T) {
	w := newWaysWorld(t)
	made := w.passkey(t, "laptop")
	w.Clock.Pass(16 * time.Minute)
	_, err := w.keys.Create(t.Context(), maintain.NewKey{Visitor: w.odin, Name: "k"})
	refused(t, err, session.ErrStale)
	refused(t, w.passkeys.Remove(t.Context(), w.odin, made.ID), session.ErrStale)
	refused(t, w.identities.Unlink(t.Context(), w.odin, "x"), session.ErrStale)
	_, err = w.passkeys.Rename(t.Context(), w.odin, made.ID, "still mine")
	refused(t, err, nil)
}

func TestASessionThatEndedMaintainsNothing(t *testing.T) {
	w := newWaysWorld(t)
	made := w.passkey(t, "laptop")
	cmd := w.invited(t, w.odin, "phone")
	s := session.Named(w.odin.Session)
	w.Decide(func() error { s.End("signed_out", w.Clock.Now()); return nil }, s)
	_, finished := w.passkeys.Finish(t.Context(), cmd)
	_, renamed := w.passkeys.Rename(t.Context(), w.odin, made.ID, "x")
	_, created := w.keys.Create(t.Context(), maintain.NewKey{Visitor: w.odin, Name: "k"})
	for _, err := range []error{
		finished, renamed, created, w.passkeys.Remove(t.Context(), w.odin, made.ID),
		w.keys.Remove(t.Context(), w.odin, "x"), w.identities.Unlink(t.Context(), w.odin, "x"),
	} {
		refused(t, err, session.ErrNotSignedIn)
	}
}

func TestKeysOfAPerson(t *testing.T) {
	w := newWaysWorld(t)
	first, err := w.keys.Create(t.Context(), maintain.NewKey{Visitor: w.odin, Name: "laptop", Expires: w.Clock.Now().Add(time.Hour)})
	if id, ok := account.ParseKey(first.Secret); err != nil || !ok || id != first.ID || !first.Live {
		t.Fatalf("made %+v, %v", first.Key, err)
	}
	w.Clock.Pass(time.Minute)
	_, err = w.keys.Create(t.Context(), maintain.NewKey{Visitor: w.odin, Name: "server"})
	refused(t, err, nil)
	w.Clock.Pass(time.Hour)
	listed, err := w.keys.List(t.Context(), w.odin)
	var names []string
	for _, k := range listed {
		names = append(names, k.Name)
	}
	if diff := cmp.Diff([]string{"server", "laptop"}, names); err != nil || diff != "" || listed[1].Live || !listed[0].Live {
		t.Errorf("listed %+v, %v", listed, err)
	}
	_, err = w.keys.Create(t.Context(), maintain.NewKey{Visitor: w.Visitor("loki"), Name: "k"})
	refused(t, err, maintain.ErrMayNotUseKeys)
	refused(t, w.keys.Remove(t.Context(), w.loki, first.ID), account.ErrNoKey)
	for _, f := range w.Store.Facts() {
		if strings.Contains(string(f.Data), first.Secret.Reveal()[18:]) {
			t.Errorf("the secret is in %s.%s", f.Stream.Kind, f.Name)
		}
	}
}

func TestRemovingAKeyRevokesWhatItAllowed(t *testing.T) {
	w := newWaysWorld(t)
	key, err := w.keys.Create(t.Context(), maintain.NewKey{Visitor: w.odin, Name: "k"})
	refused(t, err, nil)
	for id, by := range map[string]string{"byKey": key.ID, "byHand": ""} {
		g := grant.Named(id)
		w.Decide(func() error {
			return g.Open(grant.Opening{
				Client: "app", Account: "odin", Key: by, Scope: "openid", Via: oauth.AuthorizationCodeGrant,
				Lifetimes: w.Server.Lifetimes, At: w.Clock.Now(),
			})
		}, g)
	}
	refused(t, w.keys.Remove(t.Context(), w.odin, key.ID), nil)
	byKey, byHand := grant.Named("byKey"), grant.Named("byHand")
	w.Load(byKey, byHand)
	if byKey.View().Reason != grant.ByKey || !byHand.View().Revoked.IsZero() {
		t.Errorf("revoked for %q and %q", byKey.View().Reason, byHand.View().Reason)
	}
}
