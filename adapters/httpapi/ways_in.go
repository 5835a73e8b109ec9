package httpapi

import (
	"errors"
	"net/http"

	"writ/application/maintain"
	"writ/application/signin"
	"writ/domain/account"
	"writ/domain/passkey"
	"writ/domain/session"
)

// What is refused around passkeys, other providers and access keys, as it is told to people.
var (
	errStale        = &problem{http.StatusForbidden, "sign_in_again", "You signed in a while ago.", "Sign in again, then try once more."}
	errPasskey      = &problem{http.StatusUnauthorized, "invalid_passkey", "The passkey could not be checked.", "Begin again, or sign in another way."}
	errPasskeyMade  = &problem{http.StatusBadRequest, "invalid_passkey", "The passkey could not be checked.", "Begin again."}
	errPasskeyCopy  = &problem{http.StatusForbidden, "passkey_copied", "This passkey may have been copied, so it is not accepted any more.", "Sign in another way, remove it and register a new one."}
	errPasskeyKnown = &problem{http.StatusConflict, "already_registered", "This passkey is registered already.", "Use another device or another account of it."}
	errPasskeyMany  = &problem{http.StatusConflict, "too_many", "You have as many passkeys as one can have.", "Remove one that you do not use any more."}
	errPasskeyNone  = &problem{http.StatusNotFound, "not_found", "You have no such passkey.", "Load the list again."}
	errNoPasskeys   = &problem{http.StatusNotFound, "passkeys_unavailable", "Passkeys do not work on this server, because its address is no name.", "Sign in another way."}
	errNoUpstream   = &problem{http.StatusNotFound, "not_found", "There is no such provider.", "Choose another way to sign in."}
	errUpstream     = &problem{http.StatusForbidden, "not_proven", "The other provider did not tell us who you are.", "Begin again, or sign in another way."}
	errLinkFirst    = &problem{http.StatusConflict, "sign_in_and_link", "You already have an account with this e-mail address.", "Sign in to it another way first, then link the provider in your account."}
	errNoNewcomers  = &problem{http.StatusForbidden, "sign_up_closed", "No account here is linked to this, and new ones are not taken.", "Sign in another way, or ask whoever runs this server."}
	errLinkedElse   = &problem{http.StatusConflict, "already_linked", "This is linked to another account.", "Sign in with it to see which, and unlink it there."}
	errNoIdentity   = &problem{http.StatusNotFound, "not_found", "Nothing of this kind is linked to your account.", "Load the list again."}
	errMayNotKeys   = &problem{http.StatusForbidden, "permission_denied", "You may not use personal access keys.", "Ask whoever runs this server for the permission."}
	errNoKey        = &problem{http.StatusNotFound, "not_found", "You have no such access key.", "Load the list again."}
	errManyKeys     = &problem{http.StatusConflict, "too_many", "You have as many access keys as one can have.", "Remove one that you do not use any more."}
	errLastWay      = &problem{http.StatusConflict, "last_way", "This is the only way left for you to sign in.", "Add another way first, such as a password or a second passkey."}
)

// told is what is told of a refusal about ways to sign in; nil when it is another one.
func told(err error) *problem {
	for refusal, p := range map[error]*problem{
		session.ErrStale:       errStale,
		passkey.ErrAnswer:      errPasskeyMade,
		passkey.ErrCloned:      errPasskeyCopy,
		passkey.ErrRegistered:  errPasskeyKnown,
		passkey.ErrTooMany:     errPasskeyMany,
		passkey.ErrUnknown:     errPasskeyNone,
		passkey.ErrUnavailable: errNoPasskeys,
		maintain.ErrLastWay:    errLastWay,

		signin.ErrNoUpstream:      errNoUpstream,
		signin.ErrUpstream:        errUpstream,
		signin.ErrSignInAndLink:   errLinkFirst,
		signin.ErrNoNewcomers:     errNoNewcomers,
		signin.ErrLinkedElsewhere: errLinkedElse,
		maintain.ErrNoIdentity:    errNoIdentity,

		maintain.ErrMayNotUseKeys: errMayNotKeys,
		account.ErrNoKey:          errNoKey,
		account.ErrKeys:           errManyKeys,
	} {
		if errors.Is(err, refusal) {
			return p
		}
	}
	return nil
}

// passkeySignInAs tells a sign-in from a registration: nobody is authenticated.
func passkeySignInAs(err error) error {
	if errors.Is(err, passkey.ErrAnswer) {
		return errPasskey
	}
	return err
}

// waysInEndpoints are those of passkeys, other providers and access keys.
type waysInEndpoints struct {
	passkeySignIn passkeySignInEndpoint
	passkeys      passkeyEndpoint
	accessKeys    accessKeyEndpoint
	upstream      upstreamEndpoint
	identities    identityEndpoint
}

func newWaysInEndpoints(uc UseCases, gate Gate, keeper *gatekeeper, at addresses, refuse refusals) waysInEndpoints {
	own := member{browsers{gate}, refuse}
	return waysInEndpoints{
		passkeySignIn: passkeySignInEndpoint{uc.Passkeys, gate, refuse},
		passkeys:      passkeyEndpoint{own, uc.Passkeys.Own},
		accessKeys:    accessKeyEndpoint{own, uc.Keys.Own},
		upstream:      upstreamEndpoint{uc.Upstream, browsers{gate}, keeper, at, refuse},
		identities:    identityEndpoint{own, uc.Upstream.Own},
	}
}
