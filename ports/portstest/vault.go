package portstest

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/ports"
)

// OpenVault gives a vault with these master keys, the current one first.
type OpenVault func(t *testing.T, masterKeys ...[32]byte) Keeper

// Keeper is what depends on the master key.
type Keeper interface {
	ports.Vault
	ports.Digester
}

// Vault is the contract of ports.Vault and of ports.Digester.
func Vault(t *testing.T, open OpenVault) {
	t.Run("what is sealed opens in its context", func(t *testing.T) { vaultSeals(t, open) })
	t.Run("what was changed does not open", func(t *testing.T) { vaultDetectsChanges(t, open) })
	t.Run("account keys are apart", func(t *testing.T) { vaultKeepsAccountsApart(t, open) })
	t.Run("the master key rotates", func(t *testing.T) { vaultRotates(t, open) })
	t.Run("another master key opens nothing", func(t *testing.T) { vaultNeedsItsKey(t, open) })
	t.Run("digests are keyed and separated", func(t *testing.T) { vaultDigests(t, open) })
	t.Run("it is safe for concurrent use", func(t *testing.T) { vaultIsConcurrent(t, open) })
}

var masterA, masterB = [32]byte{1, 2, 3}, [32]byte{4, 5, 6}

// way is one of the two ways to seal, so that each case holds for both.
type way struct {
	seal func(plain []byte, context string) ([]byte, error)
	open func(sealed []byte, context string) ([]byte, error)
}

func waysOf(t *testing.T, v ports.Vault) map[string]way {
	t.Helper()
	wrapped := newKey(t, v)
	return map[string]way{
		"under the master key": {v.Seal, v.Open},
		"under an account key": {
			func(plain []byte, context string) ([]byte, error) { return v.SealWith(wrapped, plain, context) },
			func(sealed []byte, context string) ([]byte, error) { return v.OpenWith(wrapped, sealed, context) },
		},
	}
}

func vaultSeals(t *testing.T, open OpenVault) {
	for name, w := range waysOf(t, open(t, masterA)) {
		for _, plain := range []string{"", "a", "ada@example.org", string(make([]byte, 70_000))} {
			sealed := must(w.seal([]byte(plain), "e-mail"))(t)
			opened := must(w.open(sealed, "e-mail"))(t)
			if string(opened) != plain {
				t.Errorf("%s: sealed %d bytes, opened %d others", name, len(plain), len(opened))
			}
			if len(plain) > 4 && bytes.Contains(sealed, []byte(plain)) {
				t.Errorf("%s: the plain text shows", name)
			}
			if bytes.Equal(sealed, must(w.seal([]byte(plain), "e-mail"))(t)) {
				t.Errorf("%s: sealing twice gives the same bytes", name)
			}
			if _, err := w.open(sealed, "phone"); err == nil {
				t.Errorf("%s: it opens in another context", name)
			}
		}
	}
}

func vaultDetectsChanges(t *testing.T, open OpenVault) {
	for name, w := range waysOf(t, open(t, masterA)) {
		sealed := must(w.seal([]byte("ada"), "name"))(t)
		for i := range sealed {
			changed := bytes.Clone(sealed)
			changed[i] ^= 1
			if _, err := w.open(changed, "name"); err == nil {
				t.Errorf("%s: byte %d may change", name, i)
			}
			if _, err := w.open(sealed[:i], "name"); err == nil {
				t.Errorf("%s: it may be cut to %d bytes", name, i)
			}
		}
	}
}

func vaultKeepsAccountsApart(t *testing.T, open OpenVault) {
	v := open(t, masterA)
	ada, bob := newKey(t, v), newKey(t, v)
	if bytes.Equal(ada, bob) {
		t.Fatal("two accounts get the same key")
	}
	sealed := must(v.SealWith(ada, []byte("ada"), "name"))(t)
	if _, err := v.OpenWith(bob, sealed, "name"); err == nil {
		t.Error("it opens under the key of another account")
	}
	if _, err := v.Open(sealed, "name"); err == nil {
		t.Error("it opens without the account's key")
	}
	if _, err := v.Open(ada, ""); err == nil {
		t.Error("a wrapped key opens as something sealed")
	}
	mine := must(v.Seal([]byte("mine"), "name"))(t)
	for what, wrapped := range map[string][]byte{"no key": nil, "something sealed": mine, "half a key": ada[:len(ada)/2]} {
		if _, err := v.SealWith(wrapped, []byte("ada"), "name"); err == nil {
			t.Errorf("%s serves as an account's key", what)
		}
	}
}

