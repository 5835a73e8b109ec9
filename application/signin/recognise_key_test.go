package signin_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/eventsourcing/ledgertest"
	"writ/application/signin"
	"writ/domain/account"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports/portstest/req"
)

// keyWorld is one in which odin has an access key for an hour.
type keyWorld struct {
	*ledgertest.World
	sources   *ledgertest.Limits
	recognise *signin.RecogniseKey
	id        string
	key       oauth.Secret
}

func newKeyWorld(t *testing.T) *keyWorld {
	t.Helper()
	w := &keyWorld{World: ledgertest.New(t), sources: &ledgertest.Limits{}}
	w.Account("odin", "USE_PERSONAL_ACCESS_KEYS")
	w.id, w.key = account.MintKey(w.Entropy.Fill)
	w.ChangeAccount("odin", func(a *account.Account) error {
		at := w.Clock.Now()
		return a.AddKey(account.Key{
			ID: w.id, Name: "k", Digest: oauth.DigestOf([]byte(w.key.Reveal())), Expires: at.Add(time.Hour),
		}, at)
	})
	w.recognise = signin.NewRecogniseKey(w.Ledger, w.Directory, w.Notes, signin.Attempts{BySource: w.sources}, w.Clock)
	return w
}

func (w *keyWorld) try(t *testing.T, key oauth.Secret) (signin.Recognised, error) {
	t.Helper()
	return w.recognise.Execute(t.Context(), signin.KeyCommand{Key: key, Source: "::1"})
}

func TestAKeyIsRecognised(t *testing.T) {
	w := newKeyWorld(t)
	w.Clock.Pass(time.Minute)
	who, err := w.try(t, w.key)
	want := session.Visitor{Key: w.id, Account: "odin", AuthTime: ledgertest.Noon}
	if diff := cmp.Diff(want, who.Visitor); err != nil || diff != "" || who.Profile.Profile.Handle.Reveal() != "odin" {
		t.Errorf("recognised with %v (-want +got):\n%s", err, diff)
	}
	if session.ACR(who.AMR) != "" || who.Binding() == "" || (session.Visitor{Session: w.id}).Binding() == who.Binding() {
		t.Errorf("a program is taken for a person: %+v", who.Visitor)
	}
}

func TestWhichKeysOpenNothing(t *testing.T) {
	req.Covers(t, "R-041")
	at := func(w *keyWorld) time.Time { return w.Clock.Now() }
	for name, tc := range map[string]struct {
		key    func(oauth.Secret) oauth.Secret
		befall func(*account.Account, *keyWorld) error
		pass   time.Duration
	}{
		"none":           {key: func(oauth.Secret) oauth.Secret { return "" }},
		"no key":         {key: func(oauth.Secret) oauth.Secret { return "sdpak_" }},
		"an unknown one": {key: func(oauth.Secret) oauth.Secret { return oauth.Secret("sdpak_" + strings.Repeat("a", 44)) }},
		"another secret": {key: func(k oauth.Secret) oauth.Secret { return k[:18] + oauth.Secret(strings.Repeat("a", 32)) }},
		"an expired one": {pass: time.Hour},
		"a removed one":  {befall: func(a *account.Account, w *keyWorld) error { return a.RemoveKey(w.id, at(w)) }},
		"of a suspended account": {befall: func(a *account.Account, w *keyWorld) error {
			return a.Suspend(at(w))
		}},
		"of an erased account": {befall: func(a *account.Account, w *keyWorld) error { return a.Delete(at(w)) }},
		"without the permission": {befall: func(a *account.Account, w *keyWorld) error {
			return a.SetPermissions("USE_OAUTH_CLIENTS", at(w))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w, key := newKeyWorld(t), oauth.Secret("")
			if key = w.key; tc.key != nil {
				key = tc.key(w.key)
			}
			if tc.befall != nil {
				w.ChangeAccount("odin", func(a *account.Account) error { return tc.befall(a, w) })
			}
			w.Clock.Pass(tc.pass)
			_, err := w.try(t, key)
			refusedWith(t, err, signin.ErrKey)
			if w.sources.Failures("::/64") != 1 {
				t.Errorf("counted %d", w.sources.Failures("::/64"))
			}
		})
	}
}

func TestKeysAreGuessedOnlySoOften(t *testing.T) {
	w := newKeyWorld(t)
	w.sources.Most = 1
	_, err := w.try(t, "sdpak_")
	refusedWith(t, err, signin.ErrKey)
	before := w.Store.Reads()
	_, err = w.try(t, w.key)
	var limit *oauth.LimitError
	if !errors.As(err, &limit) || w.Store.Reads() != before {
		t.Errorf("got %v after %d more reads", err, w.Store.Reads()-before)
	}
}

func TestAKeyAndAnOutage(t *testing.T) {
	w := newKeyWorld(t)
	away := errors.New("away")
	w.Store.Fail(away)
	_, err := w.try(t, w.key)
	var refusal *oauth.Error
	if !errors.Is(err, away) || errors.As(err, &refusal) || w.sources.Failures("::/64") != 0 {
		t.Errorf("got %v", err)
	}
}
