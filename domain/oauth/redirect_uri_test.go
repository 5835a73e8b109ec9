package oauth_test

import (
	"net/url"
	"strings"
	"testing"

	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

func TestRedirectURIsThatCanBeRegistered(t *testing.T) {
	req.Covers(t, "R-068")
	for _, good := range []string{
		"https://app.example/cb", "https://app.example", "https://app.example:8443/cb?x=1&y=2", "https://[2001:db8::1]/cb",
		"http://127.0.0.1/cb", "http://127.0.0.1:8080/cb", "http://[::1]/cb", "http://[::1]:0/cb", "http://localhost:3000/",
		"com.example.app:/cb", "com.example.app://host/cb", "com.example.app:cb", "https://xn--bcher-kva.example/cb",
	} {
		if got, err := oauth.ParseRedirectURI(good); err != nil || string(got) != good {
			t.Errorf("ParseRedirectURI(%q) = %q, %v; want it unchanged", good, got, err)
		}
	}
}

func TestRedirectURIsThatMustNotBeRegistered(t *testing.T) {
	req.Covers(t, "R-068", "R-071")
	for name, bad := range map[string]string{
		"nothing":                     "",
		"a relative path":             "/cb",
		"a scheme-relative URI":       "//app.example/cb",
		"a fragment":                  "https://app.example/cb#x",
		"an empty fragment":           "https://app.example/cb#",
		"a user":                      "https://me@app.example/cb",
		"a user and password":         "https://me:pw@app.example/cb",
		"a wildcard host":             "https://*.app.example/cb",
		"a wildcard path":             "https://app.example/*",
		"http on another host":        "http://app.example/cb",
		"http on another loopback":    "http://127.0.0.2/cb",
		"http on a host like it":      "http://localhost.example/cb",
		"http on an odd spelling":     "http://127.1/cb",
		"http without a host":         "http:///cb",
		"https without a host":        "https:///cb",
		"https without slashes":       "https:app.example",
		"https with only a port":      "https://:443/cb",
		"javascript":                  "javascript:alert(1)",
		"data":                        "data:text/html,x",
		"vbscript":                    "vbscript:x",
		"file":                        "file:///etc/passwd",
		"about":                       "about:blank",
		"blob":                        "blob:https://app.example/1",
		"a private scheme, no dot":    "myapp:/cb",
		"a scheme alone":              "com.example.app:",
		"a scheme and slashes":        "com.example.app://",
		"a space":                     "https://app.example/a b",
		"a leading space":             " https://app.example/cb",
		"a tab":                       "https://app.example/\tcb",
		"CR LF":                       "https://app.example/\r\nX: y",
		"NUL":                         "https://app.example/\x00",
		"DEL":                         "https://app.example/\x7f",
		"a backslash":                 `https://app.example\@evil.example/cb`,
		"non-ASCII":                   "https://bücher.example/cb",
		"quotes":                      `https://app.example/"cb"`,
		"malformed percent-encoding":  "https://app.example/%zz",
		"more than 2 KiB":             "https://app.example/" + strings.Repeat("a", 2048),
		"a loopback port that is not": "http://127.0.0.1:port/cb",
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := oauth.ParseRedirectURI(bad); err != oauth.ErrRedirectURI {
				t.Errorf("ParseRedirectURI(%q) = %q, %v; want it refused", bad, got, err)
			}
		})
	}
}

