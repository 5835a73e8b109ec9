package resource_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/resource"
	"writ/ports/portstest/req"
)

// served is a service behind the middleware.
func served(v *resource.Verifier, scopes ...string) http.Handler {
	return v.Require(scopes...)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims, ok := resource.FromContext(r.Context())
		if !ok {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		_, _ = w.Write([]byte("hello " + claims.Subject))
	}))
}

func request(t *testing.T, authorization ...string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/posts", nil)
	for _, a := range authorization {
		r.Header.Add("Authorization", a)
	}
	return r
}

func answered(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestChallenges(t *testing.T) {
	req.Covers(t, "R-144", "R-145")
	s := newIssuer(t)
	const metadata = ourselves + "/.well-known/oauth-protected-resource"
	v := s.verifier(func(o *resource.Options) { o.Metadata = metadata })
	h := served(v, "READ_POSTS", "CREATE_POST")
	good, less := s.good(), s.sign("ec", with(s.claims(), "scope", "READ_POSTS"))
	old := s.sign("ec", with(s.claims(), "exp", s.clock().Unix()-60))
	const (
		realm   = `Bearer realm="` + ourselves + `"`
		needed  = `, scope="READ_POSTS CREATE_POST"`
		pointer = `, resource_metadata="` + metadata + `"`
	)
	invalid := realm + `, error="invalid_token", error_description="The access token is not good here."` + pointer
	expired := realm + `, error="invalid_token", error_description="The access token has expired."` + pointer
	malformed := realm + `, error="invalid_request", error_description="The Authorization header is malformed."` + pointer
	for name, tc := range map[string]struct {
		sent      []string
		status    int
		challenge string
	}{
		"a good token":           {[]string{"Bearer " + good}, http.StatusOK, ""},
		"the scheme in capitals": {[]string{"BEARER " + good}, http.StatusOK, ""},
		"two spaces":             {[]string{"bearer  " + good}, http.StatusOK, ""},
		"nothing":                {nil, http.StatusUnauthorized, realm + needed + pointer},
		"another scheme":         {[]string{"Basic YTpi"}, http.StatusUnauthorized, realm + needed + pointer},
		"no token":               {[]string{"Bearer"}, http.StatusBadRequest, malformed},
		"an empty token":         {[]string{"Bearer "}, http.StatusBadRequest, malformed},
		"a token with a space":   {[]string{"Bearer a b"}, http.StatusBadRequest, malformed},
		"a token with a quote":   {[]string{`Bearer a"b`}, http.StatusBadRequest, malformed},
		"nonsense":               {[]string{"Bearer nonsense"}, http.StatusUnauthorized, invalid},
		"an expired token":       {[]string{"Bearer " + old}, http.StatusUnauthorized, expired},
		"two headers": {
			[]string{"Bearer " + good, "Bearer " + good},
			http.StatusBadRequest,
			realm + `, error="invalid_request", error_description="There is more than one Authorization header."` + pointer,
		},
		"too little scope": {
			[]string{"Bearer " + less},
			http.StatusForbidden,
			realm + `, error="insufficient_scope", error_description="The access token does not allow this."` + needed + pointer,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := answered(h, request(t, tc.sent...))
			if w.Code != tc.status {
				t.Errorf("status %d, want %d", w.Code, tc.status)
			}
			if diff := cmp.Diff(tc.challenge, w.Header().Get("WWW-Authenticate")); diff != "" {
				t.Errorf("challenge (-want +got):\n%s", diff)
			}
			if w.Code != http.StatusOK {
				isPlain(t, w)
			}
		})
	}
}

// isPlain checks what all refusals have in common.
func isPlain(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	var body struct {
		Code        string `json:"error"`
		Description string `json:"error_description"`
	}
	err := json.Unmarshal(w.Body.Bytes(), &body)
	if err != nil || body.Code == "" || body.Description == "" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("the answer is %v %s", w.Header(), w.Body)
	}
}

func TestATokenInTheAddress(t *testing.T) {
	req.Covers(t, "R-143")
	s := newIssuer(t)
	h, good := served(s.verifier()), s.good()
	r := request(t)
	r.URL.RawQuery = "access_token=" + good
	if w := answered(h, r); w.Code != http.StatusUnauthorized {
		t.Errorf("a token in the address alone is answered %d", w.Code)
	}
	r = request(t, "Bearer "+good)
	r.URL.RawQuery = "access_token=" + good
	if w := answered(h, r); w.Code != http.StatusBadRequest {
		t.Errorf("a token in the address and in the header is answered %d", w.Code)
	}
}

func TestAnOutageIsNotTheTokensFault(t *testing.T) {
	s := newIssuer(t)
	s.goAway(true)
	w := answered(served(s.verifier()), request(t, "Bearer "+s.good()))
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "5" || w.Header().Get("WWW-Authenticate") != "" {
		t.Errorf("got %d, %v", w.Code, w.Header())
	}
	isPlain(t, w)
}

func TestRefuseAnswersAnyError(t *testing.T) {
	w := httptest.NewRecorder()
	newIssuer(t).verifier().Refuse(w, errors.New("something else with a secret"))
	if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("got %d, %s", w.Code, w.Body)
	}
}

func TestWhatCannotBeAScope(t *testing.T) {
	v := newIssuer(t).verifier()
	for _, scope := range []string{"", "two words", `qu"ote`, `back\slash`, "ünïcode", "line\r\nbreak"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q is taken for a scope", scope)
				}
			}()
			v.Require(scope)
		}()
	}
}

func TestNobodyIsInAnotherContext(t *testing.T) {
	if c, ok := resource.FromContext(t.Context()); ok {
		t.Errorf("got %+v", c)
	}
}

func TestTheServiceDescribesItself(t *testing.T) {
	w := answered(newIssuer(t).verifier().Describe("READ_POSTS", "CREATE_POST"), request(t))
	const want = `{"resource":"https://api.example.org","authorization_servers":["https://auth.example.org"],` +
		`"scopes_supported":["READ_POSTS","CREATE_POST"],"bearer_methods_supported":["header"]}`
	if w.Body.String() != want || w.Header().Get("Content-Type") != "application/json" || w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("got %v %s", w.Header(), w.Body)
	}
}
