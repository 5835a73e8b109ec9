package httpapi

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"writ/application/signin"
	"writ/domain/oauth"
)

// signUpEndpoint lets people open accounts with a password.
type signUpEndpoint struct {
	begin  *signin.SignUp
	finish *signin.SignUpFinish
	gate   Gate
	refuse refusals
}

// signUp is the body that asks for an account.
type signUp struct {
	Identifier string       `json:"identifier"` // the handle
	Token      oauth.Secret `json:"token"`      // the password
	Email      string       `json:"email"`
	Name       string       `json:"name"`
}

// start answers 200 with a session, or 202 when the address has to be proven first.
func (e signUpEndpoint) start(c *gin.Context) {
	var body signUp
	err := readJSON(c, &body, func() []string { return []string{body.Identifier, body.Token.Reveal(), body.Email, body.Name} })
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	got, err := e.begin.Execute(c.Request.Context(), signin.SignUpCommand{
		Handle: body.Identifier, Password: body.Token, Email: body.Email, Name: body.Name,
		Languages: languagesOf(c), Visit: browserOf(c),
	})
	if err != nil || !got.Waits() {
		welcome(c, e.gate, e.refuse, got.SignedIn, err)
		return
	}
	c.JSON(http.StatusAccepted, posedOf(got.Posed))
}

// signUpEnd is the body that answers with a code; the id may be the token of a link instead.
type signUpEnd struct {
	ID         oauth.Secret `json:"id"`
	Code       oauth.Secret `json:"code"`
	Identifier string       `json:"identifier"` // another one than before, if that was taken
}

func (e signUpEndpoint) end(c *gin.Context) {
	var body signUpEnd
	err := readJSON(c, &body, func() []string { return []string{body.ID.Reveal(), body.Code.Reveal(), body.Identifier} })
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	in, err := e.finish.Execute(c.Request.Context(), signin.SignUpFinishCommand{
		ID: body.ID, Code: body.Code, Handle: body.Identifier, Visit: browserOf(c),
	})
	welcome(c, e.gate, e.refuse, in, err)
}
