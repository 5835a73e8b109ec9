package resource

import (
	"encoding/json"
	"net/http"
)

// Describe serves this service's metadata (RFC 9728 §2), from which a client that knows nothing but
// the address of the service learns where to get tokens, and for which of the scopes. It belongs at
// the URL that Options.Metadata names:
//
//	mux.Handle("GET /.well-known/oauth-protected-resource", verifier.Describe("READ_POSTS", "CREATE_POST"))
//
// The first of Options.Audiences is what the service is called in it, and should be its https URL
// (RFC 9728 §1.2). It panics when one of the scopes cannot be one.
func (v *Verifier) Describe(scopes ...string) http.Handler {
	MustBeScopes(scopes...)
	body, err := json.Marshal(struct {
		Resource string   `json:"resource"`
		Servers  []string `json:"authorization_servers"`
		Scopes   []string `json:"scopes_supported,omitempty"`
		Methods  []string `json:"bearer_methods_supported"`
	}{v.options.Audiences[0], []string{v.options.Issuer}, scopes, []string{"header"}})
	if err != nil {
		panic(err) // strings always have a JSON form
	}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "public, max-age=3600")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		_, _ = w.Write(body) // whoever asked may be gone
	})
}
