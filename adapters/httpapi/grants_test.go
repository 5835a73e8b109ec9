package httpapi_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/ports/portstest/req"
)

func TestAuthorisedApplications(t *testing.T) {
	req.Covers(t, "R-116", "R-258")
	r := newRig(t)
	id := r.person("ada")
	r.person("eve")
	web, native := r.client(webSettings(), "web"), r.client(publicSettings(), "native")
	ada, eve := r.browser("ada"), r.browser("eve")
	refresh := form("grant_type", "refresh_token", "refresh_token", ada.grant(web, "openid offline_access")["refresh_token"].(string))
	got := r.tokens(web, refresh)
	list := decode(t, ada.do(get(t, "/api/auth/oauth/tokens")))
	rows := list["tokens"].([]any)
	if len(rows) != 1 {
		t.Fatalf("a grant that was refreshed has %d rows", len(rows))
	}
	row := rows[0].(map[string]any)
	grant := row["id"].(string)
	want := map[string]any{
		"id": grant, "createdAt": "2026-11-21T12:00:00Z", "oauth_client_id": row["oauth_client_id"], "client_id": "web", "client_name": "Web",
		"account_id": id, "scope": "openid offline_access", "expires_at": "2026-12-21T12:00:00Z",
	}
	delete(row, "last_used_at") // stamps are written in the background
	if diff := cmp.Diff(want, row); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	answers(t, eve.do(request(t, http.MethodDelete, "/api/auth/oauth/tokens/"+grant)), http.StatusBadRequest)
	for _, unknown := range []string{"x", "%00", "%27%20OR%201=1--", strings.Repeat("a", 400)} {
		wants(t, ada.do(request(t, http.MethodDelete, "/api/auth/oauth/tokens/"+unknown)), http.StatusBadRequest, "invalid_request")
	}
	for range 2 {
		answers(t, ada.do(request(t, http.MethodDelete, "/api/auth/oauth/tokens/"+grant)), http.StatusNoContent)
	}
	refresh.Set("refresh_token", got["refresh_token"].(string))
	wants(t, r.do(web.as(t, "/api/oauth/token", refresh)), http.StatusBadRequest, "invalid_grant")
	answers(t, r.do(header(get(t, "/api/oauth/userinfo"), "Authorization", "Bearer "+got["access_token"].(string))), http.StatusOK)
	for range 51 {
		ada.grant(native, "openid")
	}
	page := func(number string) map[string]any {
		p := decode(t, ada.do(get(t, "/api/auth/oauth/tokens?page="+number)))
		delete(p, "tokens")
		return p
	}
	first := map[string]any{"page_size": 50.0, "results": 50.0, "total_pages": 2.0, "current_page": 1.0, "next_page": 2.0}
	for _, number := range []string{"", "0", "-3", "x", "1"} {
		if diff := cmp.Diff(first, page(number)); diff != "" {
			t.Errorf("page %q (-want +got):\n%s", number, diff)
		}
	}
	if diff := cmp.Diff(map[string]any{"page_size": 50.0, "results": 1.0, "total_pages": 2.0, "current_page": 2.0}, page("2")); diff != "" {
		t.Errorf("last page (-want +got):\n%s", diff)
	}
	beyond := strconv.Itoa(1 << 40)
	if got := page(beyond); got["results"] != 0.0 {
		t.Errorf("page %s: %v", beyond, got)
	}
	empty := decode(t, eve.do(get(t, "/api/auth/oauth/tokens")))
	if diff := cmp.Diff(map[string]any{"page_size": 50.0, "results": 0.0, "total_pages": 0.0, "current_page": 1.0, "tokens": []any{}}, empty); diff != "" {
		t.Errorf("nothing (-want +got):\n%s", diff)
	}
}

func TestSigningInAndOut(t *testing.T) {
	req.Covers(t, "R-084", "R-092", "R-016")
	r := newRig(t)
	id := r.person("ada")
	w := r.signIn("ADA", password)
	c := w.Result().Cookies()[0]
	got := map[string]any{
		"id": field(t, w, "id"), "name": c.Name, "secure": c.Secure, "httpOnly": c.HttpOnly, "lax": c.SameSite == http.SameSiteLaxMode,
		"path": c.Path, "domain": c.Domain,
	}
	want := map[string]any{"id": id, "name": "__Host-writ_session", "secure": true, "httpOnly": true, "lax": true, "path": "/", "domain": ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if again := r.signIn("ada", password).Result().Cookies()[0]; again.Value == c.Value {
		t.Error("the session did not change")
	}
	bodies := map[string]bool{}
	for _, handle := range []string{"ada", "nobody", "not a handle!"} {
		w := r.signIn(handle, "wrong")
		wants(t, w, http.StatusUnauthorized, "invalid_credentials")
		bodies[strings.Replace(w.Body.String(), w.Header().Get("X-Request-Id"), "", 1)] = true
	}
	if len(bodies) != 1 {
		t.Errorf("refusals tell why: %v", bodies)
	}
	b := browser{r, c}
	answers(t, b.do(get(t, "/api/auth/oauth/tokens")), http.StatusOK)
	out := b.do(request(t, http.MethodPost, "/api/auth/logout"))
	if left := out.Result().Cookies(); out.Code != http.StatusNoContent || len(left) == 0 || left[0].MaxAge >= 0 {
		t.Errorf("logout: %d %v", out.Code, out.Header())
	}
	wants(t, b.do(get(t, "/api/auth/oauth/tokens")), http.StatusUnauthorized, "unauthenticated")
	answers(t, r.do(request(t, http.MethodPost, "/api/auth/logout")), http.StatusNoContent)
	for range 5 {
		r.signIn("ada", "wrong")
	}
	limited := r.signIn("ada", password)
	wants(t, limited, http.StatusTooManyRequests, "too_many_requests")
	if limited.Header().Get("Retry-After") == "" {
		t.Error("it is not said for how long")
	}
}
