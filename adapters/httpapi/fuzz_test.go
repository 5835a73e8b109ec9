package httpapi_test

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"writ/adapters/httpapi"
	"writ/ports/portstest/req"
)

// FuzzForm: what is accepted is text, and the standard library reads it in the same way.
func FuzzForm(f *testing.F) {
	req.Covers(f, "R-020", "R-023", "R-024", "R-263")
	for _, seed := range []string{"a=1&b=2", "a=1&a=1", "a=%zz", "a=%00", "a=+%2B", "a;b=1", "&&=&=1", "resource=a&resource=b", "%61=1&a=2", "a=\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := httpapi.ParseForm(text)
		for name, value := range p.Values {
			if !isText(name) || !isText(value) {
				t.Fatalf("%q has %q=%q", text, name, value)
			}
		}
		if p.Refused || strings.Contains(text, ";") {
			return
		}
		want, err := url.ParseQuery(text)
		if err != nil {
			t.Fatalf("%q is accepted: %v", text, err)
		}
		for name, values := range want {
			if name != "resource" && (len(values) != 1 || values[0] != p.Values[name]) {
				t.Fatalf("%q: %q is %q and %q", text, name, values, p.Values[name])
			}
		}
	})
}

func isText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// FuzzBasic: whatever a client encodes is what is read, and nothing makes it fall over.
func FuzzBasic(f *testing.F) {
	req.Covers(f, "R-029", "R-031")
	for _, seed := range [][2]string{{"web", "secret"}, {"a:b", "c:d%+ /="}, {"ünï", "çödé"}, {"", "x"}, {"web", ""}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, id, secret string) {
		httpapi.ParseBasic("Basic " + id)
		httpapi.ParseBasic(id + " " + secret)
		pair := url.QueryEscape(id) + ":" + url.QueryEscape(secret)
		got, ok := httpapi.ParseBasic("bAsIc " + base64.StdEncoding.EncodeToString([]byte(pair)))
		if ok && (string(got.ID) != id || got.Secret.Reveal() != secret) {
			t.Fatalf("%q and %q became %q and another secret", id, secret, got.ID)
		}
		if isText(id) && isText(secret) && id != "" && len(id) <= 255 && !ok {
			t.Fatalf("%q and %q are refused", id, secret)
		}
	})
}
