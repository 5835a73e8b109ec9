package signin_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/eventsourcing/ledgertest"
	"writ/application/signin"
	"writ/domain/account"
	"writ/domain/oauth"
	"writ/domain/passkey"
	"writ/domain/session"
	"writ/ports/portstest/req"
)

// passkeyWorld is one in which odin has a passkey, whose counter stands at 7.
type passkeyWorld struct {
	*ledgertest.World
	party   *ledgertest.Party
	sources *ledgertest.Limits
	begin   *signin.PasskeyBegin
	finish  *signin.PasskeyFinish
}

var laptop = passkey.Credential{ID: passkey.Binary([]byte("laptop")), PublicKey: passkey.Binary([]byte("key")), Counter: 7}

func newPasskeyWorld(t *testing.T) *passkeyWorld {
	t.Helper()
	w := &passkeyWorld{World: ledgertest.New(t), party: &ledgertest.Party{}, sources: &ledgertest.Limits{}}
	w.Account("odin", "")
	w.begin = signin.NewPasskeyBegin(w.party, w.Keeper, w.Clock, w.Entropy)
	w.finish = signin.NewPasskeyFinish(w.begin, w.Ledger, w.Notes, signin.Attempts{BySource: w.sources}, w.Keys)
	w.register(laptop)
	return w
}

func (w *passkeyWorld) register(c passkey.Credential) {
	p, a := passkey.Unregistered(c), account.Named("odin")
	w.Decide(func() error { return p.Register("odin", "Laptop", c, w.Clock.Now()) }, p, a)
}

func (w *passkeyWorld) change(do func(*passkey.Passkey) error) {
	p := passkey.Named(passkey.StreamOf([]byte("laptop")))
	w.Decide(func() error { return do(p) }, p)
}

// answer is that of a credential to a new challenge.
func (w *passkeyWorld) answer(t *testing.T, credential, key string, counter uint32) signin.PasskeyCommand {
	t.Helper()
	asked, err := w.begin.Execute(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return signin.PasskeyCommand{
		State: asked.State, Answer: w.party.Answer(asked.Options, credential, key, counter),
		Visit: signin.Visit{UserAgent: "browser", Source: "::1"},
	}
}

func TestAPasskeySignsIn(t *testing.T) {
	for name, tc := range map[string]struct {
		synced bool
		amr    []string
	}{
		"bound to its device":    {false, []string{"hwk", "mfa", "user"}},
		"on several of a person": {true, []string{"swk", "mfa", "user"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newPasskeyWorld(t)
			w.register(passkey.Credential{ID: passkey.Binary([]byte("c")), PublicKey: passkey.Binary([]byte("k")), BackupEligible: tc.synced})
			in, err := w.finish.Execute(t.Context(), w.answer(t, "c", "k", 0))
			s := session.Named(in.Session)
			w.Load(s)
			if diff := cmp.Diff(tc.amr, s.View().AMR); err != nil || in.Account != "odin" || diff != "" || !s.Proves(in.Token, w.Clock.Now()) {
				t.Errorf("signed in as %s with %v, methods (-want +got):\n%s", in.Account, err, diff)
			}
			if session.ACR(s.View().AMR) != session.PhishingResistant {
				t.Error("it does not resist phishing")
			}
		})
	}
}

func TestWhichPasskeysSignNobodyIn(t *testing.T) {
	for name, tc := range map[string]struct {
		befall func(*passkeyWorld)
		change func(*signin.PasskeyCommand)
		answer [2]string
		want   error
	}{
		"an unknown one":       {answer: [2]string{"phone", "key"}, want: passkey.ErrAnswer},
		"a wrong signature":    {answer: [2]string{"laptop", "other"}, want: passkey.ErrAnswer},
		"none":                 {change: func(c *signin.PasskeyCommand) { c.Answer = nil }, want: passkey.ErrAnswer},
		"without a state":      {change: func(c *signin.PasskeyCommand) { c.State = "" }, want: passkey.ErrAnswer},
		"a state that is none": {change: func(c *signin.PasskeyCommand) { c.State = "AAAA" }, want: passkey.ErrAnswer},
		"too late":             {befall: func(w *passkeyWorld) { w.Clock.Pass(10 * time.Minute) }, want: passkey.ErrAnswer},
		"a removed one": {befall: func(w *passkeyWorld) {
			w.change(func(p *passkey.Passkey) error { return p.Remove("odin", w.Clock.Now()) })
		}, want: passkey.ErrAnswer},
		"of a suspended account": {befall: func(w *passkeyWorld) {
			w.ChangeAccount("odin", func(a *account.Account) error { return a.Suspend(w.Clock.Now()) })
		}, want: passkey.ErrAnswer},
		"of an erased account": {befall: func(w *passkeyWorld) {
			w.ChangeAccount("odin", func(a *account.Account) error { return a.Delete(w.Clock.Now()) })
		}, want: passkey.ErrAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			w := newPasskeyWorld(t)
			which := tc.answer
			if which[0] == "" {
				which = [2]string{"laptop", "key"}
			}
			cmd := w.answer(t, which[0], which[1], 8)
			if tc.change != nil {
				tc.change(&cmd)
			}
			if tc.befall != nil {
				tc.befall(w)
			}
			_, err := w.finish.Execute(t.Context(), cmd)
			refusedWith(t, err, tc.want)
			if names := w.Names(session.Kind); len(names) > 0 || w.sources.Failures("::/64") != 1 {
				t.Errorf("began %v, counted %d", names, w.sources.Failures("::/64"))
			}
		})
	}
}

