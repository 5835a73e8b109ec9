package portstest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"writ/ports"
	"writ/ports/portstest/req"
)

// Interactions is the contract of ports.Interactions. Each case gets a fresh one from open.
func Interactions(t *testing.T, open func(t *testing.T) ports.Interactions) {
	for _, c := range []struct {
		sentence string
		test     func(t *testing.T, s ports.Interactions)
	}{
		{"an interaction is bound to a session and brought back as it was kept", binds},
		{"binding again to the same session changes nothing", bindsAgain},
		{"an interaction that is bound to another session is not found", boundToAnother},
		{"an unknown interaction is not found", bindsUnknown},
		{"an interaction that has expired is not found", bindsExpired},
		{"of many sessions exactly one binds", oneBinds},
	} {
		t.Run(c.sentence, func(t *testing.T) { c.test(t, open(t)) })
	}
}

func kept(t *testing.T, s ports.Interactions) ports.Interaction {
	t.Helper()
	i := ports.Interaction{ID: stream("").ID, Request: []byte("client_id=x&state='?'\x00"), Expires: noon.Add(time.Minute)}
	err := s.Keep(t.Context(), i)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func binds(t *testing.T, s ports.Interactions) {
	want := kept(t, s)
	want.Session, want.Account = "session", "account"
	got, err := s.Bind(t.Context(), want.ID, "session", "account", noon)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "interaction", got, want)
}

func bindsAgain(t *testing.T, s ports.Interactions) {
	want := kept(t, s)
	want.Session, want.Account = "session", "account"
	for _, account := range []string{"account", "account", "another"} {
		got, err := s.Bind(t.Context(), want.ID, "session", account, noon)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "interaction", got, want)
	}
}

func boundToAnother(t *testing.T, s ports.Interactions) {
	i := kept(t, s)
	_, err := s.Bind(t.Context(), i.ID, "first", "account", noon)
	if err != nil {
		t.Fatal(err)
	}
	notBound(t, s, i.ID, noon)
}

func notBound(t *testing.T, s ports.Interactions, id string, now time.Time) {
	t.Helper()
	_, err := s.Bind(t.Context(), id, "second", "account", now)
	if !errors.Is(err, ports.ErrNotFound) {
		t.Errorf("bind gave %v, want %v", err, ports.ErrNotFound)
	}
}

func bindsUnknown(t *testing.T, s ports.Interactions) {
	notBound(t, s, "unknown", noon)
	notBound(t, s, "a\x00b", noon)
}

func bindsExpired(t *testing.T, s ports.Interactions) {
	i := kept(t, s)
	notBound(t, s, i.ID, i.Expires)
	_, err := s.Bind(t.Context(), i.ID, "second", "account", i.Expires.Add(-time.Microsecond))
	if err != nil {
		t.Errorf("bind before it expires: %v", err)
	}
}

func oneBinds(t *testing.T, s ports.Interactions) {
	req.Covers(t, "R-061")
	i := kept(t, s)
	errs := together(contest, func(n int) error {
		_, err := s.Bind(t.Context(), i.ID, fmt.Sprintf("session %d", n), "account", noon)
		return err
	})
	if won := count(errs, nil); won != 1 || count(errs, ports.ErrNotFound) != contest-1 {
		t.Errorf("%d sessions bound the interaction, want 1: %v", won, errs)
	}
}
