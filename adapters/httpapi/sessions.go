package httpapi

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"writ/application/signin"
	"writ/domain/oauth"
	"writ/domain/session"
)

// sessionEndpoint signs people in and out for frontends that speak JSON.
type sessionEndpoint struct {
	password *signin.Password
	leave    *signin.Leave
	gate     Gate
	refuse   refusals
}

// passwordSignIn is the body of a sign-in: a handle and a password.
type passwordSignIn struct {
	Identifier string       `json:"identifier"`
	Token      oauth.Secret `json:"token"`
}

type signedIn struct {
	ID oauth.AccountID `json:"id"`
}

func (e sessionEndpoint) signIn(c *gin.Context) {
	var body passwordSignIn
	err := readJSON(c, &body, func() []string { return []string{body.Identifier, body.Token.Reveal()} })
	if err == nil && (body.Identifier == "" || body.Token == "") {
		err = errJSON
	}
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	in, err := e.password.Execute(c.Request.Context(), signin.PasswordCommand{
		Handle: body.Identifier, Password: body.Token,
		Visit: signin.Visit{UserAgent: strings.ToValidUTF8(c.Request.UserAgent(), ""), Source: c.ClientIP()},
	})
	if err != nil {
		e.refuse.person(c, credentialsAs(err))
		return
	}
	e.gate.Welcome(c, in.Token)
	answer(c, signedIn{ID: in.Account})
}

func credentialsAs(err error) error {
	if errors.Is(err, signin.ErrCredentials) {
		return errCredentials
	}
	return err
}

// logout ends the session. Without one there is nothing to end.
func (e sessionEndpoint) logout(c *gin.Context) {
	who, err := e.gate.Recognise(c)
	if err == nil {
		err = e.leave.Execute(c.Request.Context(), signin.LeaveCommand{Visitor: who.Visitor})
	}
	if err != nil && !errors.Is(err, session.ErrNotSignedIn) {
		e.refuse.person(c, err)
		return
	}
	e.gate.Farewell(c)
	c.Status(http.StatusNoContent)
}