func TestRedirectURIsAreComparedByteByByte(t *testing.T) {
	req.Covers(t, "R-065")
	const registered oauth.RedirectURI = "https://app.example/cb?x=%2f"
	for name, requested := range map[string]oauth.RedirectURI{
		"letter case of the host":     "https://APP.example/cb?x=%2f",
		"letter case of the scheme":   "HTTPS://app.example/cb?x=%2f",
		"a trailing slash":            "https://app.example/cb/?x=%2f",
		"the default port":            "https://app.example:443/cb?x=%2f",
		"letter case of an encoding":  "https://app.example/cb?x=%2F",
		"a decoded character":         "https://app.example/cb?x=/",
		"a dot segment":               "https://app.example/./cb?x=%2f",
		"more query":                  "https://app.example/cb?x=%2f&y=1",
		"no query":                    "https://app.example/cb",
		"a user":                      "https://u@app.example/cb?x=%2f",
		"a fragment":                  "https://app.example/cb?x=%2f#",
		"a longer host":               "https://app.example.evil/cb?x=%2f",
		"another port, for it is TLS": "https://app.example:8443/cb?x=%2f",
		"nothing":                     "",
	} {
		t.Run(name, func(t *testing.T) {
			if registered.Matches(requested) {
				t.Errorf("%q was taken for %q", requested, registered)
			}
		})
	}
	if !registered.Matches(registered) {
		t.Error("a URI does not match itself")
	}
}

func TestLoopbackRedirectsMayUseAnyPort(t *testing.T) {
	req.Covers(t, "R-066", "R-067")
	for name, tc := range map[string]struct {
		registered, requested oauth.RedirectURI
		want                  bool
	}{
		"a port where none was registered":   {"http://127.0.0.1/cb", "http://127.0.0.1:51004/cb", true},
		"no port where one was registered":   {"http://127.0.0.1:80/cb", "http://127.0.0.1/cb", true},
		"another port":                       {"http://127.0.0.1:80/cb", "http://127.0.0.1:81/cb", true},
		"IPv6":                               {"http://[::1]/cb", "http://[::1]:51004/cb", true},
		"localhost":                          {"http://localhost/cb", "http://localhost:51004/cb", true},
		"without a path":                     {"http://localhost", "http://localhost:51004", true},
		"with a query":                       {"http://localhost/cb?x=1", "http://localhost:1/cb?x=1", true},
		"a query without a path":             {"http://localhost?x=1", "http://localhost:1?x=1", true},
		"another path":                       {"http://127.0.0.1/cb", "http://127.0.0.1:81/other", false},
		"a path for none":                    {"http://127.0.0.1", "http://127.0.0.1:81/", false},
		"another query":                      {"http://127.0.0.1/cb?x=1", "http://127.0.0.1:81/cb?x=2", false},
		"localhost for an address":           {"http://127.0.0.1/cb", "http://localhost:81/cb", false},
		"an address for localhost":           {"http://localhost/cb", "http://127.0.0.1:81/cb", false},
		"IPv6 for IPv4":                      {"http://127.0.0.1/cb", "http://[::1]:81/cb", false},
		"another spelling of IPv6":           {"http://[::1]/cb", "http://[0:0:0:0:0:0:0:1]:81/cb", false},
		"another loopback address":           {"http://127.0.0.1/cb", "http://127.0.0.2:81/cb", false},
		"https":                              {"https://localhost/cb", "https://localhost:81/cb", false},
		"https for http":                     {"http://localhost/cb", "https://localhost:81/cb", false},
		"letter case":                        {"http://localhost/cb", "http://LOCALHOST:81/cb", false},
		"a user":                             {"http://localhost/cb", "http://u@localhost:81/cb", false},
		"a host that begins alike":           {"http://localhost/cb", "http://localhost.evil.example/cb", false},
		"an address that begins alike":       {"http://127.0.0.1/cb", "http://127.0.0.11/cb", false},
		"a port that is a name":              {"http://localhost/cb", "http://localhost:x/cb", false},
		"a port of a user":                   {"http://localhost/cb", "http://localhost:80@evil.example/cb", false},
		"an empty port":                      {"http://localhost/cb", "http://localhost:/cb", false},
		"a port with too many digits":        {"http://localhost/cb", "http://localhost:123456/cb", false},
		"a fragment":                         {"http://localhost/cb", "http://localhost:81/cb#x", false},
		"a line break":                       {"http://localhost/cb", "http://localhost:81/cb\n", false},
		"a backslash":                        {"http://localhost/cb", `http://localhost:81\@evil.example/cb`, false},
		"a private scheme with another port": {"com.example.app://h/cb", "com.example.app://h:1/cb", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.registered.Matches(tc.requested); got != tc.want {
				t.Errorf("%q matches %q: %v, want %v", tc.registered, tc.requested, got, tc.want)
			}
		})
	}
}

