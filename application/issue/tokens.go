package issue

import (
	"time"

	"writ/domain/oauth"
)

// Tokens is a successful answer of the token endpoint (RFC 6749 §5.1).
type Tokens struct {
	Access    oauth.Secret
	ExpiresIn time.Duration
	Scope     oauth.Scope
	ID        oauth.Secret // an ID token, or empty
	Refresh   oauth.Opaque // the zero value: none
}
