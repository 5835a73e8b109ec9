package httpapi

import (
	"context"

	"github.com/gin-gonic/gin"

	"writ/application/maintain"
	"writ/application/signin"
	"writ/domain/account"
	"writ/domain/oauth"
)

// contactEndpoint lets people look after the addresses of one kind.
type contactEndpoint struct {
	member

	kind   account.ContactKind
	begin  *signin.ContactStart
	finish *signin.ContactFinish
	own    *maintain.Contacts
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
	tell(c, e.member, func(_ context.Context, who signin.Recognised) (contactList, error) {
		return contactList{listed(e.own.List(who.Profile, e.kind), e.show)}, nil
	})
}

func (e contactEndpoint) show(own maintain.Contact) contact {
	shown := contact{ID: own.ID, Verified: own.Verified, Primary: own.Primary}
	if e.kind == account.Email {
		shown.Email = own.Address
	} else {
		shown.Phone = own.Address
	}
	return shown
}

// contactStart is the body that asks for a code to an address; one of its fields is there.
type contactStart struct {
	Email string `json:"email"`
	Phone string `json:"phone_number"`
}

func (b contactStart) address(kind account.ContactKind) string {
	if kind == account.Phone {
		return b.Phone
	}
	return b.Email
}

func (e contactEndpoint) start(c *gin.Context) {
	tell(c, e.member, func(ctx context.Context, who signin.Recognised) (posed, error) {
		var body contactStart
		err := readJSON(c, &body, func() []string { return []string{body.Email, body.Phone} })
		if err != nil {
			return posed{}, err
		}
		p, err := e.begin.Execute(ctx, signin.ContactStartCommand{
			Visitor: who.Visitor, Kind: e.kind, Address: body.address(e.kind), Languages: languagesOf(c), Source: c.ClientIP(),
		})
		if err != nil {
			return posed{}, asProof(err)
		}
		return posedOf(p), nil
	})
}

func (e contactEndpoint) end(c *gin.Context) {
	e.act(c, func(ctx context.Context, who signin.Recognised) error {
		var body codeGiven
		err := readJSON(c, &body, func() []string { return []string{body.ID.Reveal(), body.Code.Reveal()} })
		if err != nil {
			return err
		}
		return asProof(e.finish.Execute(ctx, signin.ContactFinishCommand{
			Visitor: who.Visitor, Kind: e.kind, ID: body.ID, Code: body.Code, Languages: languagesOf(c), Source: c.ClientIP(),
		}))
	})
}

// preferred is the body that makes an address the primary one.
type preferred struct {
	Primary bool `json:"primary"`
}

func (e contactEndpoint) prefer(c *gin.Context) {
	e.act(c, func(ctx context.Context, who signin.Recognised) error {
		var body preferred
		err := readJSON(c, &body, func() []string { return nil })
		switch {
		case err != nil:
			return err
		case !body.Primary:
			return asProof(errNotPrimary)
		default:
			return asProof(e.own.Prefer(ctx, who.Visitor, e.kind, c.Param("id")))
		}
	})
}

var errNotPrimary = oauth.Refuse(oauth.InvalidRequest, "an address stops being the primary one when another becomes that: primary must be true")

func (e contactEndpoint) remove(c *gin.Context) {
	e.act(c, func(ctx context.Context, who signin.Recognised) error {
		return asProof(e.own.Remove(ctx, who.Visitor, e.kind, c.Param("id")))
	})
}
