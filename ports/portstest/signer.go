package portstest

import (
	"encoding/json"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/domain/oauth"
	"writ/ports"
)

// Signer is the contract of ports.Signer.
func Signer(t *testing.T, open OpenSigning) {
	t.Run("it signs with every algorithm", func(t *testing.T) { signsWithEveryAlg(t, open(t)) })
	t.Run("claims are written as JSON", func(t *testing.T) { claimsAreJSON(t, open(t)) })
	t.Run("without a key it is an error", func(t *testing.T) { signingNeedsAKey(t, open(t)) })
	t.Run("it is ready where it has a key that signs", func(t *testing.T) { readyWithAKey(t, open(t)) })
	t.Run("keys may change while it signs", func(t *testing.T) { keysChangeWhileSigning(t, open(t)) })
}

func signsWithEveryAlg(t *testing.T, s Signing) {
	pairs := installKeys(t, s, everyAlg...)
	for i, alg := range everyAlg {
		for _, typ := range []string{accessToken, "JWT", accessToken} {
			token := signToken(t, s, alg, typ, ada)
			want := map[string]any{"alg": string(alg), "kid": pairs[i].ID, "typ": typ}
			if diff := cmp.Diff(want, headerOf(t, token)); diff != "" {
				t.Errorf("header (-want +got):\n%s", diff)
			}
		}
		mustVerify(t, s, signToken(t, s, alg, accessToken, ada))
	}
}

func claimsAreJSON(t *testing.T, s Signing) {
	installKeys(t, s, oauth.EdDSA)
	given := map[string]any{"sub": "<ä>&\u2028", "aud": []string{"a", "b"}, "exp": 1_900_000_000, "act": map[string]bool{"x": true}}
	got := payloadOf(t, signToken(t, s, oauth.EdDSA, accessToken, given))
	want := map[string]any{
		"sub": "<ä>&\u2028", "aud": []any{"a", "b"}, "exp": json.Number("1900000000"), "act": map[string]any{"x": true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
	for _, other := range []any{"text", 1, nil, []string{"a"}, func() {}} {
		if _, err := s.Signer.Sign(t.Context(), oauth.EdDSA, accessToken, other); err == nil {
			t.Errorf("%T passes for claims", other)
		}
	}
}

func signingNeedsAKey(t *testing.T, s Signing) {
	if _, err := s.Signer.Sign(t.Context(), oauth.ES256, accessToken, ada); err == nil {
		t.Error("it signs before any key is installed")
	}
	installKeys(t, s, oauth.EdDSA)
	for _, alg := range []oauth.SigningAlg{oauth.ES256, "none", "HS256", ""} {
		if _, err := s.Signer.Sign(t.Context(), alg, accessToken, ada); err == nil {
			t.Errorf("it signs with %q, for which there is no key", alg)
		}
	}
}

func readyWithAKey(t *testing.T, s Signing) {
	if err := s.Signer.Ready(oauth.EdDSA); err == nil {
		t.Error("it is ready before any key is installed")
	}
	keys := installKeys(t, s, oauth.EdDSA)
	if err := s.Signer.Ready(oauth.EdDSA); err != nil {
		t.Errorf("with a key: %v", err)
	}
	if err := s.Signer.Ready(oauth.ES256); err == nil {
		t.Error("it is ready for an algorithm that it has no key of")
	}
	err := s.Keys.Install([]ports.InstalledKey{{KeyPair: keys[0]}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Signer.Ready(oauth.EdDSA); err == nil {
		t.Error("it is ready with a key that does not sign")
	}
}

// keysChangeWhileSigning rotates while others sign and verify: at no moment is there no key.
func keysChangeWhileSigning(t *testing.T, s Signing) {
	keys := installKeys(t, s, oauth.EdDSA)
	keys = append(keys, must(s.Keys.Generate(oauth.EdDSA))(t))
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 100 {
				token, err := s.Signer.Sign(t.Context(), oauth.EdDSA, accessToken, ada)
				if err != nil {
					t.Errorf("sign: %v", err)
					return
				}
				mustVerify(t, s, token)
			}
		})
	}
	for n := range 100 {
		err := s.Keys.Install([]ports.InstalledKey{
			{KeyPair: keys[0], Signs: n%2 == 0}, {KeyPair: keys[1], Signs: n%2 == 1},
		})
		if err != nil {
			t.Errorf("install: %v", err)
		}
		s.Keys.KeySet()
	}
	all.Wait()
}
