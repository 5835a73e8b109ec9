package resource_test

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"writ/adapters/resource"
	"writ/ports/portstest/req"
)

func TestAGoodTokenSaysWhatItSays(t *testing.T) {
	s := newIssuer(t)
	s.rotate("rsa", rsaKey())
	s.rotate("ed", edKey(t))
	v := s.verifier()
	for _, kid := range []string{"ec", "rsa", "ed"} {
		for range 2 { // the second time it is remembered
			got, err := v.Verify(t.Context(), s.sign(kid, with(s.claims(), "auth_time", s.clock().Unix()-60)))
			if err != nil {
				t.Fatalf("%s: %v", kid, err)
			}
			want := resource.Claims{
				Subject: "d0j2k3l4m5n6o7p8q9r0", Client: "notes", Scope: []string{"openid", "READ_POSTS", "CREATE_POST"},
				Audience: []string{ourselves}, ID: "j-1", Grant: "g-1", KeyID: kid,
				IssuedAt: s.clock(), Expires: s.clock().Add(15 * time.Minute), AuthTime: s.clock().Add(-time.Minute),
			}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(resource.Claims{})); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
		}
	}
	if s.fetches() != 1 {
		t.Errorf("the keys were fetched %d times, want once", s.fetches())
	}
}

func TestTokensThatAreAccepted(t *testing.T) {
	s := newIssuer(t)
	v := s.verifier()
	for name, token := range map[string]string{
		"one of several audiences":        s.sign("ec", with(s.claims(), "aud", []string{"https://x.example", "urn:old-name"})),
		"the whole media type":            s.signAs("ec", "application/at+jwt", s.claims()),
		"the media type in other letters": s.signAs("ec", "AT+JWT", s.claims()),
		"a client on its own behalf":      s.sign("ec", with(with(s.claims(), "gid", nil), "sub", "notes")),
		"no scope":                        s.sign("ec", with(s.claims(), "scope", nil)),
		"a fraction of a second":          s.sign("ec", with(s.claims(), "exp", float64(s.clock().Unix())+1.5)),
		"expired within the leeway":       s.sign("ec", with(s.claims(), "exp", s.clock().Unix()-9)),
		"from a clock that is ahead":      s.sign("ec", with(with(s.claims(), "iat", s.clock().Unix()+9), "nbf", s.clock().Unix()+9)),
		"unicode":                         s.sign("ec", with(s.claims(), "sub", "ადა\u202e")),
	} {
		if _, err := v.Verify(t.Context(), token); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// hostile are tokens that nobody may accept, however they came about.
func hostile(t testing.TB, s *issuer) map[string]string {
	t.Helper()
	good, claims := s.good(), s.claims()
	parts := strings.Split(good, ".")
	text, err := x509.MarshalPKIXPublicKey(s.private["ec"].Public())
	if err != nil {
		t.Fatal(err)
	}
	pemText := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: text})
	forged := func(header string) string { return b64([]byte(header)) + "." + parts[1] + "." + parts[2] }
	hmac := jwt.NewWithClaims(jwt.SigningMethodHS256, claims)
	hmac.Header["typ"], hmac.Header["kid"] = "at+jwt", "ec"
	own := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	own.Header["typ"], own.Header["kid"] = "at+jwt", "ec"
	own.Header["jwk"] = s.keys["ec"]
	stranger := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	stranger.Header["typ"], stranger.Header["kid"] = "at+jwt", "ec"
	all := map[string]string{
		"nothing":                         "",
		"no token":                        "nonsense",
		"one dot":                         "a.b",
		"four parts":                      good + ".x",
		"no signature":                    parts[0] + "." + parts[1] + ".",
		"another signature":               parts[0] + "." + parts[1] + "." + b64(make([]byte, 64)),
		"a short signature":               parts[0] + "." + parts[1] + "." + b64(make([]byte, 10)),
		"another payload":                 parts[0] + "." + b64([]byte(`{"sub":"root"}`)) + "." + parts[2],
		"padding":                         good + "=",
		"a line break":                    parts[0] + "." + parts[1] + "." + parts[2][:10] + "\n" + parts[2][10:],
		"alg none":                        b64([]byte(`{"alg":"none","typ":"at+jwt","kid":"ec"}`)) + "." + parts[1] + ".",
		"alg nOnE":                        b64([]byte(`{"alg":"nOnE","typ":"at+jwt","kid":"ec"}`)) + "." + parts[1] + ".",
		"no alg":                          forged(`{"typ":"at+jwt","kid":"ec"}`),
		"alg is a number":                 forged(`{"alg":256,"typ":"at+jwt","kid":"ec"}`),
		"alg of another key":              forged(`{"alg":"RS256","typ":"at+jwt","kid":"ec"}`),
		"HS256 with the public key":       signed(t, hmac, pemText),
		"HS256 with the published x":      signed(t, hmac, []byte(s.keys["ec"].(map[string]any)["x"].(string))),
		"its own key in the header":       signed(t, own, s.private["ec"]),
		"a stranger's key under our kid":  signed(t, stranger, ecKey(t)),
		"kid is a path":                   forged(`{"alg":"ES256","typ":"at+jwt","kid":"../../dev/null"}`),
		"kid is SQL":                      forged(`{"alg":"ES256","typ":"at+jwt","kid":"' OR 1=1 --"}`),
		"no kid":                          forged(`{"alg":"ES256","typ":"at+jwt"}`),
		"a critical extension":            forged(`{"alg":"ES256","typ":"at+jwt","kid":"ec","crit":["x"],"x":1}`),
		"alg twice":                       forged(`{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"ec"}`),
		"ALG in capitals":                 forged(`{"ALG":"ES256","typ":"at+jwt","kid":"ec"}`),
		"a header after the header":       forged(`{"alg":"ES256","typ":"at+jwt","kid":"ec"}{}`),
		"a header that is a list":         forged(`["ES256"]`),
		"a deep header":                   forged(`{"alg":"ES256","typ":"at+jwt","kid":"ec","x":` + strings.Repeat("[", 900) + strings.Repeat("]", 900) + `}`),
		"typ JWT":                         s.signAs("ec", "JWT", claims),
		"no typ":                          s.signAs("ec", "", claims),
		"typ of a logout token":           s.signAs("ec", "logout+jwt", claims),
		"an ID token":                     s.signAs("ec", "JWT", with(claims, "nonce", "n")),
		"another issuer":                  s.sign("ec", with(claims, "iss", "https://evil.example.org")),
		"the issuer with a slash":         s.sign("ec", with(claims, "iss", issuerURL+"/")),
		"no issuer":                       s.sign("ec", with(claims, "iss", nil)),
		"another audience":                s.sign("ec", with(claims, "aud", "https://other.example.org")),
		"the audience with a slash":       s.sign("ec", with(claims, "aud", ourselves+"/")),
		"the audience's beginning":        s.sign("ec", with(claims, "aud", ourselves[:len(ourselves)-1])),
		"no audience":                     s.sign("ec", with(claims, "aud", nil)),
		"an empty list of audiences":      s.sign("ec", with(claims, "aud", []string{})),
		"an audience that is an object":   s.sign("ec", with(claims, "aud", map[string]string{"x": ourselves})),
		"expired":                         s.sign("ec", with(claims, "exp", s.clock().Unix()-10)),
		"expired at the dawn of time":     s.sign("ec", with(claims, "exp", 0)),
		"no expiry":                       s.sign("ec", with(claims, "exp", nil)),
		"expiry as text":                  s.sign("ec", with(claims, "exp", "never")),
		"expiry after the end of numbers": s.sign("ec", with(claims, "exp", 1e300)),
		"a negative expiry":               s.sign("ec", with(claims, "exp", -1)),
		"not yet good":                    s.sign("ec", with(claims, "nbf", s.clock().Unix()+11)),
		"issued in the future":            s.sign("ec", with(claims, "iat", s.clock().Unix()+11)),
		"issued at no time":               s.sign("ec", with(claims, "iat", nil)),
		"no subject":                      s.sign("ec", with(claims, "sub", nil)),
		"a subject that is a number":      s.sign("ec", with(claims, "sub", 1)),
		"no client":                       s.sign("ec", with(claims, "client_id", nil)),
		"no id":                           s.sign("ec", with(claims, "jti", nil)),
		"huge":                            s.sign("ec", with(claims, "x", strings.Repeat("x", 16*1024))),
		"a huge header":                   b64([]byte(`{"alg":"ES256","typ":"at+jwt","kid":"`+strings.Repeat("x", 4096)+`"}`)) + "." + parts[1] + "." + parts[2],
		"unicode":                         "аdа.бда.вда",
		"a NUL":                           "\x00.\x00.\x00",
	}
	return all
}

