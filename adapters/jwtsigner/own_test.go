package jwtsigner_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"writ/adapters/jwtsigner"
	"writ/domain/oauth"
	"writ/ports"
)

// A token that the same key signed elsewhere, with a nonce that was drawn, is as good as one that
// was signed here; so is one that was signed here when the key does not sign any more.
func TestOneKeyHasManySignatures(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ring := jwtsigner.New()
	pair, err := ring.Import(pemOf(t, private))
	if err != nil {
		t.Fatal(err)
	}
	install(t, ring, ports.InstalledKey{KeyPair: pair, Signs: true})
	here := tokenOf(t, ring, oauth.ES256, map[string]any{"sub": "ada"})
	elsewhere := signedAnew(t, private, here)
	for _, signs := range []bool{true, false} {
		install(t, ring, ports.InstalledKey{KeyPair: pair, Signs: signs})
		for name, token := range map[string]string{"here": here, "elsewhere": elsewhere} {
			if err := ring.Verify(t.Context(), token, "at+jwt", &map[string]any{}); err != nil {
				t.Errorf("signed %s, the key signs %t: %v", name, signs, err)
			}
		}
		if ring.Verify(t.Context(), here[:len(here)-4]+elsewhere[len(elsewhere)-4:], "at+jwt", &map[string]any{}) == nil {
			t.Error("two halves of signatures are one")
		}
	}
}

func install(t *testing.T, ring *jwtsigner.Ring, k ports.InstalledKey) {
	t.Helper()
	err := ring.Install([]ports.InstalledKey{k})
	if err != nil {
		t.Fatal(err)
	}
}

// signedAnew is the token with another signature.
func signedAnew(t *testing.T, private *ecdsa.PrivateKey, token string) string {
	t.Helper()
	text := token[:strings.LastIndexByte(token, '.')]
	digest := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, private, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	signature := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}
