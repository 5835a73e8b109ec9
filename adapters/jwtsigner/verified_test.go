package jwtsigner_test

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"writ/adapters/jwtsigner"
	"writ/domain/oauth"
	"writ/ports"
)

func verify(tb testing.TB, ring *jwtsigner.Ring, token, typ string) error {
	tb.Helper()
	return ring.Verify(tb.Context(), token, typ, &accessClaims{})
}

// remembering is a ring that has verified a token of each kind of key before.
func remembering(t *testing.T) (*jwtsigner.Ring, []string) {
	t.Helper()
	ring := ringWith(t, oauth.ES256, oauth.EdDSA)
	tokens := []string{tokenOf(t, ring, oauth.ES256, typical), tokenOf(t, ring, oauth.EdDSA, typical)}
	for _, token := range tokens {
		if err := verify(t, ring, token, "at+jwt"); err != nil {
			t.Fatal(err)
		}
	}
	return ring, tokens
}

func TestATokenThatVerifiedStillVerifiesWithItsClaims(t *testing.T) {
	ring, tokens := remembering(t)
	for _, token := range tokens {
		var claims accessClaims
		err := ring.Verify(t.Context(), token, "at+jwt", &claims)
		if err != nil || claims.ID != typical.ID || claims.Expires != typical.Expires {
			t.Errorf("got %+v, %v", claims, err)
		}
	}
	if n := jwtsigner.Remembered(ring); n != len(tokens) {
		t.Errorf("%d tokens are remembered", n)
	}
}

func TestEveryByteOfARememberedTokenCounts(t *testing.T) {
	ring, tokens := remembering(t)
	for _, token := range tokens {
		for i := range token {
			other := []byte(token)
			for _, b := range []byte{'A', 'w', '_', '.', '\n', token[i] ^ 0x20} {
				other[i] = b
				if string(other) == token {
					continue
				}
				if err := verify(t, ring, string(other), "at+jwt"); !errors.Is(err, oauth.ErrTokenInvalid) {
					t.Fatalf("with %q at %d: got %v", b, i, err)
				}
			}
		}
	}
	if n := jwtsigner.Remembered(ring); n != len(tokens) {
		t.Errorf("%d tokens are remembered", n)
	}
}

func TestATamperedTokenNeverVerifies(t *testing.T) {
	ring, tokens := remembering(t)
	rapid.Check(t, func(rt *rapid.T) {
		token := rapid.SampledFrom(tokens).Draw(rt, "token")
		from := rapid.IntRange(0, len(token)).Draw(rt, "from")
		to := rapid.IntRange(from, len(token)).Draw(rt, "to")
		other := token[:from] + rapid.StringN(0, 8, -1).Draw(rt, "instead") + token[to:]
		if err := verify(t, ring, other, "at+jwt"); other != token && !errors.Is(err, oauth.ErrTokenInvalid) {
			rt.Errorf("%q: got %v", other, err)
		}
	})
}

func TestARememberedTokenIsOfOneType(t *testing.T) {
	ring, tokens := remembering(t)
	for _, typ := range []string{"JWT", "", "at+jwt2"} {
		if err := verify(t, ring, tokens[0], typ); !errors.Is(err, oauth.ErrTokenInvalid) {
			t.Errorf("as %q: got %v", typ, err)
		}
	}
	for _, typ := range []string{"at+jwt", "application/at+jwt", "at+jwt"} {
		if err := verify(t, ring, tokens[0], typ); err != nil {
			t.Errorf("as %q: got %v", typ, err)
		}
	}
}

func TestARetiredKeyTakesItsTokensAlong(t *testing.T) {
	ring, tokens := remembering(t)
	pair, err := ring.Generate(oauth.ES256)
	if err != nil {
		t.Fatal(err)
	}
	if err = ring.Install([]ports.InstalledKey{{KeyPair: pair, Signs: true}}); err != nil {
		t.Fatal(err)
	}
	for _, token := range tokens {
		if err := verify(t, ring, token, "at+jwt"); !errors.Is(err, oauth.ErrTokenInvalid) {
			t.Errorf("got %v", err)
		}
	}
	if n := jwtsigner.Remembered(ring); n != 0 {
		t.Errorf("%d tokens are remembered", n)
	}
}

func TestGarbageIsNotRemembered(t *testing.T) {
	ring := ringWith(t, oauth.EdDSA)
	foreign := tokenOf(t, ringWith(t, oauth.EdDSA), oauth.EdDSA, typical)
	for _, token := range []string{"", "a.b.c", foreign} {
		if err := verify(t, ring, token, "at+jwt"); !errors.Is(err, oauth.ErrTokenInvalid) {
			t.Errorf("got %v", err)
		}
	}
	if n := jwtsigner.Remembered(ring); n != 0 {
		t.Errorf("%d tokens are remembered", n)
	}
}

func TestWhatIsRememberedIsBounded(t *testing.T) {
	ring := ringWith(t, oauth.EdDSA)
	hash := func(i int) [32]byte { return sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i))) }
	const used = -1
	jwtsigner.Remember(ring, hash(used))
	for i := range 4 * jwtsigner.MostRemembered {
		jwtsigner.Remember(ring, hash(i))
		if !jwtsigner.Remembers(ring, hash(used)) {
			t.Fatalf("what is used all the time was forgotten after %d others", i)
		}
	}
	if n := jwtsigner.Remembered(ring); n > jwtsigner.MostRemembered || n < jwtsigner.MostRemembered/2 {
		t.Errorf("%d tokens are remembered, of %d", n, jwtsigner.MostRemembered)
	}
}

func TestVerifyingWhileKeysChange(t *testing.T) {
	ring := jwtsigner.New()
	pair, err := ring.Generate(oauth.EdDSA)
	if err != nil {
		t.Fatal(err)
	}
	installed := []ports.InstalledKey{{KeyPair: pair, Signs: true}}
	install := func() {
		if err := ring.Install(installed); err != nil {
			t.Error(err)
		}
	}
	install()
	token := tokenOf(t, ring, oauth.EdDSA, typical)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 50 {
				if i == 0 {
					install()
				}
				if err := verify(t, ring, token, "at+jwt"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}
