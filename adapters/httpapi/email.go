package httpapi

import (
	"github.com/gin-gonic/gin"

	"writ/application/signin"
	"writ/domain/oauth"
)

// emailEndpoint signs people in by a code or a link that is sent to their mailbox.
type emailEndpoint struct {
	begin  *signin.EmailStart
	finish *signin.EmailFinish
	gate   Gate
	refuse refusals
}

// emailStart is the body that asks for a code. The handle is that of the account to open if no
// account uses the address, and may be chosen later.
type emailStart struct {
	Email      string `json:"email"`
	Identifier string `json:"identifier"`
}

func (e emailEndpoint) start(c *gin.Context) {
	var body emailStart
	err := readJSON(c, &body, func() []string { return []string{body.Email, body.Identifier} })
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	p, err := e.begin.Execute(c.Request.Context(), signin.EmailStartCommand{
		Email: body.Email, Handle: body.Identifier, Languages: languagesOf(c), Source: c.ClientIP(),
	})
	if err != nil {
		e.refuse.person(c, asProof(err))
		return
	}
	answer(c, posedOf(p))
}

// emailEnd is the body that answers with a code. With the token of a link in the path it is empty.
type emailEnd struct {
	Code       oauth.Secret `json:"code"`
	Identifier string       `json:"identifier"`
}

func (e emailEndpoint) end(c *gin.Context) {
	var body emailEnd
	id := c.Param("id")
	err := readJSON(c, &body, func() []string { return []string{body.Code.Reveal(), body.Identifier, id} })
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	in, err := e.finish.Execute(c.Request.Context(), signin.EmailFinishCommand{
		ID: oauth.Secret(id), Code: body.Code, Handle: body.Identifier, Visit: browserOf(c),
	})
	welcome(c, e.gate, e.refuse, in, err)
}
