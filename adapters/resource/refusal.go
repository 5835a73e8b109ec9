package resource

import (
	"errors"
	"net/http"
	"time"
)

// Why a request is not served; what errors.Is finds in every error of this package.
var (
	ErrNoToken           = errors.New("no access token was sent")
	ErrInvalidRequest    = errors.New("the request carries its access token in a wrong way")
	ErrInvalidToken      = errors.New("the access token is not good here")
	ErrExpired           = errors.New("the access token has expired") // an ErrInvalidToken, too
	ErrInsufficientScope = errors.New("the access token does not allow this")
	ErrUnavailable       = errors.New("access tokens cannot be judged now")
)

// Refusal is why a request is not served, and how that is answered. Every error of this package
// is one.
type Refusal struct {
	Status      int           // 400, 401, 403 or 503
	Code        string        // of RFC 6750 §3.1; empty when no token was sent
	Description string        // for whoever wrote the client
	Scope       []string      // what would be enough
	RetryAfter  time.Duration // when it may be better, with 503

	kind  error
	cause error // for the log
}

// Error says more than the client is told, but never the token.
func (r *Refusal) Error() string {
	if r.cause == nil || r.cause == r.kind { //nolint:errorlint // the very same, not one like it
		return r.kind.Error()
	}
	return r.kind.Error() + ": " + r.cause.Error()
}

// Unwrap gives the kind of the refusal, such as ErrInvalidToken, and its cause.
func (r *Refusal) Unwrap() []error {
	if r.cause == nil {
		return []error{r.kind}
	}
	return []error{r.kind, r.cause}
}

func noToken() *Refusal { return &Refusal{Status: http.StatusUnauthorized, kind: ErrNoToken} }

func badRequest(why string) *Refusal {
	return &Refusal{
		Status: http.StatusBadRequest, Code: "invalid_request", Description: why,
		kind: ErrInvalidRequest, cause: errors.New(why),
	}
}

// invalid tells the client no more than what it can act on: which check failed helps a forger.
func invalid(cause error) *Refusal {
	r := &Refusal{Status: http.StatusUnauthorized, Code: "invalid_token", kind: ErrInvalidToken, cause: cause}
	switch {
	case errors.Is(cause, ErrExpired):
		r.Description = "The access token has expired."
	case errors.Is(cause, ErrRevoked):
		r.Description = "The access token was revoked."
	default:
		r.Description = "The access token is not good here."
	}
	return r
}

func insufficient(scopes []string) *Refusal {
	return &Refusal{
		Status: http.StatusForbidden, Code: "insufficient_scope", Description: "The access token does not allow this.",
		Scope: scopes, kind: ErrInsufficientScope,
	}
}

func unavailable(cause error, retryAfter time.Duration) *Refusal {
	return &Refusal{
		Status: http.StatusServiceUnavailable, Code: "temporarily_unavailable",
		Description: "Access tokens cannot be judged now. Yours may be good: keep it, and try again.",
		RetryAfter:  max(retryAfter, time.Second), kind: ErrUnavailable, cause: cause,
	}
}
