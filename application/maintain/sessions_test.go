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
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
	"writ/ports/portstest/req"
)

// home is a world in which odin is signed in at three places, and loki at one.
type home struct {
	*ledgertest.World
	sessions  *maintain.Sessions
	profile   *maintain.Profile
	erasure   *maintain.Erasure
	here      session.Visitor
	elsewhere []session.Visitor
	loki      session.Visitor
}

func newHome(t *testing.T) *home {
	w := ledgertest.New(t)
	w.Account("odin", "CREATE_POST")
	w.Account("loki", "")
	h := &home{
		World: w, sessions: maintain.NewSessions(w.Ledger, w.Directory, w.Notes, w.Clock),
		profile: maintain.NewProfile(w.Ledger, w.Clock), erasure: maintain.NewErasure(w.Ledger, w.Clock),
	}
	h.elsewhere = []session.Visitor{w.Visitor("odin"), w.Visitor("odin")}
	h.loki = w.Visitor("loki")
	w.Clock.Pass(time.Minute)
	h.here = w.Visitor("odin")
	return h
}

// live reports which of odin's sessions are live: here, and the two others.
func (h *home) live(t *testing.T) [3]bool {
	t.Helper()
	all, err := h.sessions.List(t.Context(), h.here)
	if err != nil {
		t.Fatal(err)
	}
	var found [3]bool
	for _, s := range all {
		for i, v := range []session.Visitor{h.here, h.elsewhere[0], h.elsewhere[1]} {
			found[i] = found[i] || s.ID == v.Session
		}
	}
	return found
}

func refusedWith(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("refused with %v, want %v", err, want)
	}
}

func TestPeopleSeeWhereTheyAreSignedIn(t *testing.T) {
	h := newHome(t)
	h.Clock.Pass(time.Hour)
	h.Notes.Touch(event.Stream{Kind: session.Kind, ID: h.elsewhere[0].Session}, h.Clock.Now())
	all, err := h.sessions.List(t.Context(), h.here)
	if err != nil {
		t.Fatal(err)
	}
	row := func(v session.Visitor, used time.Time, current bool) maintain.Session {
		return maintain.Session{
			ID: v.Session, UserAgent: "browser", SignedIn: v.AuthTime, AMR: []string{"pwd"}, LastUsed: used,
			Ends: v.AuthTime.Add(session.Lifetime), Current: current,
		}
	}
	want := []maintain.Session{
		row(h.here, h.here.AuthTime, true), row(h.elsewhere[1], h.elsewhere[1].AuthTime, false), row(h.elsewhere[0], h.Clock.Now(), false),
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestPeopleEndSessions(t *testing.T) {
	req.Covers(t, "R-084")
	for name, tc := range map[string]struct {
		do      func(*testing.T, *home) error
		refused error
		left    [3]bool
	}{
		"another":    {do: func(t *testing.T, h *home) error { return h.sessions.End(t.Context(), h.here, h.elsewhere[0].Session) }, left: [3]bool{true, false, true}},
		"their own":  {do: func(t *testing.T, h *home) error { return h.sessions.End(t.Context(), h.here, h.here.Session) }, left: [3]bool{false, true, true}},
		"the others": {do: func(t *testing.T, h *home) error { return h.sessions.EndOthers(t.Context(), h.here) }, left: [3]bool{true, false, false}},
		"all": {do: func(t *testing.T, h *home) error {
			h.Clock.Pass(time.Second)
			return h.sessions.EndAll(t.Context(), h.here)
		}},
		"a stranger's": {do: func(t *testing.T, h *home) error { return h.sessions.End(t.Context(), h.here, h.loki.Session) }, refused: maintain.ErrSession, left: [3]bool{true, true, true}},
		"none":         {do: func(t *testing.T, h *home) error { return h.sessions.End(t.Context(), h.here, "") }, refused: maintain.ErrSession, left: [3]bool{true, true, true}},
		"from an ended one": {do: func(t *testing.T, h *home) error {
			return errors.Join(h.sessions.End(t.Context(), h.elsewhere[0], h.elsewhere[0].Session), h.sessions.End(t.Context(), h.elsewhere[0], h.here.Session))
		}, refused: session.ErrNotSignedIn, left: [3]bool{true, false, true}},
		"as a program": {do: func(t *testing.T, h *home) error {
			return h.sessions.EndAll(t.Context(), session.Visitor{Key: "k", Account: "odin", AuthTime: h.Clock.Now()})
		}, refused: session.ErrNotSignedIn, left: [3]bool{true, true, true}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHome(t)
			refusedWith(t, tc.do(t, h), tc.refused)
			if got := h.live(t); got != tc.left {
				t.Errorf("left: %v, want %v", got, tc.left)
			}
			all, err := h.sessions.List(t.Context(), h.loki)
			if err != nil || len(all) != 1 {
				t.Errorf("loki is signed in at %v, %v", all, err)
			}
		})
	}
}

func TestManySessionsEndInFewCommits(t *testing.T) {
	h := newHome(t)
	for range 150 {
		h.Visitor("odin")
	}
	if err := h.sessions.EndOthers(t.Context(), h.here); err != nil {
		t.Fatal(err)
	}
	all, err := h.sessions.List(t.Context(), h.here)
	if err != nil || len(all) != 1 || !all[0].Current {
		t.Errorf("%d are left, %v", len(all), err)
	}
}

func TestASuspensionEndsSessions(t *testing.T) {
	req.Covers(t, "R-084")
	h := newHome(t)
	h.Clock.Pass(time.Second)
	h.ChangeAccount("odin", func(a *account.Account) error { return a.Suspend(h.Clock.Now()) })
	h.ChangeAccount("odin", func(a *account.Account) error { return a.Reinstate(h.Clock.Now()) })
	if got := h.live(t); got != [3]bool{} {
		t.Errorf("left: %v", got)
	}
	refusedWith(t, h.sessions.End(t.Context(), h.here, h.elsewhere[0].Session), session.ErrNotSignedIn)
}

func TestPeopleChangeWhatIsToldOfThem(t *testing.T) {
	h := newHome(t)
	changed, err := h.profile.Change(t.Context(), h.here, func(f *maintain.Facts) {
		f.Name, f.Details.Nickname, f.Address.Country = "Allfather", "Grímnir", "Asgard"
	})
	p := changed.Profile
	if err != nil || p.Name != "Allfather" || p.Details.Nickname != "Grímnir" || p.Address.Country != "Asgard" || p.Email != "odin@example.org" || !p.EmailVerified {
		t.Errorf("changed to %+v, %v", changed, err)
	}
	again, err := h.profile.Change(t.Context(), h.here, func(f *maintain.Facts) { f.Name = "Allfather" })
	if err != nil || again.Updated != changed.Updated || len(h.Names(account.Kind)) != len([]string{"opened", "profile", "password"})*2+1 {
		t.Errorf("changing nothing was recorded: %v, %v", h.Names(account.Kind), err)
	}
}

func TestChangesThatAreNotMade(t *testing.T) {
	for name, tc := range map[string]struct {
		by      func(*home) session.Visitor
		passed  time.Duration
		change  func(*maintain.Facts)
		refused error
	}{
		"no handle":                     {change: func(f *maintain.Facts) { f.Handle = "" }, refused: account.ErrHandle},
		"a handle that looks like one":  {change: func(f *maintain.Facts) { f.Handle = "оdin" }, refused: account.ErrHandle},
		"another handle, after a while": {passed: session.FreshFor + time.Second, change: func(f *maintain.Facts) { f.Handle = "wotan" }, refused: session.ErrStale},
		"a script for a picture":        {change: func(f *maintain.Facts) { f.Details.Picture = "javascript:alert(1)" }, refused: account.ErrLink},
		"a name that nobody can see":    {change: func(f *maintain.Facts) { f.Name = "O\u200bdin" }, refused: account.ErrName},
		"by a program":                  {by: func(*home) session.Visitor { return session.Visitor{Key: "k", Account: "odin"} }, change: func(f *maintain.Facts) { f.Name = "x" }, refused: session.ErrNotSignedIn},
		"by somebody else's session":    {by: func(h *home) session.Visitor { return session.Visitor{Session: h.loki.Session + "x", Account: "odin"} }, change: func(f *maintain.Facts) { f.Name = "x" }, refused: session.ErrNotSignedIn},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHome(t)
			h.Clock.Pass(tc.passed)
			v := h.here
			if tc.by != nil {
				v = tc.by(h)
			}
			_, err := h.profile.Change(t.Context(), v, tc.change)
			refusedWith(t, err, tc.refused)
		})
	}
	h := newHome(t)
	var taken *ports.TakenError
	_, err := h.profile.Change(t.Context(), h.here, func(f *maintain.Facts) { f.Handle = "LOKI" })
	if !errors.As(err, &taken) || taken.Kind != "handle" {
		t.Errorf("a handle that is another's: %v", err)
	}
}

