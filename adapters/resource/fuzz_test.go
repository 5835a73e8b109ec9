package resource_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"writ/adapters/resource"
)

// FuzzVerify knows every token that was signed, so that whatever else verifies is a forgery.
func FuzzVerify(f *testing.F) {
	s := newIssuer(f)
	s.rotate("ed", edKey(f))
	v := s.verifier()
	signed := map[string]bool{}
	for _, kid := range []string{"ec", "ed"} {
		token := s.sign(kid, s.claims())
		signed[token] = true
		f.Add(token)
		f.Add(token + ".")
		f.Add(strings.Replace(token, ".", ".\n", 1))
	}
	for _, token := range hostile(f, s) {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		_, err := v.Verify(t.Context(), token)
		if err == nil && !signed[token] {
			t.Errorf("%q verifies", token)
		}
		if err != nil && !errors.Is(err, resource.ErrInvalidToken) {
			t.Errorf("got %v", err)
		}
	})
}

// FuzzHeader compares with a slow and simple reading: what is read is what the only member of that
// name says.
func FuzzHeader(f *testing.F) {
	for _, header := range []string{
		`{"alg":"ES256","kid":"a","typ":"at+jwt"}`, `{"alg":"none"}`, `{"\u0061lg":"ES256","alg":"none"}`, `{"kid":{"alg":"x"}}`,
		`{"crit":[],"alg":"x"}`, `[`, `{}{}`, ` {"x":[1,{"y":null}]} `, `{"alg":"a","ALG":"b"}`, "{\"kid\":\"\xff\"}",
	} {
		f.Add([]byte(header))
	}
	f.Fuzz(func(t *testing.T, plain []byte) {
		read, err := resource.ParseHeader(base64.RawURLEncoding.EncodeToString(plain))
		if err != nil {
			return
		}
		var members map[string]any
		if json.Unmarshal(plain, &members) != nil {
			t.Fatalf("%q is no object, and was read", plain)
		}
		for name, got := range read {
			if want, _ := members[name].(string); want != got {
				t.Errorf("%q: %s is read as %q, want %q", plain, name, got, want)
			}
		}
		if members["crit"] != nil || members["jwk"] != nil {
			t.Errorf("%q was read", plain)
		}
	})
}
