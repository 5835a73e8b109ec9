package resource_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/big"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"writ/adapters/resource"
)

const (
	issuerURL = "https://auth.example.org"
	ourselves = "https://api.example.org"
)

// issuer is an authorization server that is asked through a transport of its own. It is safe for
// concurrent use.
type issuer struct {
	tb testing.TB

	mu       sync.Mutex
	now      time.Time
	keys     map[string]any // the published ones as they stand in the set, by kid
	private  map[string]crypto.Signer
	metadata string // instead of its own
	control  string // Cache-Control of the key set
	away     bool
	fetched  int           // how often the key set was asked for
	held     chan struct{} // when there is one, answers wait until it is closed
	arrived  chan struct{} // told of each request that waits
}

func newIssuer(tb testing.TB) *issuer {
	tb.Helper()
	s := &issuer{
		tb: tb, now: time.Unix(1_800_000_000, 0), keys: map[string]any{}, private: map[string]crypto.Signer{},
		control: "public, max-age=900", arrived: make(chan struct{}, 100),
	}
	s.rotate("ec", ecKey(tb))
	return s
}

func ecKey(tb testing.TB) *ecdsa.PrivateKey {
	tb.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return private
}

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return private
})

func edKey(tb testing.TB) ed25519.PrivateKey {
	tb.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return private
}

// rotate publishes a key.
func (s *issuer) rotate(kid string, private crypto.Signer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.private[kid], s.keys[kid] = private, published(s.tb, kid, private.Public())
}

// drop takes a key out of the set.
func (s *issuer) drop(kid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.keys, kid)
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func published(tb testing.TB, kid string, public crypto.PublicKey) map[string]any {
	tb.Helper()
	jwk := map[string]any{"kid": kid, "use": "sig"}
	switch public := public.(type) {
	case *ecdsa.PublicKey:
		point, err := public.Bytes()
		if err != nil {
			tb.Fatal(err)
		}
		maps.Copy(jwk, map[string]any{"kty": "EC", "alg": "ES256", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:])})
	case *rsa.PublicKey:
		e := big.NewInt(int64(public.E)).Bytes()
		maps.Copy(jwk, map[string]any{"kty": "RSA", "alg": "RS256", "n": b64(public.N.Bytes()), "e": b64(e)})
	case ed25519.PublicKey:
		maps.Copy(jwk, map[string]any{"kty": "OKP", "alg": "EdDSA", "crv": "Ed25519", "x": b64(public)})
	}
	return jwk
}

// RoundTrip implements http.RoundTripper.
func (s *issuer) RoundTrip(request *http.Request) (*http.Response, error) {
	s.mu.Lock()
	held := s.held
	s.mu.Unlock()
	if held != nil {
		s.arrived <- struct{}{}
		select {
		case <-held:
		case <-request.Context().Done():
			return nil, request.Context().Err()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away {
		return nil, errors.New("connection refused")
	}
	switch request.URL.String() {
	case issuerURL + "/.well-known/oauth-authorization-server":
		document := s.metadata
		if document == "" {
			document = `{"issuer":"` + issuerURL + `","jwks_uri":"` + issuerURL + `/keys"}`
		}
		return respond(http.StatusOK, nil, []byte(document)), nil
	case issuerURL + "/keys":
		s.fetched++
		return s.keySet(request.Header.Get("If-None-Match")), nil
	default:
		return respond(http.StatusNotFound, nil, nil), nil
	}
}

func (s *issuer) keySet(seen string) *http.Response {
	list := []any{}
	for _, k := range s.keys {
		list = append(list, k)
	}
	body, err := json.Marshal(map[string]any{"keys": list})
	if err != nil {
		s.tb.Error(err)
	}
	header := http.Header{"Cache-Control": {s.control}, "Etag": {fmt.Sprintf(`"%d"`, len(body))}}
	if seen == header.Get("ETag") {
		return respond(http.StatusNotModified, header, nil)
	}
	return respond(http.StatusOK, header, body)
}

func respond(status int, header http.Header, body []byte) *http.Response {
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(bytes.NewReader(body))}
}

func (s *issuer) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *issuer) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

func (s *issuer) goAway(away bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = away
}

func (s *issuer) fetches() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fetched
}

// hold lets answers wait until release is called.
func (s *issuer) hold() (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	held := make(chan struct{})
	s.held = held
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.held = nil
		close(held)
	}
}

// options are those of a service that asks this issuer.
func (s *issuer) options() resource.Options {
	return resource.Options{
		Issuer: issuerURL, Audiences: []string{ourselves, "urn:old-name"}, Administrator: "ADMINISTRATOR",
		Client: &http.Client{Transport: s}, Clock: s.clock, Log: slog.New(slog.DiscardHandler),
	}
}

func (s *issuer) verifier(change ...func(*resource.Options)) *resource.Verifier {
	s.tb.Helper()
	o := s.options()
	for _, c := range change {
		c(&o)
	}
	v, err := resource.New(o)
	if err != nil {
		s.tb.Fatal(err)
	}
	return v
}

// claims are those of a good token.
func (s *issuer) claims() jwt.MapClaims {
	now := s.clock().Unix()
	return jwt.MapClaims{
		"iss": issuerURL, "sub": "d0j2k3l4m5n6o7p8q9r0", "aud": ourselves, "exp": now + 900, "iat": now, "jti": "j-1",
		"client_id": "notes", "scope": "openid READ_POSTS CREATE_POST", "gid": "g-1",
	}
}

func with(claims jwt.MapClaims, name string, value any) jwt.MapClaims {
	changed := maps.Clone(claims)
	changed[name] = value
	if value == nil {
		delete(changed, name)
	}
	return changed
}

// sign makes an access token with a key.
func (s *issuer) sign(kid string, claims jwt.MapClaims) string {
	s.tb.Helper()
	return s.signAs(kid, "at+jwt", claims)
}

func (s *issuer) signAs(kid, typ string, claims jwt.MapClaims) string {
	s.tb.Helper()
	s.mu.Lock()
	private := s.private[kid]
	s.mu.Unlock()
	var method jwt.SigningMethod = jwt.SigningMethodES256
	switch private.(type) {
	case *rsa.PrivateKey:
		method = jwt.SigningMethodRS256
	case ed25519.PrivateKey:
		method = jwt.SigningMethodEdDSA
	}
	token := jwt.NewWithClaims(method, claims)
	token.Header["typ"], token.Header["kid"] = typ, kid
	return signed(s.tb, token, private)
}

func signed(tb testing.TB, token *jwt.Token, key any) string {
	tb.Helper()
	text, err := token.SignedString(key)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// good is a token that is accepted.
func (s *issuer) good() string { s.tb.Helper(); return s.sign("ec", s.claims()) }
