package httpapi_test

import (
	"net/http"
	"testing"
	"time"

	"writ/application/administer"
	"writ/domain/client"
	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

// TestB2ASuspendedAccountRenewsNothing: neither a code, nor a refresh token, nor a device code, nor
// what a client of the account gets on its own; nor does the loss of the permission to use clients
// leave refresh alone.
func TestB2ASuspendedAccountRenewsNothing(t *testing.T) {
	req.Covers(t, "R-094", "R-116")
	for name, end := range map[string]func(*rig, string) error{
		"suspended": func(r *rig, id string) error { _, err := r.accounts.Suspend(r.t.Context(), id); return err },
		"without the permission to use clients": func(r *rig, id string) error {
			_, err := r.accounts.SetPermissions(r.t.Context(), id, []string{"CREATE_POST"})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			id := r.person("ada")
			web, native, ada := r.client(webSettings(), "web"), r.client(publicSettings(), "native"), r.browser("ada")
			refresh := form("grant_type", "refresh_token", "refresh_token", ada.grant(web, "openid offline_access")["refresh_token"].(string))
			code, d := ada.code(web, "openid"), r.device(native, "openid")
			answers(t, ada.decideDevice(d.userCode, "approve"), http.StatusOK)
			must(t, end(r, id))
			r.clock.pass(5 * time.Second)
			wants(t, r.do(web.as(t, "/api/oauth/token", web.redeem(code))), http.StatusBadRequest, "invalid_grant")
			wants(t, r.do(web.as(t, "/api/oauth/token", refresh)), http.StatusBadRequest, "invalid_grant")
			wants(t, d.poll(), http.StatusBadRequest, "invalid_grant")
		})
	}
}

// TestB5NoRedirectURIRunsOrBreaks: what a browser would run, or a parser choke on, is not registered
// by anybody, and an authorization request with it is answered by a page, whoever asks.
func TestB5NoRedirectURIRunsOrBreaks(t *testing.T) {
	req.Covers(t, "R-068", "R-047")
	r := newRig(t)
	r.person("ada")
	web, ada := r.client(webSettings(), "web"), r.browser("ada")
	for _, hostile := range []string{
		"javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "about:blank", "blob:x",
		"http://client.test/cb", "https://client.test/cb#fragment", "https://client.test/cb#", "//client.test/cb", "/cb", "https://", "https:", "://",
		"https://user:password@client.test/", "https://client.test/%zz", "https://client.test:port/", "https://[::1", "\x00", "https://client.test/\r\nX: y", "myapp:", "https://*.client.test/",
	} {
		s := webSettings()
		s.RedirectURIs = []oauth.RedirectURI{oauth.RedirectURI(hostile)}
		if _, err := r.clients.Create(t.Context(), administer.NewClient{Settings: s}); err == nil {
			t.Errorf("%q was registered", hostile)
		}
		if _, err := r.clients.Change(t.Context(), web.id, func(s *client.Settings) { s.RedirectURIs = []oauth.RedirectURI{oauth.RedirectURI(hostile)} }); err == nil {
			t.Errorf("%q was registered later", hostile)
		}
		w := ada.do(get(t, "/api/oauth/authorize?"+web.authorization("openid", "redirect_uri", hostile).Encode()))
		if w.Code != http.StatusBadRequest || w.Header().Get("Location") != "" {
			t.Errorf("%q: %d %v", hostile, w.Code, w.Header())
		}
	}
}
