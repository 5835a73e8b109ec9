package jwtsigner_test

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"writ/adapters/jwtsigner"
	"writ/domain/oauth"
	"writ/ports"
	"writ/ports/portstest/req"
)

// ringWith has one signing key for each of the algorithms.
func ringWith(tb testing.TB, algs ...oauth.SigningAlg) *jwtsigner.Ring {
	tb.Helper()
	ring := jwtsigner.New()
	var installed []ports.InstalledKey
	for _, alg := range algs {
		pair, err := ring.Generate(alg)
		if err != nil {
			tb.Fatal(err)
		}
		installed = append(installed, ports.InstalledKey{KeyPair: pair, Signs: true})
	}
	err := ring.Install(installed)
	if err != nil {
		tb.Fatal(err)
	}
	return ring
}

func tokenOf(tb testing.TB, ring *jwtsigner.Ring, alg oauth.SigningAlg, claims any) string {
	tb.Helper()
	token, err := ring.Sign(tb.Context(), alg, "at+jwt", claims)
	if err != nil {
		tb.Fatal(err)
	}
	return token
}

// A resource server has the key set as JSON and a library, nothing of ours.
func TestOtherLibrariesVerifyWithTheKeySet(t *testing.T) {
	ring := ringWith(t, oauth.ES256, oauth.RS256, oauth.EdDSA)
	var set jose.JSONWebKeySet
	err := json.Unmarshal(ring.KeySet(), &set)
	if err != nil {
		t.Fatal(err)
	}
	for _, alg := range []oauth.SigningAlg{oauth.ES256, oauth.RS256, oauth.EdDSA} {
		token := tokenOf(t, ring, alg, jwt.MapClaims{"sub": "ada"})
		parsed, err := jwt.Parse(token, func(token *jwt.Token) (any, error) {
			found := set.Key(token.Header["kid"].(string))
			if len(found) != 1 || !found[0].IsPublic() || !found[0].Valid() {
				return nil, errors.New("not one good public key")
			}
			return found[0].Key, nil
		}, jwt.WithValidMethods([]string{string(alg)}))
		if err != nil || parsed.Claims.(jwt.MapClaims)["sub"] != "ada" {
			t.Errorf("%s: golang-jwt: %v", alg, err)
		}
		signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)})
		if err != nil {
			t.Fatalf("%s: go-jose: %v", alg, err)
		}
		payload, err := signed.Verify(set)
		if diff := cmp.Diff(`{"sub":"ada"}`, string(payload)); err != nil || diff != "" {
			t.Errorf("%s: go-jose: %v (-want +got):\n%s", alg, err, diff)
		}
	}
}

// The example of RFC 8037 §A.1 to §A.3.
func TestTheThumbprintOfTheStandard(t *testing.T) {
	seed, err := hex.DecodeString("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
	if err != nil {
		t.Fatal(err)
	}
	pair, err := jwtsigner.New().Import(pemOf(t, ed25519.NewKeyFromSeed(seed)))
	if err != nil {
		t.Fatal(err)
	}
	if want := "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"; pair.ID != want {
		t.Errorf("got %s", pair.ID)
	}
}

// Under a public key of low order one signature, made by nobody, fits any message.
func TestKeysOfLowOrderAreRefused(t *testing.T) {
	req.Covers(t, "R-238")
	identity := append([]byte{1}, make([]byte, 31)...)
	forged := append(append([]byte{}, identity...), make([]byte, 32)...)
	if !ed25519.Verify(identity, []byte("any message"), forged) {
		t.Fatal("the danger is gone: nothing needs to be refused")
	}
	for _, point := range []string{
		"0100000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000080",
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0000000000000000000000000000000000000000000000000000000000000080",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	} {
		raw, err := hex.DecodeString(point)
		if err != nil {
			t.Fatal(err)
		}
		public, err := x509.MarshalPKIXPublicKey(ed25519.PublicKey(raw))
		if err != nil {
			t.Fatal(err)
		}
		err = jwtsigner.New().Install([]ports.InstalledKey{{KeyPair: ports.KeyPair{ID: "low", Alg: oauth.EdDSA, Public: public}}})
		if err == nil || !strings.Contains(err.Error(), "low order") {
			t.Errorf("%s: got %v", point, err)
		}
	}
}

// The state of a ring is behind a pointer that is not printed.
func TestARingDoesNotPrintItsKeys(t *testing.T) {
	ring := ringWith(t, oauth.EdDSA)
	for _, format := range []string{"%v", "%+v", "%#v"} {
		if got := fmt.Sprintf(format, ring); len(got) > 200 {
			t.Errorf("%s prints %s", format, got)
		}
	}
}

func TestARefusalSaysWhyInTheLogOnly(t *testing.T) {
	ring := ringWith(t, oauth.ES256)
	token := tokenOf(t, ring, oauth.ES256, map[string]any{"sub": "ada", "exp": "secret text"})
	var claims struct {
		Expires int64 `json:"exp"`
	}
	err := ring.Verify(t.Context(), token, "at+jwt", &claims)
	var refusal *oauth.Error
	if !errors.As(err, &refusal) || refusal != oauth.ErrTokenInvalid {
		t.Fatalf("got %v", err)
	}
	if strings.Contains(err.Error(), "secret text") || strings.Contains(err.Error(), token) {
		t.Errorf("the error quotes the token: %v", err)
	}
	err = ring.Verify(t.Context(), token, "JWT", &claims)
	if !strings.Contains(err.Error(), "typ") {
		t.Errorf("the error does not say what is wrong: %v", err)
	}
}
