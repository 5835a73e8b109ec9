package httpapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/httpapi"
	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

func TestDiscovery(t *testing.T) {
	req.Covers(t, "R-006", "R-072", "R-079", "R-213", "R-214")
	r := newRig(t)
	openID, server := r.do(get(t, "/.well-known/openid-configuration")), r.do(get(t, "/.well-known/oauth-authorization-server"))
	if diff := cmp.Diff(decode(t, openID), decode(t, server)); diff != "" {
		t.Errorf("the two documents differ:\n%s", diff)
	}
	doc := decode(t, openID)
	for member, want := range map[string]any{
		"issuer":                           issuer,
		"token_endpoint":                   issuer + "/api/oauth/token",
		"code_challenge_methods_supported": []any{"S256"},
		"authorization_response_iss_parameter_supported": true,
	} {
		if diff := cmp.Diff(want, doc[member]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", member, diff)
		}
	}
	for member, value := range doc {
		if strings.HasSuffix(member, "_endpoint") || member == "jwks_uri" {
			w := r.do(request(t, "OPTIONS", strings.TrimPrefix(value.(string), issuer)))
			if w.Code == http.StatusNotFound {
				t.Errorf("%s leads nowhere: %s", member, value)
			}
		}
	}
}

func TestDocumentsAreKeptForAWhile(t *testing.T) {
	req.Covers(t, "R-006", "R-215")
	r := newRig(t)
	for path, lifetime := range map[string]string{
		"/.well-known/openid-configuration":         "public, max-age=3600",
		"/.well-known/oauth-authorization-server":   "public, max-age=3600",
		"/.well-known/oauth-protected-resource":     "public, max-age=3600",
		"/.well-known/oauth-protected-resource/api": "public, max-age=3600",
		"/api/oauth/jwks":                           "public, max-age=900",
		"/api/openapi.json":                         "public, max-age=3600",
		"/api/asyncapi.yaml":                        "public, max-age=3600",
	} {
		t.Run(path, func(t *testing.T) {
			w := r.do(get(t, path))
			answers(t, w, http.StatusOK)
			mediaType := "application/json"
			if strings.HasSuffix(path, ".yaml") {
				mediaType = "application/yaml"
			}
			got := []string{w.Header().Get("Cache-Control"), w.Header().Get("Pragma"), w.Header().Get("Content-Type")}
			if diff := cmp.Diff([]string{lifetime, "", mediaType}, got); diff != "" {
				t.Errorf("Cache-Control, Pragma, Content-Type (-want +got):\n%s", diff)
			}
			again := r.do(header(get(t, path), "If-None-Match", w.Header().Get("ETag")))
			if again.Code != http.StatusNotModified || again.Body.Len() > 0 {
				t.Errorf("again: %d with %d bytes", again.Code, again.Body.Len())
			}
			changed := r.do(header(get(t, path), "If-None-Match", `"other"`))
			answers(t, changed, http.StatusOK)
			answers(t, r.do(request(t, http.MethodHead, path)), http.StatusOK)
		})
	}
}

func TestKeySet(t *testing.T) {
	req.Covers(t, "R-215", "R-216", "R-218")
	r := newRig(t)
	kids := func() map[string]bool {
		var set struct {
			Keys []map[string]any `json:"keys"`
		}
		must(t, json.Unmarshal(r.do(get(t, "/api/oauth/jwks")).Body.Bytes(), &set))
		found := map[string]bool{}
		for _, k := range set.Keys {
			if k["d"] != nil || k["p"] != nil || found[k["kid"].(string)] {
				t.Errorf("key %v", k)
			}
			found[k["kid"].(string)] = true
		}
		return found
	}
	before := kids()
	kid, err := r.keys.Rotate(t.Context(), oauth.ES256)
	must(t, err)
	_, err = r.keys.Install(t.Context())
	must(t, err)
	after := kids()
	if len(before) != 2 || len(after) != 3 || !after[kid] {
		t.Errorf("before %v, after %v, new %s", before, after, kid)
	}
}

func TestProtectedResources(t *testing.T) {
	req.Covers(t, "R-219")
	r := newRig(t)
	for path, resource := range map[string]string{"": issuer, "/api": issuer + "/api"} {
		w := r.do(get(t, "/.well-known/oauth-protected-resource"+path))
		if got := field(t, w, "resource"); got != resource {
			t.Errorf("%s describes %s", path, got)
		}
	}
	for _, path := range []string{"/foo", "/api/", "/api/more", "/mcp/sse"} {
		wants(t, r.do(get(t, "/.well-known/oauth-protected-resource"+path)), http.StatusNotFound, "not_found")
	}
}

func TestIssuerWithPath(t *testing.T) {
	req.Covers(t, "R-213", "R-012")
	for name, tc := range map[string]struct {
		path, token string
	}{
		"any path":           {"/tenant", "/tenant/api/oauth/token"},
		"a path that is api": {"/api", "/api/oauth/token"},
		"a path ending so":   {"/tenant/api", "/tenant/api/oauth/token"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, func(c *httpapi.Config, _ *httpapi.Roles) {
				own := *c.Server
				own.Issuer = issuer + tc.path
				c.Server = &own
			})
			for _, at := range []string{
				"/.well-known/openid-configuration" + tc.path, "/.well-known/oauth-authorization-server" + tc.path,
				tc.path + "/.well-known/openid-configuration",
			} {
				w := r.do(get(t, at))
				answers(t, w, http.StatusOK)
				if field(t, w, "issuer") != issuer+tc.path || field(t, w, "token_endpoint") != issuer+tc.token {
					t.Errorf("%s: %s", at, w.Body)
				}
			}
			wants(t, r.do(post(t, tc.token, "grant_type=password")), http.StatusBadRequest, "unsupported_grant_type")
			w := r.do(get(t, "/.well-known/oauth-protected-resource"+tc.path+"/api"))
			answers(t, w, http.StatusOK)
		})
	}
}

func TestDescriptionsAreServed(t *testing.T) {
	bare := newRig(t, func(c *httpapi.Config, _ *httpapi.Roles) { c.AsyncAPI = nil })
	wants(t, bare.do(get(t, "/api/asyncapi.yaml")), http.StatusNotFound, "not_found")
	r := newRig(t)
	doc := decode(t, r.do(get(t, "/api/openapi.json")))
	if doc["openapi"] != "3.1.0" || doc["paths"].(map[string]any)["/api/oauth/token"] == nil {
		t.Errorf("the description is %v", doc["openapi"])
	}
}
