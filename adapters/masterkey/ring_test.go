package masterkey_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/masterkey"
	"writ/domain/oauth"
	"writ/ports/portstest"
)

// textOf writes master keys as an operator would.
func textOf(keys ...[32]byte) oauth.Secret {
	var parts []string
	for _, k := range keys {
		parts = append(parts, base64.StdEncoding.EncodeToString(k[:]))
	}
	return oauth.Secret(strings.Join(parts, ","))
}

func ringOf(t *testing.T, keys ...[32]byte) *masterkey.Ring {
	t.Helper()
	ring, err := masterkey.Parse(textOf(keys...))
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	return ring
}

var keyA, keyB = [32]byte{1}, [32]byte{2}

func TestVault(t *testing.T) {
	portstest.Vault(t, func(t *testing.T, keys ...[32]byte) portstest.Keeper { return ringOf(t, keys...) })
}

// What is stored must open for ever: these were sealed once and are not to be made again.
func TestTheStoredFormat(t *testing.T) {
	ring := ringOf(t, keyA)
	unbase64 := func(s string) []byte {
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	got, err := ring.Open(unbase64(frozenSealed), "context")
	if err != nil || string(got) != "sealed under the master key" {
		t.Errorf("got %q: %v", got, err)
	}
	got, err = ring.OpenWith(unbase64(frozenWrapped), unbase64(frozenWithKey), "context")
	if err != nil || string(got) != "sealed under an account key" {
		t.Errorf("got %q: %v", got, err)
	}
	digest := base64.StdEncoding.EncodeToString(ring.Digests("email", "ada@example.org")[0])
	if digest != frozenDigest {
		t.Errorf("the digest became %s", digest)
	}
	if ring.Check() != frozenCheck {
		t.Errorf("the check value became %s", ring.Check())
	}
}

func TestAMissingKeyIsNamed(t *testing.T) {
	ring, other := ringOf(t, keyA), ringOf(t, keyB)
	sealed, err := ring.Seal([]byte("plain"), "context")
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := ring.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	_, errOpen := other.Open(sealed, "context")
	_, errSeal := other.SealWith(wrapped, nil, "context")
	_, errOpenWith := other.OpenWith(wrapped, nil, "context")
	for name, err := range map[string]error{"open": errOpen, "seal with": errSeal, "open with": errOpenWith} {
		var unknown *masterkey.UnknownKeyError
		if !errors.As(err, &unknown) || unknown.ID != ring.IDs()[0] || !strings.Contains(err.Error(), unknown.ID) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestCheckValues(t *testing.T) {
	a, b, both := ringOf(t, keyA), ringOf(t, keyB), ringOf(t, keyB, keyA)
	for name, tc := range map[string]struct {
		ring  *masterkey.Ring
		check string
		want  bool
	}{
		"its own":                 {a, a.Check(), true},
		"its own, elsewhere":      {ringOf(t, keyA), a.Check(), true},
		"another's":               {a, b.Check(), false},
		"of the older key":        {both, a.Check(), true},
		"of the current key":      {both, b.Check(), true},
		"of a later key":          {a, both.Check(), false},
		"none":                    {a, "", false},
		"the id without the rest": {a, a.IDs()[0] + ".", false},
	} {
		if got := tc.ring.Knows(tc.check); got != tc.want {
			t.Errorf("%s: got %t", name, got)
		}
	}
	if got := masterkey.CheckedKey(b.Check()); got != b.IDs()[0] {
		t.Errorf("the check value names key %q", got)
	}
}

func TestTokenKeysRotate(t *testing.T) {
	a, b, both := ringOf(t, keyA).TokenKeys(), ringOf(t, keyB).TokenKeys(), ringOf(t, keyB, keyA).TokenKeys()
	if diff := cmp.Diff(append(append(oauth.TokenKeys{}, b...), a...), both); diff != "" {
		t.Errorf("keys of a rotated ring (-want +got):\n%s", diff)
	}
	minted := a.Mint(oauth.RefreshToken, "d0000000000000000000", 0, [32]byte{9}).Reveal()
	if _, ok := both.Parse(oauth.RefreshToken, minted); !ok {
		t.Error("a token of before the rotation is refused")
	}
	if _, ok := b.Parse(oauth.RefreshToken, minted); ok {
		t.Error("a token of another master key is taken")
	}
}

func TestARingPrintsItsIDsOnly(t *testing.T) {
	ring := ringOf(t, keyA, keyB)
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("ring", "ring", ring, "value", *ring, "keys", ring.TokenKeys())
	asJSON, err := json.Marshal(map[string]any{"ring": ring, "value": *ring})
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("master keys %s, %s", ring.IDs()[0], ring.IDs()[1])
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(format, ring); got != want {
			t.Errorf("%s prints %q", format, got)
		}
		if got := fmt.Sprintf(format, *ring); got != want {
			t.Errorf("%s prints %q", format, got)
		}
	}
	if string(asJSON) != `{"ring":{},"value":{}}` {
		t.Errorf("JSON is %s", asJSON)
	}
	if strings.Count(log.String(), want) != 2 {
		t.Errorf("the log is %s", log.String())
	}
}

// Unwrapping is remembered, but not for more keys than fit.
func TestMoreAccountsThanAreRemembered(t *testing.T) {
	ring := ringOf(t, keyA)
	type sealed struct{ wrapped, text []byte }
	var all []sealed
	for n := range 5000 {
		wrapped, err := ring.NewKey()
		if err != nil {
			t.Fatal(err)
		}
		text, err := ring.SealWith(wrapped, fmt.Append(nil, n), "context")
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, sealed{wrapped, text})
	}
	for n, s := range all {
		got, err := ring.OpenWith(s.wrapped, s.text, "context")
		if err != nil || string(got) != fmt.Sprint(n) {
			t.Fatalf("account %d: got %q: %v", n, got, err)
		}
	}
}

// The bound on what is remembered shows in the work: only a forgotten key is unwrapped again.
func TestTheOldestAccountIsForgotten(t *testing.T) {
	ring := ringOf(t, keyA)
	var wrapped [][]byte
	for range 5000 {
		key, err := ring.NewKey()
		if err != nil {
			t.Fatal(err)
		}
		wrapped = append(wrapped, key)
		seal(t, ring, key)
	}
	var remembered, forgotten []uint64 // several of each: what else runs may allocate, too
	for n := range 5 {
		oldest, latest := wrapped[n], wrapped[len(wrapped)-1-n]
		remembered = append(remembered, mallocs(func() { seal(t, ring, latest) }))
		forgotten = append(forgotten, mallocs(func() { seal(t, ring, oldest) }))
	}
	if slices.Min(forgotten) < 2*slices.Min(remembered) {
		t.Errorf("allocations for the oldest of 5000 keys: %d; for the latest: %d", forgotten, remembered)
	}
}

func seal(t *testing.T, ring *masterkey.Ring, wrapped []byte) {
	t.Helper()
	_, err := ring.SealWith(wrapped, nil, "context")
	if err != nil {
		t.Fatal(err)
	}
}

func mallocs(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.Mallocs - before.Mallocs
}

func BenchmarkOpenWith(b *testing.B) {
	ring, err := masterkey.Parse(textOf(keyA))
	if err != nil {
		b.Fatal(err)
	}
	wrapped, _ := ring.NewKey()
	sealed, _ := ring.SealWith(wrapped, []byte("ada@example.org"), "e-mail")
	b.ReportAllocs()
	for b.Loop() {
		_, err := ring.OpenWith(wrapped, sealed, "e-mail")
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDigests(b *testing.B) {
	ring, err := masterkey.Parse(textOf(keyA))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		ring.Digests("email", "ada@example.org")
	}
}
