package httpapi_test

import (
	"net/http"
	"testing"
)

func TestCodeFlow(t *testing.T) {
	r := newRig(t)
	id := r.person("ada")
	web := r.client(webSettings(), "web")
	got := r.browser("ada").grant(web, "openid profile email offline_access CREATE_POST")
	if got["scope"] != "openid profile email offline_access CREATE_POST" || got["refresh_token"] == nil || got["id_token"] == nil {
		t.Fatalf("tokens: %v", got)
	}
	w := r.do(header(get(t, "/api/oauth/userinfo"), "Authorization", "bearer "+got["access_token"].(string)))
	answers(t, w, http.StatusOK)
	if field(t, w, "sub") != id || field(t, w, "email") != "ada@example.org" {
		t.Errorf("claims: %s", w.Body)
	}
}
