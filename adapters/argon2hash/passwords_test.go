package argon2hash_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"

	"writ/adapters/argon2hash"
	"writ/ports"
	"writ/ports/portstest"
	"writ/ports/portstest/req"
)

// cheap keeps the tests that are not about the cost fast.
var cheap = argon2hash.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}

func TestPasswords(t *testing.T) {
	portstest.Passwords(t, func(*testing.T) ports.Passwords { return argon2hash.NewWithCost(cheap) })
}

// The vector was made by the reference implementation: echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1.
func TestAHashOfTheReferenceImplementation(t *testing.T) {
	const hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	p := argon2hash.New()
	for password, want := range map[string]bool{"password": true, "Password": false} {
		got, err := p.Verify(t.Context(), hash, password)
		if err != nil || got != want {
			t.Errorf("%q: got %t: %v", password, got, err)
		}
	}
	if !p.NeedsRehash(hash) {
		t.Error("a hash of another cost needs no other")
	}
}

func TestTheRecommendedCost(t *testing.T) {
	req.Covers(t, "R-042")
	p := argon2hash.New()
	hash, err := p.Hash(t.Context(), "password")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("got %s: %v", hash, err)
	}
	if p.NeedsRehash(hash) {
		t.Error("its own hash needs another")
	}
	if !argon2hash.NewWithCost(cheap).NeedsRehash(hash) || !p.NeedsRehash("") {
		t.Error("a hash of another cost, or none, needs no other")
	}
}

// Memory is what argon2 costs, and can be counted exactly where time cannot.
func TestAnUnknownAccountCostsTheSame(t *testing.T) {
	req.Covers(t, "R-092")
	p := argon2hash.New()
	hash, err := p.Hash(t.Context(), "password")
	if err != nil {
		t.Fatal(err)
	}
	known := allocated(func() { p.Verify(t.Context(), hash, "wrong") })
	unknown := allocated(func() { p.Verify(t.Context(), "", "wrong") })
	if ratio := float64(unknown) / float64(known); ratio < 0.99 || ratio > 1.01 {
		t.Errorf("%d bytes for an unknown account, %d for a wrong password", unknown, known)
	}
	if least := uint64(19 << 20); known < least {
		t.Errorf("a hash takes %d bytes only", known)
	}
}

func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestLongPasswordsCostNothing(t *testing.T) {
	p := argon2hash.New()
	fits := strings.Repeat("x", argon2hash.MaxLength)
	hash, err := p.Hash(t.Context(), fits)
	if err != nil {
		t.Fatalf("the longest password: %v", err)
	}
	took := allocated(func() {
		_, err := p.Hash(t.Context(), fits+"x")
		if !errors.Is(err, argon2hash.ErrTooLong) {
			t.Errorf("hash: got %v", err)
		}
		for _, h := range []string{hash, ""} {
			ok, err := p.Verify(t.Context(), h, fits+"x")
			if ok || err != nil {
				t.Errorf("verify: got %t: %v", ok, err)
			}
		}
	})
	if took > 1<<20 {
		t.Errorf("refusing took %d bytes", took)
	}
}

func TestStoredParametersAreBounded(t *testing.T) {
	const salt, sum = "c29tZXNhbHQ", "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	p := argon2hash.NewWithCost(cheap)
	for name, hash := range map[string]string{
		"too much memory":       "$argon2id$v=19$m=262145,t=2,p=1$" + salt + "$" + sum,
		"all memory":            "$argon2id$v=19$m=4294967295,t=2,p=1$" + salt + "$" + sum,
		"memory that overflows": "$argon2id$v=19$m=4294967296,t=2,p=1$" + salt + "$" + sum,
		"too little memory":     "$argon2id$v=19$m=7,t=2,p=1$" + salt + "$" + sum,
		"no pass":               "$argon2id$v=19$m=64,t=0,p=1$" + salt + "$" + sum,
		"too many passes":       "$argon2id$v=19$m=64,t=17,p=1$" + salt + "$" + sum,
		"no lane":               "$argon2id$v=19$m=64,t=1,p=0$" + salt + "$" + sum,
		"too many lanes":        "$argon2id$v=19$m=1024,t=1,p=17$" + salt + "$" + sum,
		"negative":              "$argon2id$v=19$m=-64,t=1,p=1$" + salt + "$" + sum,
		"two ways of a number":  "$argon2id$v=19$m=064,t=1,p=1$" + salt + "$" + sum,
		"more parameters":       "$argon2id$v=19$m=64,t=1,p=1,x=1$" + salt + "$" + sum,
		"another version":       "$argon2id$v=16$m=64,t=1,p=1$" + salt + "$" + sum,
		"another function":      "$argon2i$v=19$m=64,t=1,p=1$" + salt + "$" + sum,
		"no salt":               "$argon2id$v=19$m=64,t=1,p=1$$" + sum,
		"no sum":                "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$",
		"a short sum":           "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$c29tZXNhbHQ",
		"padding":               "$argon2id$v=19$m=64,t=1,p=1$" + salt + "==$" + sum,
	} {
		_, err := p.Verify(t.Context(), hash, "password")
		if err == nil {
			t.Errorf("%s: it is taken for a hash", name)
			continue
		}
		if strings.Contains(err.Error(), sum) || strings.Contains(err.Error(), salt) {
			t.Errorf("%s: the error quotes the hash: %v", name, err)
		}
	}
}

// More callers than turns, most of which give up while they wait: nobody who stays is left out.
func TestThoseWhoGiveUpLeaveTheirTurn(t *testing.T) {
	p := argon2hash.New()
	done := make(chan error)
	const callers = 12
	ctx, giveUp := context.WithCancel(t.Context())
	for range callers {
		go func() {
			_, err := p.Hash(ctx, "password")
			done <- err
		}()
	}
	giveUp()
	for range callers {
		err := <-done
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
	_, err := p.Hash(t.Context(), "password")
	if err != nil {
		t.Errorf("after they gave up: %v", err)
	}
}

func TestACostOutOfBoundsPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a cost whose hashes could not be verified is taken")
		}
	}()
	argon2hash.NewWithCost(argon2hash.Cost{})
}

func BenchmarkHash(b *testing.B) {
	p := argon2hash.New()
	b.ReportAllocs()
	for b.Loop() {
		_, err := p.Hash(b.Context(), "password")
		if err != nil {
			b.Fatal(err)
		}
	}
}