func TestErasureLeavesNothingOfThePerson(t *testing.T) {
	h := newHome(t)
	h.Clock.Pass(session.FreshFor + time.Second)
	refusedWith(t, h.erasure.Execute(t.Context(), h.here), session.ErrStale)
	h.here = h.Visitor("odin")
	if err := h.erasure.Execute(t.Context(), h.here); err != nil {
		t.Fatal(err)
	}
	a, s := account.Named("odin"), session.Named(h.here.Session)
	h.Load(a, s)
	if a.Served() == nil || a.View().Profile != (account.Profile{}) || s.View().UserAgent != event.Erased {
		t.Errorf("left: %+v %+v", a.View(), s.View())
	}
	refusedWith(t, h.erasure.Execute(t.Context(), h.here), session.ErrNotSignedIn)
	if _, err := h.Directory.Find(t.Context(), event.Unique{Kind: "email", Value: "odin@example.org"}); !errors.Is(err, ports.ErrNotFound) {
		t.Errorf("the address is held: %v", err)
	}
	h.Account("odin2", "")
	h.ChangeAccount("odin2", func(a *account.Account) error {
		p := a.View().Profile
		p.Handle, p.Email = "odin", "odin@example.org"
		return a.SetProfile(p, h.Clock.Now())
	})
}

func TestAnOutageIsNoRefusal(t *testing.T) {
	req.Covers(t, "R-017")
	h, broken := newHome(t), errors.New("the store is away")
	h.Store.Fail(broken)
	_, listing := h.sessions.List(t.Context(), h.here)
	_, changing := h.profile.Change(t.Context(), h.here, func(*maintain.Facts) {})
	for _, err := range []error{
		listing, changing, h.sessions.End(t.Context(), h.here, "x"), h.sessions.EndAll(t.Context(), h.here),
		h.sessions.EndOthers(t.Context(), h.here), h.erasure.Execute(t.Context(), h.here),
	} {
		var refusal *oauth.Error
		if !errors.Is(err, broken) || errors.As(err, &refusal) {
			t.Errorf("got %v, want the outage", err)
		}
	}
}
