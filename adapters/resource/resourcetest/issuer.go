package resourcetest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"writ/adapters/resource"
)

// The party of every token, unless it is said otherwise.
const (
	Account = "ada"
	Client  = "notes"
	Grant   = "grant-1"
)

// Issuer signs access tokens. It is safe for concurrent use.
type Issuer struct {
	URL string // what tokens name it, and where its metadata is

	tb       testing.TB
	server   *httptest.Server
	audience string
	kid      string

	mu      sync.Mutex
	private *ecdsa.PrivateKey
}

// Start runs an issuer on this machine. It ends with the test.
func Start(tb testing.TB) *Issuer {
	tb.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	i := &Issuer{tb: tb, private: private, kid: rand.Text(), audience: "https://api.example.org"}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/oauth-authorization-server", func(w http.ResponseWriter, _ *http.Request) {
		i.write(w, map[string]any{"issuer": i.URL, "jwks_uri": i.URL + "/keys"})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		i.write(w, map[string]any{"keys": []any{i.publicKey()}})
	})
	i.server = httptest.NewServer(mux)
	i.URL = i.server.URL
	tb.Cleanup(i.server.Close)
	return i
}

// Options are those of a service with a name that accepts the issuer's tokens.
func (i *Issuer) Options(audience string) resource.Options {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.audience = audience
	return resource.Options{Issuer: i.URL, Audiences: []string{audience}}
}

// Token signs an access token with a scope, for 15 minutes, meant for the service that Options
// named last.
func (i *Issuer) Token(scopes ...string) string { return i.TokenWith(nil, scopes...) }

// TokenWith is Token with other claims than usual; a nil one is left out.
func (i *Issuer) TokenWith(claims map[string]any, scopes ...string) string {
	i.tb.Helper()
	i.mu.Lock()
	defer i.mu.Unlock()
	now := time.Now().Unix()
	all := jwt.MapClaims{
		"iss": i.URL, "sub": Account, "aud": i.audience, "client_id": Client, "gid": Grant, "jti": rand.Text(),
		"iat": now, "exp": now + 900, "scope": strings.Join(scopes, " "),
	}
	maps.Copy(all, claims)
	maps.DeleteFunc(all, func(_ string, value any) bool { return value == nil })
	token := jwt.NewWithClaims(jwt.SigningMethodES256, all)
	token.Header["typ"], token.Header["kid"] = "at+jwt", i.kid
	text, err := token.SignedString(i.private)
	if err != nil {
		i.tb.Fatal(err)
	}
	return text
}

// Close ends the issuer before the test does, as if it were away.
func (i *Issuer) Close() { i.server.Close() }

func (i *Issuer) publicKey() map[string]string {
	point, err := i.private.PublicKey.Bytes()
	if err != nil {
		i.tb.Error(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return map[string]string{
		"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": i.kid, "x": encode(point[1:33]), "y": encode(point[33:]),
	}
}

func (i *Issuer) write(w http.ResponseWriter, document any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(document); err != nil {
		i.tb.Error(err)
	}
}
