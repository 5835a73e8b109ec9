package describe_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/eventsourcing/ledgertest"
	"writ/application/describe"
	"writ/ports/portstest/req"
)

func TestTheServerDescribesItself(t *testing.T) {
	req.Covers(t, "R-072", "R-079")
	w := ledgertest.New(t)
	data, err := json.Marshal(describe.Server(w.Server, "https://op.example/api"))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]any{
		"issuer": "https://op.example", "authorization_endpoint": "https://op.example/api/oauth/authorize",
		"token_endpoint": "https://op.example/api/oauth/token", "jwks_uri": "https://op.example/api/oauth/jwks",
		"revocation_endpoint":              "https://op.example/api/oauth/revoke",
		"introspection_endpoint":           "https://op.example/api/oauth/introspect",
		"response_types_supported":         []any{"code"},
		"code_challenge_methods_supported": []any{"S256"},
		"subject_types_supported":          []any{"public"},
		"request_parameter_supported":      false, "request_uri_parameter_supported": false, "claims_parameter_supported": false,
		"authorization_response_iss_parameter_supported": true,
	} {
		if diff := cmp.Diff(want, got[field]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", field, diff)
		}
	}
	for field, value := range got {
		if list, is := value.([]any); value == nil || is && len(list) == 0 {
			t.Errorf("%s is empty", field)
		}
	}
}

func TestAdministratorIsNotOffered(t *testing.T) {
	w := ledgertest.New(t)
	scopes := describe.Server(w.Server, "https://op.example/api").Scopes
	if slices.Contains(scopes, "ADMINISTRATOR") || !slices.Contains(scopes, "openid") || len(scopes) != 6+33 {
		t.Errorf("the scopes are %v", scopes)
	}
	api, _ := describe.ProtectedResource(w.Server, "/api")
	if slices.Contains(api.Scopes, "ADMINISTRATOR") {
		t.Errorf("the scopes are %v", api.Scopes)
	}
	if !w.Server.Vocabulary.Everything().Has("ADMINISTRATOR") {
		t.Error("describing the server changed its vocabulary")
	}
}

func TestOnlyTheIssuerAndItsAPIAreResources(t *testing.T) {
	w := ledgertest.New(t)
	for suffix, want := range map[string]string{"": "https://op.example", "/api": "https://op.example/api", "/other": "", "/api/": "", "//evil": ""} {
		r, ok := describe.ProtectedResource(w.Server, suffix)
		if ok != (want != "") || r.Resource != want {
			t.Errorf("%q is described as %+v, %v", suffix, r, ok)
		}
		if ok && !slices.Equal(r.Servers, []string{"https://op.example"}) {
			t.Errorf("%q has the servers %v", suffix, r.Servers)
		}
	}
}
