package session_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"writ/domain/event/eventtest"
	"writ/domain/oauth"
	"writ/domain/session"
)

const id = "c0ffee0000000000000g"

var (
	noon    = eventtest.Noon
	keys    = oauth.TokenKeys{{ID: [4]byte{1}, Secret: [32]byte{1}}}
	cookie  = keys.Mint(oauth.SessionToken, id, 0, [32]byte{7})
	other   = keys.Mint(oauth.SessionToken, id, 0, [32]byte{8})
	started = session.Started{
		Account: "odin", Token: cookie.Digest(), AMR: []string{"pwd"}, UserAgent: "ua", Source: "::1", Until: noon.Add(session.Lifetime),
	}
	ended = session.Ended{Reason: "signed_out"}
)

func TestStartingAndEnding(t *testing.T) {
	for name, tc := range map[string]struct {
		given []any
		when  func(*session.Session)
		then  []any
	}{
		"started for its lifetime": {nil, func(s *session.Session) {
			s.Start(session.Started{Account: "odin", Token: cookie.Digest(), AMR: []string{"pwd"}, UserAgent: "ua", Source: "::1"}, noon)
		}, []any{started}},
		"ended":                        {[]any{started}, func(s *session.Session) { s.End("signed_out", noon) }, []any{ended}},
		"ended twice":                  {[]any{started, ended}, func(s *session.Session) { s.End("again", noon) }, nil},
		"ended, but was never started": {nil, func(s *session.Session) { s.End("signed_out", noon) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := session.Unstarted(id)
			eventtest.Given(t, s, tc.given...).Do(func() { tc.when(s) }).Then(tc.then...)
		})
	}
}

func TestWhichTokenProvesASession(t *testing.T) {
	for name, tc := range map[string]struct {
		given []any
		token oauth.Opaque
		at    time.Time
		want  bool
	}{
		"its own":            {[]any{started}, cookie, noon, true},
		"its own, just then": {[]any{started}, cookie, started.Until.Add(-time.Microsecond), true},
		"its own, too late":  {[]any{started}, cookie, started.Until, false},
		"another one":        {[]any{started}, other, noon, false},
		"none":               {[]any{started}, oauth.Opaque{}, noon, false},
		"an ended session":   {[]any{started, ended}, cookie, noon, false},
		"no session":         {nil, cookie, noon, false},
		"nothing of nobody":  {nil, oauth.Opaque{}, noon, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := session.Named(id)
			eventtest.Given(t, s, tc.given...)
			if got := s.Proves(tc.token, tc.at); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestAuthTimeDoesNotMove(t *testing.T) {
	s := session.Named(id)
	eventtest.Given(t, s, started, eventtest.At(noon.Add(time.Hour), ended))
	v := s.View()
	if !v.AuthTime.Equal(noon) || s.Account() != "odin" {
		t.Errorf("%s signed in at %s", s.Account(), v.AuthTime)
	}
	i := v.Index()
	if i.Account != "odin" || !i.Ends.Equal(noon.Add(time.Hour)) || !i.Keep.After(i.Ends) {
		t.Errorf("found by %+v", i)
	}
}

func TestAnyHistoryOfASession(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, at := session.Unstarted(id), noon
		s.Start(started, at)
		over := false
		for range rapid.IntRange(0, 10).Draw(t, "steps") {
			at = at.Add(time.Duration(rapid.Int64Range(0, int64(30*24*time.Hour)).Draw(t, "passed")))
			if rapid.IntRange(0, 3).Draw(t, "chance") == 0 {
				s.End("signed_out", at)
			}
			live := s.Live(at)
			if live && (over || !at.Before(started.Until)) || s.Proves(cookie, at) != live || s.Proves(other, at) || !s.View().AuthTime.Equal(noon) {
				t.Fatalf("at %s: live %v, was over %v", at, live, over)
			}
			over = !live
		}
		eventtest.ReplayGivesTheSame(t, s, nil)
	})
}

func TestContextsOfSigningIn(t *testing.T) {
	for want, amr := range map[string][]string{
		"": nil, session.Plain: {"pwd"}, session.PhishingResistant: {"swk", "mfa"},
	} {
		if got := session.ACR(amr); got != want {
			t.Errorf("%v is %q, want %q", amr, got, want)
		}
	}
}

func TestFreshness(t *testing.T) {
	v := session.Visitor{AuthTime: noon}
	if err := v.Fresh(noon.Add(session.FreshFor)); err != nil {
		t.Error(err)
	}
	if v.Fresh(noon.Add(session.FreshFor+1)) != session.ErrStale {
		t.Error("a sign-in of long ago is fresh")
	}
}
