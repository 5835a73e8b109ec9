package httpapi

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"writ/application/signin"
	"writ/domain/account"
)

// callers is a Gate to what a person does in a browser, and a program does with the person's access
// key (RFC 6750 §2.1). Credentials that are sent deliberately go before a cookie, and bad ones are
// refused, never overlooked.
type callers struct {
	Gate

	keys *signin.RecogniseKey
}

var (
	errKey      = &problem{http.StatusUnauthorized, "invalid_token", "The access key is unknown, expired or removed.", "Make a new one in your account."}
	errNotByKey = &problem{http.StatusForbidden, "permission_denied", "This cannot be done with a token.", "Sign in with a browser."}
)

// Recognise implements Gate.
func (w callers) Recognise(c *gin.Context) (signin.Recognised, error) {
	token, err := tokenInHeader(c.Request.Header.Values("Authorization"))
	switch {
	case err == nil && token == "":
		return w.Gate.Recognise(c)
	case err == nil && !strings.HasPrefix(token.Reveal(), account.KeyPrefix):
		return signin.Recognised{}, errNotByKey
	case err == nil:
		var who signin.Recognised
		who, err = w.keys.Execute(c.Request.Context(), signin.KeyCommand{Key: token, Source: c.ClientIP()})
		if err == nil || !errors.Is(err, signin.ErrKey) {
			return who, err
		}
	}
	c.Header("WWW-Authenticate", `Bearer realm="writ", error="invalid_token"`)
	return signin.Recognised{}, errKey
}

// browsers is a Gate to what only a person in a browser may do.
type browsers struct{ Gate }

// Recognise implements Gate.
func (w browsers) Recognise(c *gin.Context) (signin.Recognised, error) {
	token, err := tokenInHeader(c.Request.Header.Values("Authorization"))
	if err != nil || token != "" {
		return signin.Recognised{}, errNotByKey
	}
	return w.Gate.Recognise(c)
}
