package authorize

import (
	"encoding/json"
	"fmt"
	"time"

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
	MaxAge       string            `json:"max_age,omitempty"`
	ACRValues    string            `json:"acr_values,omitempty"`
	LoginHint    string            `json:"login_hint,omitempty"`
	IDTokenHint  oauth.Secret      `json:"-"` // what it says is kept, not the token
	UILocales    string            `json:"ui_locales,omitempty"`
	Object       string            `json:"object,omitempty"`       // request
	ObjectURI    string            `json:"object_uri,omitempty"`   // request_uri
	Registration string            `json:"registration,omitempty"` // registration
	Faulty       string            `json:"faulty,omitempty"`       // why the query could not be read, though client and redirect could
}

// kept is a request while it waits for a person.
type kept struct {
	Request
	// Waits says that somebody is to sign in first, and that nothing may be decided before the
	// authorization endpoint has seen who did.
	Waits bool `json:"waits,omitempty"`
	// Began and Session are when it began to wait, and who was signed in then.
	Began   time.Time `json:"began,omitzero"`
	Session string    `json:"session,omitempty"`
	Hint    hint      `json:"hint,omitzero"`
	// Decides is the id of what is decided, when it is not the request's own: it waited under that.
	Decides string `json:"decides,omitempty"`
}

func (k kept) encode() ([]byte, error) { return json.Marshal(k) }

func decodeKept(data []byte) (kept, error) {
	var k kept
	err := json.Unmarshal(data, &k)
	if err != nil {
		return k, fmt.Errorf("read a pending request: %w", err)
	}
	return k, nil
}

// checked is a request whose client, redirect URI and parameters were found good.
type checked struct {
	Request
	redirect  oauth.RedirectURI
	scope     oauth.Scope
	challenge oauth.CodeChallenge
	maxAge    time.Duration // when MaxAge was sent
	hint      hint
}

// wantsOpenID reports whether the request is one of OpenID Connect.
func (r Request) wantsOpenID() bool { return oauth.NewScope(words(r.Scope)...).Has(oauth.OpenID) }
