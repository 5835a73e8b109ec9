package portstest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/domain/oauth"
	"writ/ports"
)

// Signing is a key ring without keys, and what signs and verifies with it.
type Signing struct {
	Keys     ports.KeyRing
	Signer   ports.Signer
	Verifier ports.Verifier
}

// OpenSigning gives a new ring that shares nothing with any other.
type OpenSigning func(t *testing.T) Signing

// A type of token and its claims, as the cases use them. The structs of the application say what
// claims are; here it is enough that they come back.
const accessToken = "at+jwt"

type tokenClaims struct {
	Subject string `json:"sub"`
	Expires int64  `json:"exp"`
}

var ada = tokenClaims{Subject: "ada", Expires: 1_900_000_000}

var everyAlg = []oauth.SigningAlg{oauth.ES256, oauth.RS256, oauth.EdDSA}

// installKeys makes keys of the algorithms and installs them as signing keys.
func installKeys(t *testing.T, s Signing, algs ...oauth.SigningAlg) []ports.KeyPair {
	t.Helper()
	var (
		pairs     []ports.KeyPair
		installed []ports.InstalledKey
	)
	for _, alg := range algs {
		pair := must(s.Keys.Generate(alg))(t)
		pairs = append(pairs, pair)
		installed = append(installed, ports.InstalledKey{KeyPair: pair, Signs: true})
	}
	err := s.Keys.Install(installed)
	if err != nil {
		t.Fatalf("install: %v", err)
	}
	return pairs
}

func signToken(t *testing.T, s Signing, alg oauth.SigningAlg, typ string, claims any) string {
	t.Helper()
	return must(s.Signer.Sign(t.Context(), alg, typ, claims))(t)
}

// mustVerify fails the test unless the token verifies as an access token of ada.
func mustVerify(t *testing.T, s Signing, token string) {
	t.Helper()
	var got tokenClaims
	err := s.Verifier.Verify(t.Context(), token, accessToken, &got)
	if err != nil {
		t.Errorf("it does not verify: %v", err)
		return
	}
	if diff := cmp.Diff(ada, got); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
}

// mustRefuse fails the test unless the token is refused as invalid.
func mustRefuse(t *testing.T, s Signing, token string) {
	t.Helper()
	var got tokenClaims
	err := s.Verifier.Verify(t.Context(), token, accessToken, &got)
	if !errors.Is(err, oauth.ErrTokenInvalid) {
		t.Errorf("got %v for %.80q", err, token)
	}
}

// headerOf and payloadOf read a token without verifying it.
func headerOf(t *testing.T, token string) map[string]any { return partOf(t, token, 0) }

func payloadOf(t *testing.T, token string) map[string]any { return partOf(t, token, 1) }

func partOf(t *testing.T, token string, n int) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("a token of %d parts", len(parts))
	}
	plain := must(base64.RawURLEncoding.Strict().DecodeString(parts[n]))(t)
	var members map[string]any
	decoder := json.NewDecoder(bytes.NewReader(plain))
	decoder.UseNumber()
	err := decoder.Decode(&members)
	if err != nil {
		t.Fatalf("part %d is not JSON: %v", n, err)
	}
	return members
}
