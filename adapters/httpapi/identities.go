package httpapi

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"writ/application/maintain"
)

// identityEndpoint lets people see and unlink who they are at other providers.
type identityEndpoint struct {
	uc     *maintain.Identities
	gate   Gate
	refuse refusals
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

func (e identityEndpoint) list(c *gin.Context) {
	who, err := e.gate.Recognise(c)
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	own, err := e.uc.List(c.Request.Context(), who.Visitor)
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	shown := identityList{Identities: []identityView{}}
	for _, i := range own {
		shown.Identities = append(shown.Identities, identityView{
			ID: i.ID, Provider: i.Name, Label: i.Label, Issuer: i.Issuer, Email: i.Email, Linked: i.Linked,
		})
	}
	answer(c, shown)
}

func (e identityEndpoint) unlink(c *gin.Context) {
	who, err := e.gate.Recognise(c)
	if err == nil {
		err = e.uc.Unlink(c.Request.Context(), who.Visitor, idIn(c))
	}
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}
