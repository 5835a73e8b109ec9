package httpapi_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"testing"

	"writ/adapters/httpapi"
	"writ/adapters/metrics"
	"writ/application/introspect"
	"writ/application/issue"
	"writ/domain/client"
	"writ/domain/oauth"
)

// asServed is a rig as the program is made: it counts in real metrics and logs no requests.
func asServed(_ *httpapi.Config, roles *httpapi.Roles) {
	roles.Observer, roles.Log = metrics.New("test"), slog.New(slog.DiscardHandler)
}

// load is one request that can be made again and again, and the use case that it runs by itself.
type load struct {
	name  string
	made  *http.Request
	body  string
	alone func(context.Context) error // nil: there is none
}

// loads are the requests that servers of tokens get most, over a store that stands still.
func loads(tb testing.TB) (*rig, []load) {
	tb.Helper()
	r := newRig(tb, asServed)
	r.frozen.eraless = true
	r.person("ada")
	web := r.client(webSettings(), "web")
	held := r.browser("ada").grant(web, "openid profile email offline_access")
	access, refresh := held["access_token"].(string), held["refresh_token"].(string)
	r.frozen.freeze()
	cred := client.Credentials{ID: "web", Method: oauth.AuthClientSecretBasic, Secret: oauth.Secret(web.secret)}
	posted := func(path string, v url.Values) (*http.Request, string) { return web.as(tb, path, v), v.Encode() }
	var all []load
	add := func(name string, made *http.Request, body string, alone func(context.Context) error) {
		all = append(all, load{name, made, body, alone})
	}
	made, body := posted("/api/oauth/token", form("grant_type", "client_credentials", "scope", "CREATE_POST"))
	add("ClientCredentials", made, body, func(ctx context.Context) error {
		_, err := r.uses.ByClientCredentials.Execute(ctx, issue.ClientCredentialsCommand{Client: cred, Scope: "CREATE_POST"})
		return err
	})
	made, body = posted("/api/oauth/token", form("grant_type", "refresh_token", "refresh_token", refresh, "scope", "email"))
	add("Refresh", made, body, func(ctx context.Context) error {
		_, err := r.uses.ByRefreshToken.Execute(ctx, issue.RefreshTokenCommand{Client: cred, Token: refresh, Scope: "email"})
		return err
	})
	made, body = posted("/api/oauth/introspect", form("token", access))
	add("Introspection", made, body, func(ctx context.Context) error {
		_, err := r.uses.Introspect.Execute(ctx, introspect.TokenQuery{Client: cred, Token: access})
		return err
	})
	add("UserInfo", header(get(tb, "/api/oauth/userinfo"), "Authorization", "Bearer "+access), "", func(ctx context.Context) error {
		_, err := r.uses.UserInfo.Execute(ctx, introspect.UserInfoQuery{Token: oauth.Secret(access)})
		return err
	})
	add("Discovery", get(tb, "/.well-known/openid-configuration"), "", nil)
	add("KeySet", get(tb, "/api/oauth/jwks"), "", nil)
	made, body = posted("/api/oauth/token", form())
	add("InvalidRequest", made, body, nil)
	return r, all
}

// wire stands for a connection: it keeps nothing but the status, and allocates nothing.
type wire struct {
	header http.Header
	status int
	body   bytes.Reader
}

func newWire() *wire { return &wire{header: http.Header{}} }

func (w *wire) Header() http.Header         { return w.header }
func (w *wire) WriteHeader(status int)      { w.status = status }
func (w *wire) Write(b []byte) (int, error) { return len(b), nil }
func (w *wire) Read(b []byte) (int, error)  { return w.body.Read(b) }
func (w *wire) Close() error                { return nil }

// send makes the request once more.
func (w *wire) send(h http.Handler, l load) int {
	clear(w.header)
	w.status = http.StatusOK
	w.body.Reset([]byte(l.body))
	sent := *l.made
	sent.Body = w
	h.ServeHTTP(w, &sent)
	return w.status
}

func BenchmarkEndpoints(b *testing.B) {
	r, all := loads(b)
	for _, l := range all {
		b.Run(l.name, func(b *testing.B) {
			w := newWire()
			perRequest(b, func() {
				if status := w.send(r.handler, l); status >= http.StatusInternalServerError {
					b.Fatalf("status %d", status)
				}
			})
		})
	}
}

// BenchmarkUseCases is what of BenchmarkEndpoints lies behind the endpoint.
func BenchmarkUseCases(b *testing.B) {
	_, all := loads(b)
	for _, l := range all {
		if l.alone == nil {
			continue
		}
		b.Run(l.name, func(b *testing.B) {
			perRequest(b, func() { must(b, l.alone(b.Context())) })
		})
	}
}

// TestAllocationBudgets bounds what an endpoint allocates beside its use case: reading the request
// and writing the answer. Allocations are exact where time is not; under the race detector pools
// forget at random, for which there is some room.
func TestAllocationBudgets(t *testing.T) {
	budgets := map[string]float64{
		"ClientCredentials": 30, "Refresh": 42, "Introspection": 28, "UserInfo": 20, "Discovery": 8, "KeySet": 9, "InvalidRequest": 26,
	}
	r, all := loads(t)
	for _, l := range all {
		w, alone := newWire(), 0.0
		whole := testing.AllocsPerRun(100, func() { w.send(r.handler, l) })
		if l.alone != nil {
			alone = testing.AllocsPerRun(100, func() { must(t, l.alone(t.Context())) })
		}
		if got := whole - alone; got > budgets[l.name] {
			t.Errorf("%s: %v allocations, of %v", l.name, got, budgets[l.name])
		} else {
			t.Logf("%s: %v allocations, and %v of the use case", l.name, got, alone)
		}
	}
}
