package httpapi

import (
	"context"
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
	member

	uc *maintain.Keys
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
	tell(c, e.member, func(ctx context.Context, who signin.Recognised) (accessKeyList, error) {
		own, err := e.uc.List(ctx, who.Visitor)
		return accessKeyList{listed(own, accessKeyViewOf)}, err
	})
}

// newAccessKey is the body that makes a key.
type newAccessKey struct {
	Name    string    `json:"name"`
	Expires time.Time `json:"expires_at"`
}

func (e accessKeyEndpoint) create(c *gin.Context) {
	tell(c, e.member, func(ctx context.Context, who signin.Recognised) (accessKeyView, error) {
		var body newAccessKey
		err := readJSON(c, &body, func() []string { return []string{body.Name} })
		if err != nil {
			return accessKeyView{}, err
		}
		made, err := e.uc.Create(ctx, maintain.NewKey{
			Visitor: who.Visitor, Name: body.Name, Expires: body.Expires.UTC().Truncate(time.Microsecond),
		})
		view := accessKeyViewOf(made.Key)
		view.Secret = made.Secret.Reveal()
		return view, err
	})
}

func (e accessKeyEndpoint) remove(c *gin.Context) {
	e.act(c, func(ctx context.Context, who signin.Recognised) error { return e.uc.Remove(ctx, who.Visitor, idIn(c)) })
}
