package httpapi

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"writ/application/maintain"
	"writ/application/signin"
)

// KeyUseCases are those of access keys.
type KeyUseCases struct {
	Recognise *signin.RecogniseKey
	Own       *maintain.Keys
}

// accessKeyEndpoint lets people make and remove the access keys of their programs.
type accessKeyEndpoint struct {
	uc     *maintain.Keys
	gate   Gate
	refuse refusals
}

// accessKeyView is one access key. The secret is there once, when the key is made.
type accessKeyView struct {
	ID       string     `json:"id"`
	Created  time.Time  `json:"createdAt"`
	Name     string     `json:"name"`
	Enabled  bool       `json:"enabled"`
	Expires  *time.Time `json:"expires_at,omitempty"`
	LastUsed *time.Time `json:"last_used_at,omitempty"`
	Secret   string     `json:"secret,omitempty"`
}

type accessKeyList struct {
	Keys []accessKeyView `json:"keys"`
}

func accessKeyViewOf(k maintain.Key) accessKeyView {
	v := accessKeyView{ID: k.ID, Created: k.Created, Name: k.Name, Enabled: k.Live}
	if !k.Expires.IsZero() {
		v.Expires = &k.Expires
	}
	if !k.LastUsed.IsZero() {
		v.LastUsed = &k.LastUsed
	}
	return v
}

func (e accessKeyEndpoint) list(c *gin.Context) {
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
	shown := accessKeyList{Keys: []accessKeyView{}}
	for _, k := range own {
		shown.Keys = append(shown.Keys, accessKeyViewOf(k))
	}
	answer(c, shown)
}

func (e accessKeyEndpoint) create(c *gin.Context) {
	who, err := e.gate.Recognise(c)
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	var body struct {
		Name    string    `json:"name"`
		Expires time.Time `json:"expires_at"`
	}
	err = readJSON(c, &body, func() []string { return []string{body.Name} })
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	made, err := e.uc.Create(c.Request.Context(), maintain.NewKey{
		Visitor: who.Visitor, Name: body.Name, Expires: body.Expires.UTC().Truncate(time.Microsecond),
	})
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	view := accessKeyViewOf(made.Key)
	view.Secret = made.Secret.Reveal()
	answer(c, view)
}

func (e accessKeyEndpoint) remove(c *gin.Context) {
	who, err := e.gate.Recognise(c)
	if err == nil {
		err = e.uc.Remove(c.Request.Context(), who.Visitor, idIn(c))
	}
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}