func vaultRotates(t *testing.T, open OpenVault) {
	old, rotated := open(t, masterA), open(t, masterB, masterA)
	wrapped := newKey(t, old)
	byMaster := must(old.Seal([]byte("ada"), "name"))(t)
	byAccount := must(old.SealWith(wrapped, []byte("ada"), "name"))(t)
	if got := must(rotated.Open(byMaster, "name"))(t); string(got) != "ada" {
		t.Errorf("what was sealed under the older key opens as %q", got)
	}
	if got := must(rotated.OpenWith(wrapped, byAccount, "name"))(t); string(got) != "ada" {
		t.Errorf("what was sealed under an account key of before opens as %q", got)
	}
	for name, w := range waysOf(t, rotated) {
		sealed := must(w.seal([]byte("bob"), "name"))(t)
		if _, err := old.Open(sealed, "name"); err == nil {
			t.Errorf("%s: it was sealed under the older key", name)
		}
	}
	if _, err := old.SealWith(newKey(t, rotated), nil, ""); err == nil {
		t.Error("a new account key was wrapped under the older key")
	}
}

func vaultNeedsItsKey(t *testing.T, open OpenVault) {
	v, other := open(t, masterA), open(t, masterB)
	wrapped := newKey(t, v)
	byMaster := must(v.Seal([]byte("ada"), "name"))(t)
	byAccount := must(v.SealWith(wrapped, []byte("ada"), "name"))(t)
	if _, err := other.Open(byMaster, "name"); err == nil {
		t.Error("another master key opens what was sealed")
	}
	if _, err := other.OpenWith(wrapped, byAccount, "name"); err == nil {
		t.Error("another master key unwraps the account's key")
	}
}

func vaultDigests(t *testing.T, open OpenVault) {
	v, rotated := open(t, masterA), open(t, masterB, masterA)
	mine := v.Digests("email", "ada@example.org")
	if len(mine) != 1 || len(mine[0]) < 32 {
		t.Fatalf("got %d digests for one master key, of %d bytes", len(mine), len(mine[0]))
	}
	if diff := cmp.Diff(mine, open(t, masterA).Digests("email", "ada@example.org")); diff != "" {
		t.Errorf("another process with the same key gives another digest (-this +other):\n%s", diff)
	}
	both := rotated.Digests("email", "ada@example.org")
	if len(both) != 2 || !bytes.Equal(both[1], mine[0]) || bytes.Equal(both[0], mine[0]) {
		t.Error("after a rotation the digests are not the new one and then the old one")
	}
	for what, others := range map[string][][]byte{
		"value":                v.Digests("email", "bob@example.org"),
		"purpose":              v.Digests("handle", "ada@example.org"),
		"cut between the two":  v.Digests("emailada", "@example.org"),
		"empty value":          v.Digests("email", ""),
		"purpose without name": v.Digests("", "ada@example.org"),
	} {
		if bytes.Equal(others[0], mine[0]) {
			t.Errorf("another %s gives the same digest", what)
		}
	}
}

func vaultIsConcurrent(t *testing.T, open OpenVault) {
	v := open(t, masterA)
	wrapped := newKey(t, v)
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			plain := fmt.Sprintf("plain %d", n)
			for range 50 {
				own, err := v.NewKey()
				if err != nil {
					t.Errorf("make a key: %v", err)
					return
				}
				for _, key := range [][]byte{wrapped, own} {
					sealed, err := v.SealWith(key, []byte(plain), plain)
					if err != nil {
						t.Errorf("seal: %v", err)
						return
					}
					opened, err := v.OpenWith(key, sealed, plain)
					if err != nil || string(opened) != plain {
						t.Errorf("opened %q: %v", opened, err)
						return
					}
				}
				v.Digests("email", plain)
			}
		})
	}
	all.Wait()
}

func newKey(t *testing.T, v ports.Vault) []byte {
	t.Helper()
	return must(v.NewKey())(t)
}
