package upstream_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"writ/adapters/upstream"
	"writ/domain/oauth"
	"writ/ports"
	"writ/ports/portstest"
)

const callback = "https://writ.test/api/auth/upstream/other/callback"

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

type clock struct{ at time.Time }

func (c *clock) Now() time.Time { return c.at }

// provider is an OpenID provider on this machine.
type provider struct {
	t        *testing.T
	server   *httptest.Server
	key      *ecdsa.PrivateKey
	signs    *ecdsa.PrivateKey
	codes    map[string]grant
	broken   bool
	metadata map[string]any
	found    int // discoveries
	secrets  []string
}

type grant struct {
	question url.Values
	claims   map[string]any
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{t: t, key: newKey(t), codes: map[string]grant{}}
	p.signs = p.key
	p.server = httptest.NewServer(p)
	t.Cleanup(p.server.Close)
	p.metadata = map[string]any{
		"issuer": p.server.URL, "authorization_endpoint": p.server.URL + "/authorize", "token_endpoint": p.server.URL + "/token",
		"jwks_uri": p.server.URL + "/keys", "userinfo_endpoint": p.server.URL + "/userinfo",
		"id_token_signing_alg_values_supported": []string{"ES256"},
	}
	return p
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (p *provider) SignIn(t *testing.T, address string, claims map[string]any) oauth.Secret {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil || !strings.HasPrefix(address, p.server.URL+"/authorize?") {
		t.Fatalf("the address is %q, %v", address, err)
	}
	code := rand.Text()
	p.codes[code] = grant{u.Query(), claims}
	return oauth.Secret(code)
}

func (p *provider) Forge() { p.signs = newKey(p.t) }
func (p *provider) Break() { p.broken = true }

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p.broken {
		http.Error(w, "away", http.StatusBadGateway)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		p.found++
		p.write(w, p.metadata)
	case "/keys":
		p.write(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}})
	case "/token":
		p.token(w, r)
	case "/userinfo":
		p.write(w, map[string]any{"sub": "17", "email": "told@id.example", "email_verified": r.Header.Get("Authorization") == "Bearer at-told"})
	default:
		http.NotFound(w, r)
	}
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	g, known := p.codes[r.Form.Get("code")]
	delete(p.codes, r.Form.Get("code"))
	_, secret, basic := r.BasicAuth()
	p.secrets = append(p.secrets, map[bool]string{true: "basic ", false: "form "}[basic]+secret+r.Form.Get("client_secret"))
	verifier := oauth.CodeVerifier(r.Form.Get("code_verifier"))
	if !known || !verifier.Answers(oauth.CodeChallenge(g.question.Get("code_challenge"))) || r.Form.Get("redirect_uri") != g.question.Get("redirect_uri") {
		w.WriteHeader(http.StatusBadRequest)
		p.write(w, map[string]any{"error": "invalid_grant"})
		return
	}
	claims := map[string]any{
		"iss": p.server.URL, "sub": "17", "aud": g.question.Get("client_id"), "nonce": g.question.Get("nonce"),
		"iat": noon.Unix(), "exp": noon.Add(time.Hour).Unix(), "email": "",
	}
	maps.Copy(claims, g.claims)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	p.write(w, map[string]any{"access_token": "at-told", "token_type": "Bearer", "id_token": p.sign(claims)})
}

func (p *provider) sign(claims map[string]any) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: p.signs, KeyID: "k"}}, nil)
	if err != nil {
		p.t.Error(err)
	}
	payload, _ := json.Marshal(claims)
	signed, err := signer.Sign(payload)
	if err != nil {
		p.t.Error(err)
	}
	text, _ := signed.CompactSerialize()
	return text
}

func (p *provider) write(w http.ResponseWriter, v any) {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		p.t.Error(err)
	}
}

func (p *provider) parties(c ports.Clock, change ...func(*upstream.Config)) *upstream.Parties {
	p.t.Helper()
	cfg := upstream.Config{
		Callback:  "https://writ.test/api/auth/upstream/{name}/callback",
		Providers: []upstream.Provider{{Name: "other", Label: "The other", Issuer: p.server.URL, ClientID: "writ", ClientSecret: "s3cret"}},
	}
	for _, c := range change {
		c(&cfg)
	}
	ps, err := upstream.New(cfg, c)
	if err != nil {
		p.t.Fatal(err)
	}
	return ps
}

func TestParties(t *testing.T) {
	portstest.Upstreams(t, func(t *testing.T) portstest.UpstreamTrial {
		p := newProvider(t)
		return portstest.UpstreamTrial{
			Upstreams: p.parties(&clock{noon}), Provider: p, Issuer: p.server.URL, ClientID: "writ", Callback: callback,
		}
	})
}

var question = ports.UpstreamQuestion{State: "s", Nonce: "n", Verifier: oauth.CodeVerifier(strings.Repeat("v", 43))}

func signIn(t *testing.T, p *provider, ps *upstream.Parties, claims map[string]any) (ports.UpstreamPerson, error) {
	t.Helper()
	address, err := ps.Ask(t.Context(), "other", question)
	if err != nil {
		return ports.UpstreamPerson{}, err
	}
	return ps.Answer(t.Context(), "other", ports.UpstreamAnswer{Question: question, Code: p.SignIn(t, address, claims)})
}

func TestWhatIsToldAtUserinfoAlone(t *testing.T) {
	p := newProvider(t)
	got, err := signIn(t, p, p.parties(&clock{noon}), nil)
	if err != nil || got.Email != "told@id.example" {
		t.Errorf("got %+v, %v", got, err)
	}
	got, err = signIn(t, p, p.parties(&clock{noon}), map[string]any{"sub": "18"})
	if err != nil || got.Email != "" || got.Subject != "18" {
		t.Errorf("of another subject: got %+v, %v", got, err)
	}
}

