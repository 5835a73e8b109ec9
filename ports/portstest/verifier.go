package portstest

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

// Verifier is the contract of ports.Verifier.
func Verifier(t *testing.T, open OpenSigning) {
	t.Run("without keys it is not known", func(t *testing.T) { verifyingNeedsKeys(t, open(t)) })
	t.Run("a token of another server", func(t *testing.T) { foreignTokens(t, open(t), open(t)) })
	t.Run("the key decides the algorithm", func(t *testing.T) { keyDecidesAlg(t, open(t)) })
	t.Run("signatures that are none", func(t *testing.T) { signaturesThatAreNone(t, open(t)) })
	t.Run("kid is only looked up", func(t *testing.T) { kidIsOnlyLookedUp(t, open(t)) })
	t.Run("a header brings no key", func(t *testing.T) { headerBringsNoKey(t, open(t)) })
	t.Run("one serialisation", func(t *testing.T) { oneSerialisation(t, open(t)) })
	t.Run("types are apart", func(t *testing.T) { typesAreApart(t, open(t)) })
	t.Run("no name twice", func(t *testing.T) { noNameTwice(t, open(t)) })
	t.Run("claims that do not fit", func(t *testing.T) { claimsThatDoNotFit(t, open(t)) })
	t.Run("no claim is looked at", func(t *testing.T) { noClaimIsLookedAt(t, open(t)) })
	t.Run("any change is found", func(t *testing.T) { anyChangeIsFound(t, open(t)) })
}

func verifyingNeedsKeys(t *testing.T, s Signing) {
	for _, token := range []string{"", "a.b.c"} {
		err := s.Verifier.Verify(t.Context(), token, accessToken, &tokenClaims{})
		if err == nil || errors.Is(err, oauth.ErrTokenInvalid) {
			t.Errorf("got %v for %q", err, token)
		}
	}
	f := newForge(t, s)
	err := s.Verifier.Verify(t.Context(), f.token(f.header(), adaJSON), accessToken, nil)
	if err == nil || errors.Is(err, oauth.ErrTokenInvalid) {
		t.Errorf("nowhere to put the claims: got %v", err)
	}
}

func foreignTokens(t *testing.T, s, other Signing) {
	f := newForge(t, s)
	installKeys(t, other, oauth.EdDSA)
	mustVerify(t, s, f.token(f.header(), adaJSON))
	mustRefuse(t, s, signToken(t, other, oauth.EdDSA, accessToken, ada))
	f.private = newForge(t, other).private // our kid, their signature
	mustRefuse(t, s, f.token(f.header(), adaJSON))
}

func keyDecidesAlg(t *testing.T, s Signing) {
	req.Covers(t, "R-238")
	f := newForge(t, s)
	for _, alg := range []string{
		`"none"`, `"None"`, `"HS256"`, `"ES256"`, `"RS256"`, `"RSA1_5"`, `"PS256"`, `"eddsa"`, `"Ed25519"`, `""`, `null`, `1`, `["EdDSA"]`,
	} {
		header := f.with(`"alg":"EdDSA"`, `"alg":`+alg)
		mustRefuse(t, s, f.token(header, adaJSON))
		mustRefuse(t, s, unsigned(header, adaJSON)+".")
	}
	mustRefuse(t, s, f.token(f.with(`"alg":"EdDSA",`, ``), adaJSON))
	mustRefuse(t, s, f.token(f.with(`"alg"`, `"ALG"`), adaJSON))
	for _, secret := range [][]byte{f.pair.Public, []byte(pemOf("PUBLIC KEY", f.pair.Public)), s.Keys.KeySet(), {}} {
		text := unsigned(f.with(`"alg":"EdDSA"`, `"alg":"HS256"`), adaJSON)
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(text))
		mustRefuse(t, s, text+"."+encode(mac.Sum(nil)))
	}
}

