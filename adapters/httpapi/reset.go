package httpapi

import (
	"github.com/gin-gonic/gin"

	"writ/application/signin"
	"writ/domain/oauth"
)

// resetEndpoint lets people replace a password that they have forgotten.
type resetEndpoint struct {
	begin  *signin.ResetStart
	finish *signin.ResetFinish
	gate   Gate
	refuse refusals
}

// resetStart is the body that asks for a code.
type resetStart struct {
	Email string `json:"email"`
}

func (e resetEndpoint) start(c *gin.Context) {
	var body resetStart
	err := readJSON(c, &body, func() []string { return []string{body.Email} })
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	p, err := e.begin.Execute(c.Request.Context(), signin.ResetStartCommand{
		Email: body.Email, Languages: languagesOf(c), Source: c.ClientIP(),
	})
	if err != nil {
		e.refuse.person(c, asProof(err))
		return
	}
	answer(c, posedOf(p))
}

// resetEnd is the body that answers with a code; the id may be the token of a link instead.
type resetEnd struct {
	ID    oauth.Secret `json:"id"`
	Code  oauth.Secret `json:"code"`
	Token oauth.Secret `json:"token"` // the new password
}

func (e resetEndpoint) end(c *gin.Context) {
	var body resetEnd
	err := readJSON(c, &body, func() []string { return []string{body.ID.Reveal(), body.Code.Reveal(), body.Token.Reveal()} })
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	in, err := e.finish.Execute(c.Request.Context(), signin.ResetFinishCommand{
		ID: body.ID, Code: body.Code, Password: body.Token, Languages: languagesOf(c), Visit: browserOf(c),
	})
	welcome(c, e.gate, e.refuse, in, err)
}
