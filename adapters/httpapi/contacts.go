package httpapi

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"writ/application/maintain"
	"writ/application/signin"
	"writ/domain/account"
	"writ/domain/oauth"
)

// contactEndpoint lets people look after the addresses of one kind.
type contactEndpoint struct {
	kind   account.ContactKind
	begin  *signin.ContactStart
	finish *signin.ContactFinish
	own    *maintain.Contacts
	gate   Gate
	refuse refusals
}

// contact is an address as its owner sees it.
type contact struct {
	ID       string `json:"id"`
	Email    string `json:"email,omitempty"`
	Phone    string `json:"phone_number,omitempty"`
	Verified bool   `json:"verified"`
	Primary  bool   `json:"primary"`
}

type contactList struct {
	Contacts []contact `json:"contacts"`
}

func (e contactEndpoint) list(c *gin.Context) {
	who, err := e.gate.Recognise(c)
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	shown := contactList{Contacts: []contact{}}
	for _, one := range e.own.List(who.Profile, e.kind) {
		row := contact{ID: one.ID, Verified: one.Verified, Primary: one.Primary}
		if e.kind == account.Email {
			row.Email = one.Address
		} else {
			row.Phone = one.Address
		}
		shown.Contacts = append(shown.Contacts, row)
	}
	answer(c, shown)
}

// contactStart is the body that asks for a code to an address; one of its fields is there.
type contactStart struct {
	Email string `json:"email"`
	Phone string `json:"phone_number"`
}

func (e contactEndpoint) start(c *gin.Context) {
	var body contactStart
	who, err := e.gate.Recognise(c)
	if err == nil {
		err = readJSON(c, &body, func() []string { return []string{body.Email, body.Phone} })
	}
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	address := body.Email
	if e.kind == account.Phone {
		address = body.Phone
	}
	p, err := e.begin.Execute(c.Request.Context(), signin.ContactStartCommand{
		Visitor: who.Visitor, Kind: e.kind, Address: address, Languages: languagesOf(c), Source: c.ClientIP(),
	})
	if err != nil {
		e.refuse.person(c, asProof(err))
		return
	}
	answer(c, posedOf(p))
}

func (e contactEndpoint) end(c *gin.Context) {
	var body codeGiven
	who, err := e.gate.Recognise(c)
	if err == nil {
		err = readJSON(c, &body, func() []string { return []string{body.ID.Reveal(), body.Code.Reveal()} })
	}
	if err == nil {
		err = e.finish.Execute(c.Request.Context(), signin.ContactFinishCommand{
			Visitor: who.Visitor, Kind: e.kind, ID: body.ID, Code: body.Code, Languages: languagesOf(c), Source: c.ClientIP(),
		})
	}
	e.done(c, err)
}

// preferred is the body that makes an address the primary one.
type preferred struct {
	Primary bool `json:"primary"`
}

func (e contactEndpoint) prefer(c *gin.Context) {
	var body preferred
	who, err := e.gate.Recognise(c)
	if err == nil {
		err = readJSON(c, &body, func() []string { return nil })
	}
	switch {
	case err == nil && !body.Primary:
		err = errNotPrimary
	case err == nil:
		err = e.own.Prefer(c.Request.Context(), who.Visitor, e.kind, c.Param("id"))
	}
	e.done(c, err)
}

var errNotPrimary = oauth.Refuse(oauth.InvalidRequest, "an address stops being the primary one when another becomes that: primary must be true")

func (e contactEndpoint) remove(c *gin.Context) {
	who, err := e.gate.Recognise(c)
	if err == nil {
		err = e.own.Remove(c.Request.Context(), who.Visitor, e.kind, c.Param("id"))
	}
	e.done(c, err)
}

func (e contactEndpoint) done(c *gin.Context, err error) {
	if err != nil {
		e.refuse.person(c, asProof(err))
		return
	}
	c.Status(http.StatusNoContent)
}
