package authorize

import (
	"encoding/json"
	"fmt"

	"writ/domain/oauth"
)

// Request is an authorization request as it was sent (RFC 6749 §4.1.1, RFC 7636 §4.3, OIDC Core
// §3.1.2.1). An empty parameter is one that was not sent, but for state.
type Request struct {
	Client       oauth.ClientID    `json:"client"`
	Redirect     oauth.RedirectURI `json:"redirect,omitempty"`
	ResponseType string            `json:"response_type,omitempty"`
	Scope        string            `json:"scope,omitempty"`
	State        *string           `json:"state,omitempty"` // nil: not sent
	Nonce        string            `json:"nonce,omitempty"`
	Challenge    string            `json:"challenge,omitempty"`
	Method       string            `json:"method,omitempty"`
	Resources    []string          `json:"resources,omitempty"`
	Prompt       string            `json:"prompt,omitempty"`
	Object       string            `json:"object,omitempty"`       // request
	ObjectURI    string            `json:"object_uri,omitempty"`   // request_uri
	Registration string            `json:"registration,omitempty"` // registration
	Faulty       string            `json:"faulty,omitempty"`       // why the query could not be read, though client and redirect could
}

func (r Request) encode() ([]byte, error) { return json.Marshal(r) }

func decodeRequest(data []byte) (Request, error) {
	var r Request
	err := json.Unmarshal(data, &r)
	if err != nil {
		return r, fmt.Errorf("read a pending request: %w", err)
	}
	return r, nil
}

// checked is a request whose client, redirect URI and parameters were found good.
type checked struct {
	Request
	redirect  oauth.RedirectURI
	scope     oauth.Scope
	challenge oauth.CodeChallenge
}

// wantsOpenID reports whether the request is one of OpenID Connect.
func (r Request) wantsOpenID() bool { return oauth.NewScope(words(r.Scope)...).Has(oauth.OpenID) }
