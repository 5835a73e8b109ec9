package portstest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"writ/ports"
	"writ/ports/portstest/req"
)

// Passwords is the contract of ports.Passwords.
func Passwords(t *testing.T, open func(t *testing.T) ports.Passwords) {
	t.Run("a password has its hash and no other", func(t *testing.T) { passwordHasItsHash(t, open(t)) })
	t.Run("an empty hash is nobody's", func(t *testing.T) { emptyHashIsNobodys(t, open(t)) })
	t.Run("a hash does not show the password", func(t *testing.T) { hashDoesNotShow(t, open(t)) })
	t.Run("a hash that cannot be read is an error", func(t *testing.T) { brokenHashIsAnError(t, open(t)) })
	t.Run("waiting ends with the context", func(t *testing.T) { waitingEnds(t, open(t)) })
	t.Run("more calls than turns all come to their turn", func(t *testing.T) { everybodyComesToTurn(t, open(t)) })
}

func passwordHasItsHash(t *testing.T, p ports.Passwords) {
	req.Covers(t, "R-042")
	const password = "correct horse battery staple ë"
	hash := must(p.Hash(t.Context(), password))(t)
	for guess, want := range map[string]bool{
		password:                   true,
		"":                         false,
		"correct horse":            false,
		password + " ":             false,
		password + "\x00":          false,
		strings.ToUpper(password):  false,
		strings.Repeat("x", 1<<20): false,
		password[:len(password)-2]: false,
	} {
		if got := must(p.Verify(t.Context(), hash, guess))(t); got != want {
			t.Errorf("a guess of %d bytes: got %t", len(guess), got)
		}
	}
	if hash == must(p.Hash(t.Context(), password))(t) {
		t.Error("the same password has the same hash twice")
	}
}

func emptyHashIsNobodys(t *testing.T, p ports.Passwords) {
	for _, guess := range []string{"", "password"} {
		if must(p.Verify(t.Context(), "", guess))(t) {
			t.Errorf("%q has the empty hash", guess)
		}
	}
}

func hashDoesNotShow(t *testing.T, p ports.Passwords) {
	hash := must(p.Hash(t.Context(), "correct horse"))(t)
	if strings.Contains(hash, "horse") || !strings.HasPrefix(hash, "$") {
		t.Error("the hash shows the password, or does not describe itself")
	}
}

func brokenHashIsAnError(t *testing.T, p ports.Passwords) {
	hash := must(p.Hash(t.Context(), "password"))(t)
	for what, broken := range map[string]string{
		"plain text": "password",
		"cut":        hash[:len(hash)/2],
		"longer":     hash + "$",
	} {
		if _, err := p.Verify(t.Context(), broken, "password"); err == nil {
			t.Errorf("%s: it is taken for a hash", what)
		}
	}
}

func waitingEnds(t *testing.T, p ports.Passwords) {
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := p.Hash(ended, "password"); !errors.Is(err, context.Canceled) {
		t.Errorf("hash: got %v", err)
	}
	if _, err := p.Verify(ended, "", "password"); !errors.Is(err, context.Canceled) {
		t.Errorf("verify: got %v", err)
	}
}

func everybodyComesToTurn(t *testing.T, p ports.Passwords) {
	hash := must(p.Hash(t.Context(), "password"))(t)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			ok, err := p.Verify(t.Context(), hash, "password")
			if err != nil || !ok {
				t.Errorf("got %t: %v", ok, err)
			}
		})
	}
	all.Wait()
}
