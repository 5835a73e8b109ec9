package issue

import (
	"context"
	"errors"

	"writ/domain/account"
	"writ/domain/authorization"
	"writ/domain/client"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/ports"
)

// AuthorizationCodeCommand redeems a code (RFC 6749 §4.1.3, RFC 7636 §4.5).
type AuthorizationCodeCommand struct {
	Client    client.Credentials
	Code      string
	Redirect  oauth.RedirectURI
	Verifier  oauth.CodeVerifier
	Resources []string
}

// ByAuthorizationCode issues tokens for authorization codes.
type ByAuthorizationCode struct {
	ledger ports.Ledger
	desk   desk
	clock  ports.Clock
}

// NewByAuthorizationCode wires the use case.
func NewByAuthorizationCode(l ports.Ledger, s *oauth.Server, k oauth.TokenKeys, signer ports.Signer, c ports.Clock, e ports.Entropy) *ByAuthorizationCode {
	return &ByAuthorizationCode{ledger: l, desk: desk{mint{s, signer}, k, e}, clock: c}
}

// Execute redeems the code and opens the grant of the same id in one commit. A replay revokes the
// grant that the code has opened (RFC 6749 §4.1.2); so do all but the first of parallel requests.
func (uc *ByAuthorizationCode) Execute(ctx context.Context, cmd AuthorizationCodeCommand) (Tokens, error) {
	presented, _ := uc.desk.keys.Parse(oauth.AuthorizationCode, cmd.Code)
	code, g := authorization.Named(presented.ID()), grant.Named(presented.ID())
	c, a := client.Named(cmd.Client.ID), account.Named("")
	return uc.desk.mint.issue(ctx, uc.ledger, func() (Tokens, order, error) {
		at := uc.clock.Now()
		err := uc.desk.mint.mayUse(c, cmd.Client, oauth.AuthorizationCodeGrant, at)
		if err != nil {
			return Tokens{}, order{}, err
		}
		left, obstacle := uc.desk.left(c, a, approvalOf(code, cmd.Resources), at)
		err = code.Redeem(authorization.Redemption{
			Client: c.ClientID(), Code: presented, Redirect: cmd.Redirect, Verifier: cmd.Verifier, Obstacle: obstacle, At: at,
		})
		if errors.Is(err, authorization.ErrReplayed) {
			g.ReplayCode(at)
		}
		if err != nil {
			return Tokens{}, order{}, err
		}
		return uc.desk.open(g, c, a, left, at)
	}, code, g, c, a)
}

func approvalOf(code *authorization.Authorization, wanted []string) approval {
	approved := code.Approval()
	return approval{
		via: oauth.AuthorizationCodeGrant, session: approved.Session, key: approved.Key, scope: approved.Scope,
		resources: approved.Resources, wanted: wanted,
		authTime: approved.AuthTime, amr: approved.AMR, nonce: approved.Nonce,
	}
}
