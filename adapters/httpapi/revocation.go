package httpapi

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"writ/application/revoke"
	"writ/domain/client"
)

// revocationEndpoint serves RFC 7009. The hint is only a hint, and none is needed: a token shows
// what it is.
type revocationEndpoint struct {
	token   *revoke.Token
	clients authenticator
	refuse  refusals
}

func (e revocationEndpoint) revoke(c *gin.Context) {
	f, token, err := readTokenForm(c)
	if err == nil {
		err = e.clients.as(c, f, func(cred client.Credentials) error {
			return e.token.Execute(c.Request.Context(), revoke.TokenCommand{Client: cred, Token: token})
		})
	}
	if err != nil {
		e.refuse.protocol(c, err)
		return
	}
	c.Status(http.StatusOK)
}

// readTokenForm reads a request about one token (RFC 7009 §2.1, RFC 7662 §2.1).
func readTokenForm(c *gin.Context) (f form, token string, err error) {
	f, err = readForm(c)
	if err != nil {
		return f, "", err
	}
	token, err = f.require("token")
	return f, token, err
}