func signaturesThatAreNone(t *testing.T, s Signing) {
	req.Covers(t, "R-238")
	installKeys(t, s, everyAlg...)
	for _, alg := range everyAlg {
		token := signToken(t, s, alg, accessToken, ada)
		text, signature := cutLast(token)
		raw := must(base64.RawURLEncoding.DecodeString(signature))(t)
		half := len(raw) / 2
		for _, other := range [][]byte{
			{},
			make([]byte, len(raw)), raw[:len(raw)-1], append(raw[:len(raw):len(raw)], 0),
			append(make([]byte, half), raw[half:]...),      // r = 0
			append(raw[:half:half], make([]byte, half)...), // s = 0
			append(raw[half:len(raw):len(raw)], raw[:half]...),
		} {
			mustRefuse(t, s, text+"."+encode(other))
		}
	}
}

func kidIsOnlyLookedUp(t *testing.T, s Signing) {
	req.Covers(t, "R-239")
	f := newForge(t, s)
	for _, kid := range []string{
		`"../../etc/passwd"`, `"/dev/null"`, `"' OR 1=1 --"`, `"https://evil.example/key"`, `"{{.}}"`, `"\u0000"`, `""`,
		`"` + f.pair.ID + ` "`, `"` + strings.ToLower(f.pair.ID) + `"`, `null`, `1`, `["` + f.pair.ID + `"]`,
	} {
		mustRefuse(t, s, f.token(f.with(`"kid":"`+f.pair.ID+`"`, `"kid":`+kid), adaJSON))
	}
	mustRefuse(t, s, f.token(f.with(`"kid"`, `"Kid"`), adaJSON))
}

func headerBringsNoKey(t *testing.T, s Signing) {
	req.Covers(t, "R-240")
	f := newForge(t, s)
	jwk := `{"kty":"OKP","crv":"Ed25519","x":"` + encode(f.private.Public().(ed25519.PublicKey)) + `"}`
	for _, member := range []string{
		`"jwk":` + jwk, `"jku":"https://evil.example/jwks"`, `"x5u":"https://evil.example/cert"`, `"x5c":["MIIB"]`,
		`"crit":["exp"]`, `"crit":[]`, `"crit":["b64"],"b64":false`, `"b64":false`, `"b64":true`,
	} {
		mustRefuse(t, s, f.token(f.with(`"alg"`, member+`,"alg"`), adaJSON))
	}
	// RFC 7515 §4: what is not understood is passed over, unless it is in crit.
	mustVerify(t, s, f.token(f.with(`"alg"`, `"extra":{"jku":1},"alg"`), adaJSON))
}

func oneSerialisation(t *testing.T, s Signing) {
	req.Covers(t, "R-240")
	f := newForge(t, s)
	token := f.token(f.header(), adaJSON)
	mustVerify(t, s, token)
	text, signature := cutLast(token)
	header, payload, _ := strings.Cut(text, ".")
	for _, other := range []string{
		"", ".", "..", "...", text, token + ".", "." + token, text + ".." + signature, token + ".a.b",
		" " + token, token + " ", token + "\n", "\n" + token, header + "\n." + payload + "." + signature, header + "." + payload + ".\r\n" + signature,
		token + "=", token + "==", header + "=." + payload + "." + signature, token + "\x00", "Bearer " + token,
		`{"protected":"` + header + `","payload":"` + payload + `","signature":"` + signature + `"}`,
		`{"payload":"` + payload + `","signatures":[{"protected":"` + header + `","signature":"` + signature + `"}]}`,
		f.token(f.header(), token), // nested
		f.token(f.header(), `"`+token+`"`),
		strings.Repeat("a", 1<<20), strings.Repeat(".", 1<<20), strings.Repeat("{", 1<<14),
		f.token(f.header(), `{"sub":"ada","exp":1900000000,"pad":"`+strings.Repeat("a", 1<<20)+`"}`),
	} {
		mustRefuse(t, s, other)
	}
	mustRefuse(t, s, text+"."+otherSpelling(signature))
}

// otherSpelling encodes the same bytes in a way that is not canonical: the last character of 64
// bytes holds two bits only, and the other four are not looked at by lenient decoders.
func otherSpelling(signature string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, signature[len(signature)-1])
	return signature[:len(signature)-1] + string(alphabet[last|1])
}

