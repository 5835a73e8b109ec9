package httpapi

import (
	"github.com/gin-gonic/gin"

	"writ/application/signin"
	"writ/domain/oauth"
)

// phoneEndpoint signs people in by a code that is sent to their phone.
type phoneEndpoint struct {
	begin  *signin.PhoneStart
	finish *signin.PhoneFinish
	gate   Gate
	refuse refusals
}

// phoneStart is the body that asks for a code.
type phoneStart struct {
	Identifier string `json:"identifier"` // the handle
	Number     string `json:"phone_number"`
}

func (e phoneEndpoint) start(c *gin.Context) {
	var body phoneStart
	err := readJSON(c, &body, func() []string { return []string{body.Identifier, body.Number} })
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	p, err := e.begin.Execute(c.Request.Context(), signin.PhoneStartCommand{
		Handle: body.Identifier, Number: body.Number, Languages: languagesOf(c), Source: c.ClientIP(),
	})
	if err != nil {
		e.refuse.person(c, asProof(err))
		return
	}
	answer(c, posedOf(p))
}

// codeGiven is the body that answers with a code. The id is that of the start, and may be left out.
type codeGiven struct {
	ID   oauth.Secret `json:"id"`
	Code oauth.Secret `json:"code"`
}

func (e phoneEndpoint) end(c *gin.Context) {
	var body codeGiven
	handle := c.Param("account_handle")
	err := readJSON(c, &body, func() []string { return []string{body.ID.Reveal(), body.Code.Reveal(), handle} })
	if err == nil && body.Code == "" {
		err = errJSON
	}
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	in, err := e.finish.Execute(c.Request.Context(), signin.PhoneFinishCommand{
		Handle: handle, ID: body.ID, Code: body.Code, Visit: browserOf(c),
	})
	welcome(c, e.gate, e.refuse, in, err)
}

// welcome answers somebody who has signed in, or has not.
func welcome(c *gin.Context, g Gate, w refusals, in signin.SignedIn, err error) {
	if err != nil {
		w.person(c, asProof(err))
		return
	}
	g.Welcome(c, in.Token)
	answer(c, signedIn{ID: in.Account})
}
