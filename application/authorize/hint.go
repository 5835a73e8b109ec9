package authorize

import (
	"context"
	"errors"

	"writ/domain/oauth"
	"writ/domain/token"
)

// hint is what an id_token_hint says. The zero value is none.
type hint struct {
	Subject string `json:"sub,omitempty"`
	Foreign bool   `json:"foreign,omitempty"` // the token was given to another client
}

var errHint = oauth.Refuse(oauth.InvalidRequest, "id_token_hint is no ID token of this server")

// hint reads the id_token_hint of a request. A token that has expired still names its person (OIDC
// Core §3.1.2.2).
func (uc *Begin) hint(ctx context.Context, r Request) (hint, error) {
	if r.IDTokenHint == "" {
		return hint{}, nil
	}
	var claims token.IDClaims
	err := uc.verifier.Verify(ctx, r.IDTokenHint.Reveal(), token.IDType, &claims)
	switch {
	case errors.Is(err, oauth.ErrTokenInvalid):
		return hint{}, errHint
	case err != nil:
		return hint{}, err
	case claims.Issuer != uc.server.Issuer, claims.Subject == "":
		return hint{}, errHint
	}
	return hint{Subject: claims.Subject, Foreign: claims.Audience != string(r.Client)}, nil
}

// recallHint puts the hint into r: what it was when the request began to wait, or what its token says.
func (uc *Begin) recallHint(ctx context.Context, r *checked, waited Resumed) (err error) {
	r.hint = waited.kept.Hint
	if waited.token == "" {
		r.hint, err = uc.hint(ctx, r.Request)
	}
	return err
}

// Store keeps a request that was posted, perhaps from another site, where the session cookie is not
// sent. It is nobody's yet. A request whose client and redirect URI do not belong together is
// refused; what else is wrong with it is told to the client when it goes on.
func (uc *Begin) Store(ctx context.Context, r Request) (oauth.Opaque, error) {
	err := uc.answerable(ctx, r)
	if err != nil {
		return oauth.Opaque{}, err
	}
	h, err := uc.hint(ctx, r)
	switch {
	case errors.Is(err, errHint):
		r.Faulty = errHint.Reason
	case err != nil:
		return oauth.Opaque{}, err
	}
	return uc.pending.wait(ctx, kept{Request: r, Hint: h})
}
