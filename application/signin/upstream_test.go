package signin_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"writ/adapters/eventsourcing/ledgertest"
	"writ/application/signin"
	"writ/domain/account"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
)

// upstreamWorld is one with another provider.
type upstreamWorld struct {
	*ledgertest.World
	abroad *ledgertest.Abroad
	begin  *signin.UpstreamBegin
	finish *signin.UpstreamFinish
}

func newUpstreamWorld(t *testing.T, open signin.SignUpPolicy) *upstreamWorld {
	t.Helper()
	w := &upstreamWorld{World: ledgertest.New(t), abroad: &ledgertest.Abroad{}}
	w.begin = signin.NewUpstreamBegin(w.abroad, w.Keeper, w.Clock, w.Entropy)
	w.finish = signin.NewUpstreamFinish(signin.UpstreamRoles{
		Ledger: w.Ledger, Finder: w.Directory, Upstreams: w.abroad, Vault: w.Keeper, Clock: w.Clock, Entropy: w.Entropy,
	}, w.Server, w.Keys, open)
	w.abroad.Knows("loki", ports.UpstreamPerson{Issuer: "https://id.example", Subject: "17", Email: "loki@id.example", Handle: "loki"})
	return w
}

func (w *upstreamWorld) depart(t *testing.T, link *session.Visitor) signin.UpstreamFinishCommand {
	t.Helper()
	gone, err := w.begin.Execute(t.Context(), signin.UpstreamBeginCommand{Upstream: "other", Return: "/home", Link: link})
	if err != nil {
		t.Fatal(err)
	}
	if signin.DepartureOf(gone.Address) != gone.ID {
		t.Errorf("the state %q does not name %q", gone.Address, gone.ID)
	}
	return signin.UpstreamFinishCommand{Upstream: "other", Ticket: gone.Ticket, State: gone.Address, Code: "loki", Visitor: link}
}

func (w *upstreamWorld) come(t *testing.T, code oauth.Secret) (signin.Arrived, error) {
	t.Helper()
	cmd := w.depart(t, nil)
	cmd.Code = code
	return w.finish.Execute(t.Context(), cmd)
}

func TestSomebodyNewIsWelcomedOnce(t *testing.T) {
	w := newUpstreamWorld(t, true)
	first, err := w.come(t, "loki")
	if err != nil || first.Return != "/home" || first.Linking {
		t.Fatalf("arrived %+v, %v", first, err)
	}
	again, err := w.come(t, "loki")
	if err != nil || again.Account != first.Account || again.Session == first.Session {
		t.Errorf("arrived %+v, %v", again, err)
	}
	a := account.Named(first.Account)
	w.Load(a)
	if p := a.View().Profile; p.Handle != "loki" || p.Email != "loki@id.example" || !p.EmailVerified || a.Permissions() != w.Server.NewcomerHolds {
		t.Errorf("opened with %q, %q", p.Handle.Reveal(), p.Email.Reveal())
	}
}

func TestAnAddressThatNobodyVerifiedIsNotTaken(t *testing.T) {
	w := newUpstreamWorld(t, true)
	w.Account("odin", "")
	w.abroad.Knows("thief", ports.UpstreamPerson{Issuer: "https://id.example", Subject: "18", Handle: "odin"}) // it says odin@example.org, unverified
	in, err := w.come(t, "thief")
	if err != nil || in.Account == "odin" {
		t.Fatalf("arrived %+v, %v", in, err)
	}
	a := account.Named(in.Account)
	w.Load(a)
	if p := a.View().Profile; p.Email != "" || p.Handle == "odin" {
		t.Errorf("opened with %q, %q", p.Handle.Reveal(), p.Email.Reveal())
	}
}

func TestAVerifiedAddressLetsNobodyIn(t *testing.T) {
	w := newUpstreamWorld(t, true)
	w.Account("odin", "")
	w.abroad.Knows("thief", ports.UpstreamPerson{Issuer: "https://id.example", Subject: "18", Email: "ODIN@example.org"})
	arrived, err := w.come(t, "thief")
	refusedWith(t, err, signin.ErrSignInAndLink)
	if arrived.Account != "" || arrived.Return != "/home" || len(w.Names(session.Kind)) != 0 {
		t.Errorf("arrived %+v", arrived)
	}
}

func TestWhereNobodyNewIsTaken(t *testing.T) {
	w := newUpstreamWorld(t, false)
	_, err := w.come(t, "loki")
	refusedWith(t, err, signin.ErrNoNewcomers)
	w.Account("odin", "")
	v := w.Visitor("odin")
	if _, err = w.finish.Execute(t.Context(), w.depart(t, &v)); err != nil {
		t.Fatal(err)
	}
	in, err := w.come(t, "loki")
	if err != nil || in.Account != "odin" {
		t.Errorf("arrived %+v, %v", in, err)
	}
}

