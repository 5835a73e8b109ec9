package httpapi

import (
	"context"

	"github.com/gin-gonic/gin"

	"writ/application/issue"
	"writ/domain/client"
	"writ/domain/oauth"
)

// tokenEndpoint serves RFC 6749 §3.2, with the device grant of RFC 8628 §3.4.
type tokenEndpoint struct {
	uc      UseCases
	clients authenticator
	refuse  refusals
}

// tokens is a successful answer (RFC 6749 §5.1).
type tokens struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int64  `json:"expires_in"` // seconds
	Scope        string `json:"scope"`
	IDToken      string `json:"id_token,omitempty"`
	RefreshToken string `json:"refresh_token,omitempty"`
}

func (e *tokenEndpoint) issue(c *gin.Context) {
	t, err := e.exchange(c)
	if err != nil {
		e.refuse.protocol(c, err)
		return
	}
	told := tokens{
		AccessToken: t.Access.Reveal(), TokenType: "Bearer", ExpiresIn: int64(t.ExpiresIn.Seconds()),
		Scope: string(t.Scope), IDToken: t.ID.Reveal(),
	}
	if !t.Refresh.IsZero() {
		told.RefreshToken = t.Refresh.Reveal()
	}
	answer(c, &told)
}

func (e *tokenEndpoint) exchange(c *gin.Context) (t issue.Tokens, err error) {
	f, err := readForm(c)
	if err != nil {
		return t, err
	}
	run, err := exchangeFor(f)
	if err != nil {
		return t, err
	}
	visitOf(c).grant = f.value("grant_type")
	err = e.clients.as(c, f, func(cred client.Credentials) (err error) {
		t, err = run(e, c.Request.Context(), f, cred)
		return err
	})
	return t, err
}

// exchange trades one kind of credential for tokens.
type exchange func(e *tokenEndpoint, ctx context.Context, f form, cred client.Credentials) (issue.Tokens, error)

var errGrantType = oauth.Refuse(oauth.UnsupportedGrantType, "this grant type is not supported")

// exchangeFor finds the exchange of a grant type, and checks that what it trades is there.
func exchangeFor(f form) (exchange, error) {
	name, err := f.require("grant_type")
	if err != nil {
		return nil, err
	}
	var run exchange
	switch oauth.GrantType(name) {
	case oauth.AuthorizationCodeGrant:
		run = (*tokenEndpoint).byCode
		_, err = f.require("code")
	case oauth.RefreshTokenGrant:
		run = (*tokenEndpoint).byRefreshToken
		_, err = f.require("refresh_token")
	case oauth.DeviceCodeGrant:
		run = (*tokenEndpoint).byDeviceCode
		_, err = f.require("device_code")
	case oauth.ClientCredentialsGrant:
		run = (*tokenEndpoint).byClientCredentials
	default:
		err = errGrantType
	}
	return run, err
}

func (e *tokenEndpoint) byCode(ctx context.Context, f form, cred client.Credentials) (issue.Tokens, error) {
	return e.uc.ByAuthorizationCode.Execute(ctx, issue.AuthorizationCodeCommand{
		Client: cred, Code: f.value("code"), Redirect: oauth.RedirectURI(f.value("redirect_uri")),
		Verifier: oauth.CodeVerifier(f.value("code_verifier")), Resources: f.resources,
	})
}

func (e *tokenEndpoint) byRefreshToken(ctx context.Context, f form, cred client.Credentials) (issue.Tokens, error) {
	return e.uc.ByRefreshToken.Execute(ctx, issue.RefreshTokenCommand{
		Client: cred, Token: f.value("refresh_token"), Scope: f.value("scope"), Resources: f.resources,
	})
}

func (e *tokenEndpoint) byDeviceCode(ctx context.Context, f form, cred client.Credentials) (issue.Tokens, error) {
	return e.uc.ByDeviceCode.Execute(ctx, issue.DeviceCodeCommand{Client: cred, Code: f.value("device_code")})
}

func (e *tokenEndpoint) byClientCredentials(ctx context.Context, f form, cred client.Credentials) (issue.Tokens, error) {
	return e.uc.ByClientCredentials.Execute(ctx, issue.ClientCredentialsCommand{
		Client: cred, Scope: f.value("scope"), Resources: f.resources,
	})
}
