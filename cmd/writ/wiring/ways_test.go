package wiring_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOtherProviders(t *testing.T) {
	file := filepath.Join(t.TempDir(), "providers")
	if err := os.WriteFile(file, []byte("# ours\nwork=https://sso.example.org/realms/work;writ;s,e;Work\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := defaults(t.TempDir())
	s.Upstreams, s.UpstreamsFile = []string{"google=https://accounts.google.com;id;s3cret", "here=http://localhost:9000;public"}, file
	s.UpstreamNetworks = []string{"10.0.0.0/8", "fd00::/8"}
	if _, err := s.Server(); err != nil {
		t.Error(err)
	}
}

func TestMistakesAboutOtherProvidersTellNoSecret(t *testing.T) {
	const secret = "s3cret-of-ours"
	for name, setting := range map[string]string{
		"no name":           "=https://id.example;id;" + secret,
		"a name with signs": "My Provider=https://id.example;id;" + secret,
		"no issuer":         "other;id;" + secret,
		"a plain issuer":    "other=http://id.example;id;" + secret,
		"a script":          "other=javascript:alert(1);id;" + secret,
		"with a password":   "other=https://u:" + secret + "@id.example;id;x",
		"with a query":      "other=https://id.example?x=y;id;" + secret,
		"no client":         "other=https://id.example;;" + secret,
	} {
		s := defaults(t.TempDir())
		s.Upstreams = []string{setting}
		_, err := s.Server()
		if err == nil || !strings.Contains(err.Error(), "WRIT_UPSTREAMS: provider 1") || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: said %v", name, err)
		}
	}
	s := defaults(t.TempDir())
	s.Upstreams = []string{"a=https://id.example;id", "a=https://other.example;id", "b=https://id.example;id"}
	s.UpstreamNetworks, s.UpstreamsFile = []string{"here"}, filepath.Join(s.Dir, "none")
	_, err := s.Server()
	for _, said := range []string{"provider 2 has", "provider 3 has", "WRIT_UPSTREAM_NETWORKS", "WRIT_UPSTREAMS_FILE"} {
		if err == nil || !strings.Contains(err.Error(), said) {
			t.Errorf("nothing is said of %q: %v", said, err)
		}
	}
}

func TestTheDomainOfPasskeysCoversTheIssuer(t *testing.T) {
	for domain, good := range map[string]bool{
		"": true, "id.example.org": true, "example.org": true, "other.org": false, "d.example.org": false, "xample.org": false,
	} {
		s := defaults(t.TempDir())
		s.Issuer, s.PasskeyDomain = "https://id.example.org", domain
		if _, err := s.Server(); (err == nil) != good {
			t.Errorf("%q: %v", domain, err)
		}
	}
}
