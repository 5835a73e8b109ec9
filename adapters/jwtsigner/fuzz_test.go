package jwtsigner_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"writ/domain/oauth"
)

// FuzzVerify knows every token that was signed, so that whatever else verifies is a forgery.
func FuzzVerify(f *testing.F) {
	ring := ringWith(f, oauth.ES256, oauth.EdDSA)
	signed := map[string]bool{}
	for _, alg := range []oauth.SigningAlg{oauth.ES256, oauth.EdDSA} {
		token := tokenOf(f, ring, alg, map[string]any{"sub": "ada", "exp": 1_900_000_000})
		signed[token] = true
		f.Add(token)
		f.Add(token + ".")
		f.Add(strings.Replace(token, ".", ".\n", 1))
	}
	for _, header := range []string{`{"alg":"none"}`, `{"alg":"ES256","kid":"x","typ":"at+jwt"}`, `{"a":{"a":[{}]}}`, `[`} {
		f.Add(base64.RawURLEncoding.EncodeToString([]byte(header)) + ".e30.")
	}
	f.Fuzz(func(t *testing.T, token string) {
		var claims map[string]any
		err := ring.Verify(t.Context(), token, "at+jwt", &claims)
		if err == nil && !signed[token] {
			t.Errorf("%q verifies", token)
		}
		if err != nil && !errors.Is(err, oauth.ErrTokenInvalid) {
			t.Errorf("got %v", err)
		}
	})
}

// FuzzHeader signs nothing: it looks for headers that are read at all in some other way.
func FuzzHeader(f *testing.F) {
	ring := ringWith(f, oauth.EdDSA)
	parts := strings.Split(tokenOf(f, ring, oauth.EdDSA, map[string]any{"sub": "ada"}), ".")
	genuine, err := base64.RawURLEncoding.DecodeString(parts[0])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(genuine)
	f.Add([]byte(`{"alg":"EdDSA","kid":"` + strings.Repeat("[", 100) + `"}`))
	f.Fuzz(func(t *testing.T, header []byte) {
		if string(header) == string(genuine) {
			return
		}
		token := base64.RawURLEncoding.EncodeToString(header) + "." + parts[1] + "." + parts[2]
		err := ring.Verify(t.Context(), token, "at+jwt", &map[string]any{})
		if !errors.Is(err, oauth.ErrTokenInvalid) {
			t.Errorf("%q: got %v", header, err)
		}
	})
}

// FuzzClaims compares what is refused for having a name twice with a slow and simple reading.
func FuzzClaims(f *testing.F) {
	ring := ringWith(f, oauth.EdDSA)
	for _, claims := range []string{
		`{}`, `{"a":1,"a":2}`, `{"a":{"b":[1,{"c":true,"C":null}]}}`, `{"a":[],"b":{},"c":[[],[{}]],"d":"}]\\\""}`, `{"\u0061":1,"a":2}`, `{"":-1.5e3,"b":""}`,
	} {
		f.Add([]byte(claims))
	}
	f.Fuzz(func(t *testing.T, claims []byte) {
		token, err := ring.Sign(t.Context(), oauth.EdDSA, "at+jwt", json.RawMessage(claims))
		if err != nil || len(token) > 16*1024 {
			return // not an object, or too long
		}
		twice, large := twiceOrLarge(json.NewDecoder(bytes.NewReader(claims)), 33)
		err = ring.Verify(t.Context(), token, "at+jwt", &struct{}{})
		if refused := err != nil; refused != (twice || large || !utf8.Valid(claims)) {
			t.Errorf("%q: got %v", claims, err)
		}
	})
}

// twiceOrLarge reads one value, which is known to be valid.
func twiceOrLarge(decoder *json.Decoder, depth int) (twice, large bool) {
	decoder.UseNumber()
	token, _ := decoder.Token()
	opening, ok := token.(json.Delim)
	if !ok {
		return false, false
	}
	var names []string
	for decoder.More() {
		large = large || depth == 1
		if opening == '{' {
			token, _ := decoder.Token()
			name := token.(string)
			twice = twice || slices.ContainsFunc(names, func(other string) bool { return strings.EqualFold(name, other) })
			names = append(names, name)
		}
		t, l := twiceOrLarge(decoder, depth-1)
		twice, large = twice || t, large || l
	}
	_, _ = decoder.Token()
	return twice, large || len(names) > 256
}
