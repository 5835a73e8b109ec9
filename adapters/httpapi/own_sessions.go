package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"writ/application/maintain"
	"writ/application/revoke"
	"writ/application/signin"
)

// ownSessionEndpoint shows people where they are signed in, and ends that.
type ownSessionEndpoint struct {
	member

	own *maintain.Sessions
}

// ownSession is one session.
type ownSession struct {
	ID        string    `json:"id"`
	Created   time.Time `json:"createdAt"`
	LastUsed  time.Time `json:"last_used_at"`
	Expires   time.Time `json:"expires_at"`
	UserAgent string    `json:"user_agent,omitempty"`
	Source    string    `json:"address,omitempty"`
	AMR       []string  `json:"amr"`
	Current   bool      `json:"current"`
}

type ownSessionList struct {
	Sessions []ownSession `json:"sessions"`
}

func ownSessionsOf(all []maintain.Session) []ownSession { return listed(all, ownSessionOf) }

func ownSessionOf(s maintain.Session) ownSession {
	return ownSession{
		ID: s.ID, Created: s.SignedIn, LastUsed: s.LastUsed, Expires: s.Ends, UserAgent: s.UserAgent, Source: s.Source,
		AMR: append([]string{}, s.AMR...), Current: s.Current,
	}
}

func (e ownSessionEndpoint) list(c *gin.Context) {
	tell(c, e.member, func(ctx context.Context, who signin.Recognised) (ownSessionList, error) {
		all, err := e.own.List(ctx, who.Visitor)
		return ownSessionList{ownSessionsOf(all)}, err
	})
}

// end ends one. Of the session that asks nothing is left in the browser.
func (e ownSessionEndpoint) end(c *gin.Context) {
	id := c.Param("id")
	who, err := e.gate.Recognise(c)
	if err == nil && !isText(id) {
		err = maintain.ErrSession
	}
	if err == nil {
		err = e.own.End(c.Request.Context(), who.Visitor, id)
	}
	if err != nil {
		e.refuse.person(c, asAccount(err))
		return
	}
	if id == who.Session {
		e.gate.Farewell(c)
	}
	c.Status(http.StatusNoContent)
}

// endAll ends all of them, or with others=true all but the one that asks.
func (e ownSessionEndpoint) endAll(c *gin.Context) {
	others := parseForm(c.Request.URL.RawQuery).value("others") == "true"
	who, err := e.gate.Recognise(c)
	switch {
	case err != nil:
	case others:
		err = e.own.EndOthers(c.Request.Context(), who.Visitor)
	default:
		err = e.own.EndAll(c.Request.Context(), who.Visitor)
	}
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	if !others {
		e.gate.Farewell(c)
	}
	c.Status(http.StatusNoContent)
}

// ownGrantEndpoint takes back all that a person allowed.
type ownGrantEndpoint struct {
	member

	all *revoke.All
}

func (e ownGrantEndpoint) revoke(c *gin.Context) {
	e.act(c, func(ctx context.Context, who signin.Recognised) error { return e.all.Execute(ctx, who.Visitor) })
}
