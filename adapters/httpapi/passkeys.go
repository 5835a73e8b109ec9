package httpapi

import (
	"context"
	"encoding/json"
	"time"

	"github.com/gin-gonic/gin"

	"writ/application/maintain"
	"writ/application/signin"
)

// PasskeyUseCases are those of passkeys.
type PasskeyUseCases struct {
	Begin  *signin.PasskeyBegin
	Finish *signin.PasskeyFinish
	Own    *maintain.Passkeys
}

// passkeySignInEndpoint signs people in with passkeys, for frontends that speak JSON.
type passkeySignInEndpoint struct {
	uc     PasskeyUseCases
	gate   Gate
	refuse refusals
}

// ceremonyBegun is the first half of a ceremony. Options are for navigator.credentials; state comes
// back with the answer.
type ceremonyBegun struct {
	State   string          `json:"state"`
	Options json.RawMessage `json:"options"`
}

// ceremonyAnswer is the body that ends a ceremony. Credential is what the browser made of its
// PublicKeyCredential with toJSON.
type ceremonyAnswer struct {
	State      string          `json:"state"`
	Credential json.RawMessage `json:"credential"`
	Name       string          `json:"name"`
}

func (e passkeySignInEndpoint) begin(c *gin.Context) {
	asked, err := e.uc.Begin.Execute(c.Request.Context())
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	answer(c, ceremonyBegun{State: asked.State, Options: asked.Options})
}

func (e passkeySignInEndpoint) finish(c *gin.Context) {
	body, err := readCeremony(c)
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	in, err := e.uc.Finish.Execute(c.Request.Context(), signin.PasskeyCommand{
		State: body.State, Answer: body.Credential, Visit: browserOf(c),
	})
	if err != nil {
		e.refuse.person(c, passkeySignInAs(err))
		return
	}
	e.gate.Welcome(c, in.Token)
	answer(c, signedIn{ID: in.Account})
}

func readCeremony(c *gin.Context) (ceremonyAnswer, error) {
	var body ceremonyAnswer
	err := readJSON(c, &body, func() []string { return []string{body.State, body.Name} })
	if err == nil && (body.State == "" || len(body.Credential) == 0) {
		err = errJSON
	}
	return body, err
}

// passkeyEndpoint lets people look after their passkeys.
type passkeyEndpoint struct {
	member

	uc *maintain.Passkeys
}

// passkeyView is one passkey.
type passkeyView struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	Created  time.Time  `json:"createdAt"`
	LastUsed *time.Time `json:"last_used_at,omitempty"`
	Synced   bool       `json:"synced"`
	Usable   bool       `json:"usable"` // false: it may have been copied
}

type passkeyList struct {
	Passkeys []passkeyView `json:"passkeys"`
}

func passkeyViewOf(p maintain.Passkey) passkeyView {
	v := passkeyView{ID: p.ID, Name: p.Name, Created: p.Registered, Synced: p.Synced, Usable: !p.Cloned}
	if !p.LastUsed.IsZero() {
		v.LastUsed = &p.LastUsed
	}
	return v
}

func (e passkeyEndpoint) list(c *gin.Context) {
	tell(c, e.member, func(ctx context.Context, who signin.Recognised) (passkeyList, error) {
		own, err := e.uc.List(ctx, who.Visitor)
		return passkeyList{listed(own, passkeyViewOf)}, err
	})
}

func (e passkeyEndpoint) begin(c *gin.Context) {
	tell(c, e.member, func(ctx context.Context, who signin.Recognised) (ceremonyBegun, error) {
		asked, err := e.uc.Begin(ctx, who.Visitor)
		return ceremonyBegun{State: asked.State, Options: asked.Options}, err
	})
}

func (e passkeyEndpoint) finish(c *gin.Context) {
	tell(c, e.member, func(ctx context.Context, who signin.Recognised) (passkeyView, error) {
		body, err := readCeremony(c)
		if err != nil {
			return passkeyView{}, err
		}
		made, err := e.uc.Finish(ctx, maintain.PasskeyCommand{
			Visitor: who.Visitor, State: body.State, Answer: body.Credential, Name: body.Name,
		})
		return passkeyViewOf(made), err
	})
}

// passkeyName is the body that renames a passkey.
type passkeyName struct {
	Name string `json:"name"`
}

func (e passkeyEndpoint) rename(c *gin.Context) {
	tell(c, e.member, func(ctx context.Context, who signin.Recognised) (passkeyView, error) {
		var body passkeyName
		err := readJSON(c, &body, func() []string { return []string{body.Name} })
		switch {
		case err != nil:
			return passkeyView{}, err
		case body.Name == "":
			return passkeyView{}, errJSON
		}
		named, err := e.uc.Rename(ctx, who.Visitor, idIn(c), body.Name)
		return passkeyViewOf(named), err
	})
}

func (e passkeyEndpoint) remove(c *gin.Context) {
	e.act(c, func(ctx context.Context, who signin.Recognised) error { return e.uc.Remove(ctx, who.Visitor, idIn(c)) })
}

// idIn is the id in the path; what no id can be is one that nothing has.
func idIn(c *gin.Context) string {
	id := c.Param("id")
	if !isText(id) || len(id) > longestID {
		return ""
	}
	return id
}

// longestID bounds ids in paths, in bytes.
const longestID = 128
