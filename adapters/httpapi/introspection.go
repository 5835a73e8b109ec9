package httpapi

import (
	"github.com/gin-gonic/gin"

	"writ/application/introspect"
	"writ/domain/client"
)

// introspectionEndpoint serves RFC 7662.
type introspectionEndpoint struct {
	token   *introspect.Token
	clients authenticator
	issuer  string
	refuse  refusals
}

// introspection is an answer (RFC 7662 §2.2). Of a token that is not live it has active alone.
type introspection struct {
	Active    bool   `json:"active"`
	Scope     string `json:"scope,omitempty"`
	Client    string `json:"client_id,omitempty"`
	Subject   string `json:"sub,omitempty"`
	Expires   int64  `json:"exp,omitempty"`
	IssuedAt  int64  `json:"iat,omitempty"`
	Issuer    string `json:"iss,omitempty"`
	Audience  any    `json:"aud,omitempty"`
	TokenType string `json:"token_type,omitempty"`
	JTI       string `json:"jti,omitempty"`
	Grant     string `json:"gid,omitempty"`
}

func (e introspectionEndpoint) answer(c *gin.Context) {
	var found introspect.Answer
	f, token, err := readTokenForm(c)
	if err == nil {
		err = e.clients.as(c, f, func(cred client.Credentials) (err error) {
			found, err = e.token.Execute(c.Request.Context(), introspect.TokenQuery{Client: cred, Token: token})
			return err
		})
	}
	if err != nil {
		e.refuse.protocol(c, err)
		return
	}
	answer(c, e.introspectionOf(found))
}

func (e introspectionEndpoint) introspectionOf(a introspect.Answer) *introspection {
	if !a.Active {
		return &introspection{}
	}
	return &introspection{
		Active: true, Scope: string(a.Scope), Client: string(a.Client), Subject: a.Subject,
		Expires: a.Expires, IssuedAt: a.IssuedAt, Issuer: e.issuer, Audience: a.Audience,
		TokenType: a.TokenType, JTI: a.JTI, Grant: a.Grant,
	}
}