func typesAreApart(t *testing.T, s Signing) {
	req.Covers(t, "R-241")
	installKeys(t, s, oauth.ES256)
	all := []string{
		accessToken, "JWT", "", "logout+jwt", "secevent+jwt", "token-introspection+jwt", "oauth-authz-req+jwt", "dpop+jwt", "application/x/at+jwt",
	}
	for _, signed := range all {
		token := signToken(t, s, oauth.ES256, signed, ada)
		for _, wanted := range all {
			err := s.Verifier.Verify(t.Context(), token, wanted, &tokenClaims{})
			if (err == nil) != (signed == wanted) || err != nil && !errors.Is(err, oauth.ErrTokenInvalid) {
				t.Errorf("%q passes as %q: %v", signed, wanted, err)
			}
		}
	}
	f := newForge(t, s)
	for typ, want := range map[string]bool{
		`"AT+JWT"`: true, `"application/at+jwt"`: true, `"Application/At+Jwt"`: true,
		`"text/at+jwt"`: false, `"at+jwt "`: false, `"at+jw"`: false, `["at+jwt"]`: false, `null`: false, `1`: false,
	} {
		token := f.token(f.with(`"typ":"at+jwt"`, `"typ":`+typ), adaJSON)
		if want {
			mustVerify(t, s, token)
		} else {
			mustRefuse(t, s, token)
		}
	}
}

func noNameTwice(t *testing.T, s Signing) {
	req.Covers(t, "R-242")
	f := newForge(t, s)
	for _, payload := range []string{
		`{"sub":"ada","exp":1900000000,"sub":"bob"}`,
		`{"sub":"ada","exp":1900000000,"sub":"ada"}`,
		`{"sub":"ada","exp":1900000000,"s\u0075b":"bob"}`,
		`{"sub":"ada","exp":1900000000,"Sub":"bob"}`,
		`{"sub":"ada","exp":1900000000,"\u017fub":"bob"}`,
		`{"sub":"ada","exp":1900000000,"act":{"sub":"a","sub":"b"}}`,
		`{"sub":"ada","exp":1900000000,"act":[[{"sub":"a","sub":"b"}]]}`,
	} {
		mustRefuse(t, s, f.token(f.header(), payload))
	}
	mustRefuse(t, s, f.token(f.with(`"alg"`, `"alg":"none","alg"`), adaJSON))
	mustRefuse(t, s, f.token(f.with(`"alg"`, `"kid":"x","alg"`), adaJSON))
	mustVerify(t, s, f.token(f.header(), `{"sub":"ada","exp":1900000000,"a":{"sub":1},"b":[{"sub":1},{"sub":1}]}`))
}

func claimsThatDoNotFit(t *testing.T, s Signing) {
	req.Covers(t, "R-242")
	f := newForge(t, s)
	for _, payload := range []string{
		``, `null`, `1`, `"a"`, `[]`, `[{"sub":"ada"}]`, `{`, `{"sub"`, `{"sub":}`, `{"sub":"ada",}`, `{"sub":"ada"}}`, `{} {}`, `{'sub':'ada'}`,
		`{"sub":1}`, `{"sub":["ada"]}`, `{"exp":"1900000000"}`, `{"exp":NaN}`, `{"exp":Infinity}`, `{"exp":1e308}`, `{"exp":1e999}`, `{"exp":1.5}`,
		`{"exp":0x10}`, `{"exp":010}`, `{"exp":99999999999999999999}`, strings.Repeat(`{"a":`, 1000) + `1` + strings.Repeat(`}`, 1000),
	} {
		mustRefuse(t, s, f.token(f.header(), payload))
	}
}

func noClaimIsLookedAt(t *testing.T, s Signing) {
	f := newForge(t, s)
	for _, payload := range []string{`{}`, `{"exp":1,"nbf":1900000000,"iss":"x","aud":"y"}`, `{"exp":-1}`} {
		err := s.Verifier.Verify(t.Context(), f.token(f.header(), payload), accessToken, &tokenClaims{})
		if err != nil {
			t.Errorf("%s: %v", payload, err)
		}
	}
}

func anyChangeIsFound(t *testing.T, s Signing) {
	installKeys(t, s, everyAlg...)
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
	for _, alg := range everyAlg {
		token := signToken(t, s, alg, accessToken, ada)
		for at := range len(token) {
			with := letters[rand.IntN(len(letters))]
			if with != token[at] {
				mustRefuse(t, s, token[:at]+string(with)+token[at+1:])
			}
			mustRefuse(t, s, token[:at])
			mustRefuse(t, s, token[:at]+token[at+1:])
		}
	}
}
