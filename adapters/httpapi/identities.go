package httpapi

import (
	"context"
	"time"

	"github.com/gin-gonic/gin"

	"writ/application/maintain"
	"writ/application/signin"
)

// identityEndpoint lets people see and unlink who they are at other providers.
type identityEndpoint struct {
	member

	uc *maintain.Identities
}

type identityView struct {
	ID       string    `json:"id"`
	Provider string    `json:"provider,omitempty"`
	Label    string    `json:"label"`
	Issuer   string    `json:"issuer"`
	Email    string    `json:"email,omitempty"`
	Linked   time.Time `json:"linked_at"`
}

type identityList struct {
	Identities []identityView `json:"identities"`
}

func identityViewOf(i maintain.Identity) identityView {
	return identityView{ID: i.ID, Provider: i.Name, Label: i.Label, Issuer: i.Issuer, Email: i.Email, Linked: i.Linked}
}

func (e identityEndpoint) list(c *gin.Context) {
	tell(c, e.member, func(ctx context.Context, who signin.Recognised) (identityList, error) {
		own, err := e.uc.List(ctx, who.Visitor)
		return identityList{listed(own, identityViewOf)}, err
	})
}

func (e identityEndpoint) unlink(c *gin.Context) {
	e.act(c, func(ctx context.Context, who signin.Recognised) error { return e.uc.Unlink(ctx, who.Visitor, idIn(c)) })
}