func TestDiscoveryIsAskedOnceAnHour(t *testing.T) {
	p, c := newProvider(t), &clock{noon}
	ps := p.parties(c)
	for range 3 {
		_, _ = ps.Ask(t.Context(), "other", question)
	}
	c.at = noon.Add(time.Hour)
	_, _ = ps.Ask(t.Context(), "other", question)
	if p.found != 2 {
		t.Errorf("asked %d times", p.found)
	}
}

func TestAProviderThatIsAwayIsLeftAloneForAWhile(t *testing.T) {
	p, c := newProvider(t), &clock{noon}
	p.metadata["issuer"] = "https://evil.example"
	ps := p.parties(c)
	for range 3 {
		if _, err := ps.Ask(t.Context(), "other", question); err == nil {
			t.Fatal("asked")
		}
	}
	p.metadata["issuer"] = p.server.URL
	c.at = noon.Add(5 * time.Second)
	if _, err := ps.Ask(t.Context(), "other", question); err != nil || p.found != 2 {
		t.Errorf("asked %d times, %v", p.found, err)
	}
}

func TestHowThisServerAuthenticatesThere(t *testing.T) {
	for want, change := range map[string]func(*provider, *upstream.Config){
		"basic s3cret": func(*provider, *upstream.Config) {},
		"form s3cret": func(p *provider, _ *upstream.Config) {
			p.metadata["token_endpoint_auth_methods_supported"] = []string{"client_secret_post"}
		},
		"form ": func(_ *provider, cfg *upstream.Config) { cfg.Providers[0].ClientSecret = "" },
	} {
		p := newProvider(t)
		ps := p.parties(&clock{noon}, func(cfg *upstream.Config) { change(p, cfg) })
		if _, err := signIn(t, p, ps, nil); err != nil || len(p.secrets) != 1 || p.secrets[0] != want {
			t.Errorf("sent %q, want %q: %v", p.secrets, want, err)
		}
	}
}

func TestAProviderThatNamesItselfMustDoSo(t *testing.T) {
	p := newProvider(t)
	p.metadata["authorization_response_iss_parameter_supported"] = true
	ps := p.parties(&clock{noon})
	if _, err := signIn(t, p, ps, nil); !errors.Is(err, ports.ErrUnproven) {
		t.Errorf("got %v", err)
	}
	address, err := ps.Ask(t.Context(), "other", question)
	if err != nil {
		t.Fatal(err)
	}
	_, err = ps.Answer(t.Context(), "other", ports.UpstreamAnswer{Question: question, Code: p.SignIn(t, address, nil), Issuer: p.server.URL})
	if err != nil {
		t.Errorf("got %v", err)
	}
}

func TestMetadataThatIsNotBelieved(t *testing.T) {
	for name, change := range map[string]func(map[string]any){
		"of another issuer":            func(m map[string]any) { m["issuer"] = "https://evil.example" },
		"an endpoint in the open":      func(m map[string]any) { m["token_endpoint"] = "ftp://id.example/token" },
		"an endpoint that is a script": func(m map[string]any) { m["authorization_endpoint"] = "javascript:alert(1)" },
		"no keys":                      func(m map[string]any) { delete(m, "jwks_uri") },
	} {
		p := newProvider(t)
		change(p.metadata)
		if address, err := p.parties(&clock{noon}).Ask(t.Context(), "other", question); err == nil {
			t.Errorf("%s: asked at %q", name, address)
		}
	}
}

func TestNobodyIsSentToASymmetricAlgorithm(t *testing.T) {
	p := newProvider(t)
	p.metadata["id_token_signing_alg_values_supported"] = []string{"HS256", "none"}
	if _, err := signIn(t, p, p.parties(&clock{noon}), nil); !errors.Is(err, ports.ErrUnproven) {
		t.Errorf("got %v", err)
	}
}

// TestConnectionsGoOnlyWhereAProviderMayBe lets a public provider name this machine.
func TestConnectionsGoOnlyWhereAProviderMayBe(t *testing.T) {
	p := newProvider(t)
	port := p.server.URL[strings.LastIndex(p.server.URL, ":"):]
	for host, networks := range map[string][]netip.Prefix{
		"http://127.0.0.1.nip.test" + port:  nil,
		"https://10.0.0.1" + port:           nil,
		"https://[::ffff:127.0.0.1]" + port: nil,
		"https://169.254.169.254":           {netip.MustParsePrefix("10.0.0.0/8")},
		"https://0.0.0.0" + port:            nil,
	} {
		ps := p.parties(&clock{noon}, func(cfg *upstream.Config) { cfg.Providers[0].Issuer, cfg.Networks = host, networks })
		if _, err := ps.Ask(t.Context(), "other", question); err == nil {
			t.Errorf("%s was asked", host)
		}
	}
	if p.found != 0 {
		t.Errorf("this machine was asked %d times", p.found)
	}
}

func TestKeysThatCannotBeFetchedAreAnOutage(t *testing.T) {
	p := newProvider(t)
	p.metadata["jwks_uri"] = p.server.URL + "/nothing"
	if _, err := signIn(t, p, p.parties(&clock{noon}), nil); err == nil || errors.Is(err, ports.ErrUnproven) {
		t.Errorf("got %v", err)
	}
}

func TestSecretsAreNotInErrors(t *testing.T) {
	p := newProvider(t)
	ps := p.parties(&clock{noon})
	_, err := ps.Answer(t.Context(), "other", ports.UpstreamAnswer{Question: question, Code: "c0de-that-nobody-may-see"})
	if err == nil || strings.Contains(err.Error(), "c0de") || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("the error says %v", err)
	}
}
