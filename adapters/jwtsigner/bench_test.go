package jwtsigner_test

import (
	"testing"

	"writ/adapters/jwtsigner"
	"writ/domain/oauth"
)

// accessClaims are about what an access token carries (RFC 9068 §2.2).
type accessClaims struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience []string `json:"aud"`
	Client   string   `json:"client_id"`
	Scope    string   `json:"scope"`
	ID       string   `json:"jti"`
	Grant    string   `json:"gid"`
	Issued   int64    `json:"iat"`
	Expires  int64    `json:"exp"`
}

var typical = accessClaims{
	Issuer: "https://auth.example.org", Subject: "d0j2k3l4m5n6o7p8q9r0", Audience: []string{"https://api.example.org"},
	Client: "storyden-cli", Scope: "openid profile email CREATE_POST READ_PUBLISHED_THREADS", ID: "d0j2k3l4m5n6o7p8q9rg",
	Grant: "d0j2k3l4m5n6o7p8q9s0", Issued: 1_800_000_000, Expires: 1_800_000_900,
}

// The budgets leave a few allocations to the standard library, which may differ between versions
// (55 are crypto/ecdsa's), and to pools, which the race detector empties at random; what they
// catch is work done for each token that could be done for each key, and work done again for a token
// that verified before.
func TestAllocationBudgets(t *testing.T) {
	ring := ringWith(t, oauth.ES256, oauth.EdDSA)
	for _, tc := range []struct {
		alg          oauth.SigningAlg
		sign, verify float64
	}{
		{oauth.ES256, 70, 22},
		{oauth.EdDSA, 14, 22},
	} {
		token := tokenOf(t, ring, tc.alg, typical)
		sign := testing.AllocsPerRun(100, func() { tokenOf(t, ring, tc.alg, typical) })
		verify := testing.AllocsPerRun(100, func() {
			var claims accessClaims
			if ring.Verify(t.Context(), token, "at+jwt", &claims) != nil {
				t.Error("it does not verify")
			}
		})
		if sign > tc.sign || verify > tc.verify {
			t.Errorf("%s: %v allocations to sign, of %v; %v to verify, of %v", tc.alg, sign, tc.sign, verify, tc.verify)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	ring := ringWith(b, oauth.ES256, oauth.RS256, oauth.EdDSA)
	for _, alg := range []oauth.SigningAlg{oauth.ES256, oauth.RS256, oauth.EdDSA} {
		b.Run(string(alg), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				tokenOf(b, ring, alg, typical)
			}
		})
	}
}

// BenchmarkVerifyFirst verifies a token as if it had never been seen.
func BenchmarkVerifyFirst(b *testing.B) {
	ring := ringWith(b, oauth.ES256)
	token := tokenOf(b, ring, oauth.ES256, typical)
	b.ReportAllocs()
	for b.Loop() {
		jwtsigner.Forget(ring)
		var claims accessClaims
		err := ring.Verify(b.Context(), token, "at+jwt", &claims)
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerify verifies a token again.
func BenchmarkVerify(b *testing.B) {
	ring := ringWith(b, oauth.ES256, oauth.RS256, oauth.EdDSA)
	for _, alg := range []oauth.SigningAlg{oauth.ES256, oauth.RS256, oauth.EdDSA} {
		token := tokenOf(b, ring, alg, typical)
		b.Run(string(alg), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var claims accessClaims
				err := ring.Verify(b.Context(), token, "at+jwt", &claims)
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