func TestHostileTokens(t *testing.T) {
	req.Covers(t, "R-142")
	s := newIssuer(t)
	v := s.verifier()
	if err := v.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, token := range hostile(t, s) {
		claims, err := v.Verify(t.Context(), token)
		var refusal *resource.Refusal
		if !errors.As(err, &refusal) || !errors.Is(err, resource.ErrInvalidToken) || refusal.Status != http.StatusUnauthorized {
			t.Errorf("%s: got %+v, %v", name, claims, err)
			continue
		}
		if token != "" && len(token) > 3 && strings.Contains(refusal.Error()+refusal.Description, token) {
			t.Errorf("%s: the refusal quotes the token: %v", name, refusal)
		}
	}
	if s.fetches() > 3 {
		t.Errorf("hostile tokens made the verifier fetch the keys %d times", s.fetches())
	}
	if got := resource.Remembered(v); got > 10 {
		t.Errorf("%d tokens are remembered, though few ever had a good signature", got)
	}
}

func TestTimeGoesOnForRememberedTokens(t *testing.T) {
	s := newIssuer(t)
	v := s.verifier()
	token := s.good()
	if _, err := v.Verify(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	s.pass(15*time.Minute + 10*time.Second)
	_, err := v.Verify(t.Context(), token)
	if !errors.Is(err, resource.ErrExpired) || !errors.Is(err, resource.ErrInvalidToken) {
		t.Errorf("after its time: %v", err)
	}
}

func TestRememberedTokensAreBounded(t *testing.T) {
	s := newIssuer(t)
	v := s.verifier()
	accepts(t, v, s.good(), "the first one")
	for i := range 2 * resource.MostRemembered {
		resource.Remember(v, sha256.Sum256([]byte(strconv.Itoa(i))))
	}
	if got := resource.Remembered(v); got > resource.MostRemembered || got < resource.MostRemembered/2 {
		t.Errorf("%d tokens are remembered, want at most %d", got, resource.MostRemembered)
	}
}

func TestAdministrator(t *testing.T) {
	s := newIssuer(t)
	token := s.sign("ec", with(s.claims(), "scope", "ADMINISTRATOR"))
	for name, tc := range map[string]struct {
		administrator, needs string
		want                 bool
	}{
		"may do everything":              {"ADMINISTRATOR", "MANAGE_POSTS", true},
		"has no address by being one":    {"ADMINISTRATOR", "email", false},
		"is nothing where nobody is one": {"", "MANAGE_POSTS", false},
	} {
		v := s.verifier(func(o *resource.Options) { o.Administrator = tc.administrator })
		claims, err := v.Verify(t.Context(), token)
		if err != nil || claims.Allows(tc.needs) != tc.want {
			t.Errorf("%s: got %v, %v", name, claims.Allows(tc.needs), err)
		}
	}
}

// verdict is a standing that says one thing.
type verdict struct{ err error }

func (s verdict) Check(c resource.Claims) (resource.Claims, error) {
	c.Scope, c.Stale = []string{"LESS"}, true
	return c, s.err
}

func TestStandingHasTheLastWord(t *testing.T) {
	s := newIssuer(t)
	token := s.good()
	for name, tc := range map[string]struct {
		said   error
		want   error
		status int
	}{
		"a revoked token":   {resource.ErrRevoked, resource.ErrInvalidToken, http.StatusUnauthorized},
		"nobody knows":      {errors.New("the broker is away"), resource.ErrUnavailable, http.StatusServiceUnavailable},
		"nothing is to say": {nil, nil, 0},
	} {
		v := s.verifier(func(o *resource.Options) { o.Standing = verdict{tc.said} })
		for range 2 {
			claims, err := v.Verify(t.Context(), token)
			var refusal *resource.Refusal
			if errors.As(err, &refusal); !errors.Is(err, tc.want) || tc.want != nil && (refusal.Status != tc.status || !errors.Is(err, tc.said)) {
				t.Errorf("%s: got %v", name, err)
			}
			if err == nil && (!claims.Stale || claims.Allows("READ_POSTS") || !claims.Allows("LESS")) {
				t.Errorf("%s: got %+v", name, claims)
			}
		}
	}
}

func TestAllMistakesInTheOptionsAtOnce(t *testing.T) {
	_, err := resource.New(resource.Options{
		Issuer: "http://auth.example.org", KeySetURL: "ftp://x", Algorithms: []string{"HS256"}, Realm: `a"b`, Metadata: "nowhere",
	})
	for _, name := range []string{"Issuer", "KeySetURL", "Algorithms", "Realm", "Metadata", "Audiences"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not name %s", err, name)
		}
	}
	for _, host := range []string{"localhost:8080", "127.0.0.1:1", "[::1]:1", "writ.localhost"} {
		if _, err := resource.New(resource.Options{Issuer: "http://" + host, Audiences: []string{"x"}}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	if _, err := resource.New(resource.Options{Issuer: "http://writ:8080", Audiences: []string{"x"}, AllowPlainHTTP: true}); err != nil {
		t.Error(err)
	}
}

func TestClaimsHaveNoSecretInThem(t *testing.T) {
	s := newIssuer(t)
	claims, err := s.verifier().Verify(t.Context(), s.good())
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(claims)
	if err != nil || strings.Contains(string(text), "eyJ") {
		t.Errorf("got %s, %v", text, err)
	}
}