func TestResponseParametersAreAppended(t *testing.T) {
	req.Covers(t, "R-070", "R-071")
	for name, tc := range map[string]struct {
		registered oauth.RedirectURI
		pairs      []string
		want       string
	}{
		"no query":           {"https://a.example/cb", []string{"code", "x"}, "https://a.example/cb?code=x"},
		"a registered query": {"https://a.example/cb?t=1", []string{"code", "x"}, "https://a.example/cb?t=1&code=x"},
		"one with our names": {"https://a.example/cb?code=no&state=no", []string{"code", "x"}, "https://a.example/cb?code=no&state=no&code=x"},
		"several parameters": {"com.example.app:/cb", []string{"code", "x", "state", "y"}, "com.example.app:/cb?code=x&state=y"},
		"an empty value":     {"https://a.example/cb", []string{"state", ""}, "https://a.example/cb?state="},
		"what would split":   {"https://a.example/cb", []string{"state", "a\r\nb&c=d#e é"}, "https://a.example/cb?state=a%0D%0Ab%26c%3Dd%23e+%C3%A9"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.registered.With(tc.pairs...); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestARedirectURITellsWhereItLeads(t *testing.T) {
	for u, want := range map[oauth.RedirectURI]string{
		"https://app.example:8443/cb": "app.example:8443", "http://localhost:1/": "localhost:1",
		"com.example.app:/cb": "com.example.app", "com.example.app://x/cb": "com.example.app", "%": "",
	} {
		if got := u.Host(); got != want {
			t.Errorf("host of %s is %q, want %q", u, got, want)
		}
	}
	if !oauth.RedirectURI("https://a/").IsHTTPS() || oauth.RedirectURI("http://a/").IsHTTPS() {
		t.Error("IsHTTPS is wrong")
	}
}

func TestResourceIndicators(t *testing.T) {
	for s, ok := range map[string]bool{
		"https://api.example/v1": true, "https://api.example?x=1": true, "urn:example:api": true,
		"": false, "/v1": false, "https://api.example#x": false, "https://": false, "api": false,
		"https://api.example/\n": false, "https://api.example/" + strings.Repeat("a", 2048): false,
	} {
		got, err := oauth.ParseResource(s)
		if (err == nil) != ok || ok && got != s {
			t.Errorf("ParseResource(%q) = %q, %v", s, got, err)
		}
	}
}

func FuzzRedirectURI(f *testing.F) {
	f.Add("https://app.example/cb", "https://app.example/cb")
	f.Add("http://127.0.0.1/cb", "http://127.0.0.1:8080/cb")
	f.Add("http://localhost/cb", "http://localhost:80@evil.example/cb")
	f.Add("com.example.app:/cb", "com.example.app:/cb")
	f.Fuzz(func(t *testing.T, a, b string) {
		registered, err := oauth.ParseRedirectURI(a)
		if err != nil {
			return
		}
		requested := oauth.RedirectURI(b)
		if !registered.Matches(requested) || registered == requested {
			return
		}
		// Only the port of a loopback URI may differ: the rest, as any parser sees it, is the same.
		u, err := url.Parse(a)
		v, err2 := url.Parse(b)
		if err != nil || err2 != nil || u.Scheme != "http" || v.Scheme != "http" || v.User != nil ||
			u.Hostname() != v.Hostname() || u.EscapedPath() != v.EscapedPath() || u.RawQuery != v.RawQuery || v.Fragment != "" {
			t.Errorf("%q was taken for %q", b, a)
		}
		location, err := url.Parse(requested.With("code", "x"))
		if err != nil || location.Hostname() != u.Hostname() {
			t.Errorf("a response to %q would go to %q", a, location)
		}
	})
}