func TestWhoCannotComeBack(t *testing.T) {
	for name, change := range map[string]func(*upstreamWorld, *signin.UpstreamFinishCommand){
		"with another state":    func(_ *upstreamWorld, c *signin.UpstreamFinishCommand) { c.State += "x" },
		"without a ticket":      func(_ *upstreamWorld, c *signin.UpstreamFinishCommand) { c.Ticket = "" },
		"from another provider": func(_ *upstreamWorld, c *signin.UpstreamFinishCommand) { c.Upstream = "third" },
		"with an error":         func(_ *upstreamWorld, c *signin.UpstreamFinishCommand) { c.Failed = true },
		"with a made up code":   func(_ *upstreamWorld, c *signin.UpstreamFinishCommand) { c.Code = "x" },
		"too late":              func(w *upstreamWorld, _ *signin.UpstreamFinishCommand) { w.Clock.Pass(10 * time.Minute) },
		"to a suspended account": func(w *upstreamWorld, _ *signin.UpstreamFinishCommand) {
			w.Account("odin", "")
			w.ChangeAccount("odin", func(a *account.Account) error {
				return errors.Join(a.LinkIdentity(account.Identity{Issuer: "https://id.example", Subject: "17"}, w.Clock.Now()), a.Suspend(w.Clock.Now()))
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newUpstreamWorld(t, true)
			cmd := w.depart(t, nil)
			change(w, &cmd)
			_, err := w.finish.Execute(t.Context(), cmd)
			refusedWith(t, err, signin.ErrUpstream)
			if began := w.Names(session.Kind); len(began) > 0 {
				t.Errorf("began %v", began)
			}
		})
	}
}

func TestLinkingNeedsTheSessionThatBeganIt(t *testing.T) {
	w := newUpstreamWorld(t, true)
	w.Account("odin", "")
	w.Account("frigg", "")
	odin, other, frigg := w.Visitor("odin"), w.Visitor("odin"), w.Visitor("frigg")
	for name, who := range map[string]*session.Visitor{"nobody": nil, "another session": &other, "another person": &frigg} {
		cmd := w.depart(t, &odin)
		cmd.Visitor = who
		_, err := w.finish.Execute(t.Context(), cmd)
		if !errors.Is(err, session.ErrNotSignedIn) {
			t.Errorf("%s: %v", name, err)
		}
	}
	cmd := w.depart(t, &odin)
	w.ChangeAccount("odin", func(a *account.Account) error { return a.SetPassword("h", w.Clock.Now().Add(time.Second)) })
	_, err := w.finish.Execute(t.Context(), cmd)
	refusedWith(t, err, session.ErrNotSignedIn)
	w.Clock.Pass(16 * time.Minute)
	_, err = w.begin.Execute(t.Context(), signin.UpstreamBeginCommand{Upstream: "other", Link: &frigg})
	refusedWith(t, err, session.ErrStale)
}

// TestTwoTabsOfSomebodyNew lets the same person come for the first time in many tabs at once.
func TestTwoTabsOfSomebodyNew(t *testing.T) {
	w := newUpstreamWorld(t, true)
	const tabs = 6
	var cmds []signin.UpstreamFinishCommand
	for range tabs {
		cmds = append(cmds, w.depart(t, nil))
	}
	accounts, errs := make([]oauth.AccountID, tabs), make([]error, tabs)
	var all sync.WaitGroup
	for i, cmd := range cmds {
		all.Go(func() {
			in, err := w.finish.Execute(t.Context(), cmd)
			accounts[i], errs[i] = in.Account, err
		})
	}
	all.Wait()
	opened := map[oauth.AccountID]bool{}
	for i, err := range errs {
		if err != nil {
			t.Errorf("refused with %v", err)
		}
		opened[accounts[i]] = true
	}
	if len(opened) != 1 {
		t.Errorf("%d accounts were opened", len(opened))
	}
}

func TestHandlesOfNewcomers(t *testing.T) {
	for want, who := range map[string]ports.UpstreamPerson{
		"loki-laufeyson":       {Handle: "Loki.Laufeyson@id.example"},
		"post":                 {Handle: "ロキ", Email: "post@id.example"},
		"loki-odinson":         {Name: "Loki Odinson"},
		"member":               {Name: "ロキ"},
		"aaaaaaaaaaaaaaaaaaaa": {Handle: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
		"l":                    {Handle: "--l--"},
	} {
		w := newUpstreamWorld(t, true)
		who.Issuer, who.Subject = "https://id.example", "1"
		w.abroad.Knows("x", who)
		in, err := w.come(t, "x")
		a := account.Named(in.Account)
		w.Load(a)
		if got := a.View().Profile.Handle.Reveal(); err != nil || got != want {
			t.Errorf("%+v is called %q, %v", who, got, err)
		}
	}
}

func TestAProviderThatIsAwayIsAnOutage(t *testing.T) {
	w := newUpstreamWorld(t, true)
	cmd := w.depart(t, nil)
	away := errors.New("away")
	w.abroad.Fail(away)
	_, begun := w.begin.Execute(t.Context(), signin.UpstreamBeginCommand{Upstream: "other"})
	_, finished := w.finish.Execute(t.Context(), cmd)
	for _, err := range []error{begun, finished} {
		var refusal *oauth.Error
		if !errors.Is(err, away) || errors.As(err, &refusal) {
			t.Errorf("got %v", err)
		}
	}
	_, err := w.begin.Execute(t.Context(), signin.UpstreamBeginCommand{Upstream: "nobody"})
	refusedWith(t, err, signin.ErrNoUpstream)
}