func TestACounterThatWentBackEndsThePasskey(t *testing.T) {
	w := newPasskeyWorld(t)
	_, err := w.finish.Execute(t.Context(), w.answer(t, "laptop", "key", 7))
	refusedWith(t, err, passkey.ErrCloned)
	_, err = w.finish.Execute(t.Context(), w.answer(t, "laptop", "key", 99))
	refusedWith(t, err, passkey.ErrCloned)
	if diff := cmp.Diff([]string{"registered", "used"}, w.Names(passkey.Kind)); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
}

// TestOneAnswerBeginsOneSession lets the same answer arrive many times at once, as a double click or a
// thief would send it. The passkey is not taken for a copy by it.
func TestOneAnswerBeginsOneSession(t *testing.T) {
	req.Covers(t, "R-084")
	w := newPasskeyWorld(t)
	cmd := w.answer(t, "laptop", "key", 8)
	const many = 8
	errs := make([]error, many)
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() { _, errs[i] = w.finish.Execute(t.Context(), cmd) })
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !errors.Is(err, passkey.ErrAnswer) {
			t.Errorf("refused with %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d sessions", won)
	}
	if _, err := w.finish.Execute(t.Context(), w.answer(t, "laptop", "key", 9)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestPasskeysAreGuessedOnlySoOften(t *testing.T) {
	w := newPasskeyWorld(t)
	w.sources.Most = 2
	for range 2 {
		_, err := w.finish.Execute(t.Context(), w.answer(t, "laptop", "other", 8))
		refusedWith(t, err, passkey.ErrAnswer)
	}
	before := w.party.Verified()
	_, err := w.finish.Execute(t.Context(), w.answer(t, "laptop", "key", 8))
	var limit *oauth.LimitError
	if !errors.As(err, &limit) || w.party.Verified() != before {
		t.Errorf("got %v after %d more checks", err, w.party.Verified()-before)
	}
}

func TestPasskeysAndAnOutage(t *testing.T) {
	w := newPasskeyWorld(t)
	cmd := w.answer(t, "laptop", "key", 8)
	away := errors.New("away")
	w.Store.Fail(away)
	_, err := w.finish.Execute(t.Context(), cmd)
	var refusal *oauth.Error
	if !errors.Is(err, away) || errors.As(err, &refusal) || w.sources.Failures("::/64") != 0 {
		t.Errorf("got %v, counted %d", err, w.sources.Failures("::/64"))
	}
	w.Store.Fail(nil)
	if _, err = w.finish.Execute(t.Context(), cmd); err != nil {
		t.Errorf("after the outage: %v", err)
	}
}
