package authorize

import (
	"errors"

	"writ/domain/oauth"
)

// Outcome is what becomes of an authorization request. Exactly one field is set.
type Outcome struct {
	Location string       // the authorization response, a URL of the client
	SignIn   *SignIn      // a person has to sign in first
	Consent  oauth.Opaque // a person has to decide on the request with this id
}

// SignIn says how a person is to sign in, and how the request goes on then.
type SignIn struct {
	RequestID string // goes on with the request; empty: the same request is to be made again
	Prompt    string // "login": also who is signed in already; "select_account": or choose to go on; or empty
	ACR       string // the authentication context that the client asks for, or empty
}

// response is the URL of an authorization response, with the issuer (RFC 9207 §2) and with the
// state exactly as it was sent.
func (r Request) response(issuer string, redirect oauth.RedirectURI, pairs ...string) string {
	if r.State != nil {
		pairs = append(pairs, "state", *r.State)
	}
	return redirect.With(append(pairs, "iss", issuer)...)
}

// errorResponse sends a refusal to the redirect URI (RFC 6749 §4.1.2.1). Anything that is not a
// refusal is returned as it is.
func (r Request) errorResponse(issuer string, redirect oauth.RedirectURI, err error) (Outcome, error) {
	var refusal *oauth.Error
	if !errors.As(err, &refusal) {
		return Outcome{}, err
	}
	return Outcome{Location: r.response(issuer, redirect,
		"error", string(refusal.Code), "error_description", refusal.Reason)}, nil
}
