package visitor

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"writ/application/signin"
	"writ/domain/oauth"
	"writ/domain/session"
)

// Gate recognises visitors. It is safe for concurrent use.
type Gate struct {
	recognise *signin.Recognise
	cookie    Cookie
	csrfKey   [32]byte
}

// NewGate makes a gate. The key must be the same for all replicas, and used for nothing else.
func NewGate(r *signin.Recognise, cookie Cookie, csrfKey [32]byte) *Gate {
	return &Gate{recognise: r, cookie: cookie, csrfKey: csrfKey}
}

// seen is what was found out about the visitor of one request.
type seen struct {
	token      string
	asked      bool
	recognised signin.Recognised
	err        error
	guest      string // the value of the guest cookie
}

type seenKey struct{}

// seen is kept in the request's own context, so that a page that asks thrice reads once.
func (g *Gate) seen(c *gin.Context) *seen {
	if kept, found := c.Get(seenKey{}); found {
		return kept.(*seen)
	}
	s := &seen{token: value(c, g.cookie), guest: value(c, g.cookie.guest())}
	c.Set(seenKey{}, s)
	return s
}

func value(c *gin.Context, cookie Cookie) string {
	sent, err := c.Request.Cookie(cookie.Name)
	if err != nil {
		return ""
	}
	return sent.Value
}

// Recognise tells who is there. It returns session.ErrNotSignedIn when nobody is; every other error
// means that it is not known. The answer is the same for the whole request, until Welcome or
// Farewell change it.
func (g *Gate) Recognise(c *gin.Context) (signin.Recognised, error) {
	s := g.seen(c)
	if !s.asked {
		s.asked = true
		s.recognised, s.err = g.ask(c, s.token)
	}
	return s.recognised, s.err
}

func (g *Gate) ask(c *gin.Context, token string) (signin.Recognised, error) {
	if token == "" {
		return signin.Recognised{}, session.ErrNotSignedIn
	}
	return g.recognise.Execute(c.Request.Context(), oauth.Secret(token))
}

// Welcome gives the browser the token of a session that has begun. What the browser was called
// before is forgotten, so that nobody who knew it then knows it now.
func (g *Gate) Welcome(c *gin.Context, token oauth.Opaque) {
	g.forgetGuest(c)
	http.SetCookie(c.Writer, g.cookie.with(token.Reveal(), sessionAge))
	c.Set(seenKey{}, &seen{token: token.Reveal()})
}

// Farewell takes the session cookie from the browser. The session itself is ended by
// signin.Leave.
func (g *Gate) Farewell(c *gin.Context) {
	g.forgetGuest(c)
	http.SetCookie(c.Writer, g.cookie.with("", -1))
	c.Set(seenKey{}, &seen{})
}

func (g *Gate) forgetGuest(c *gin.Context) {
	if g.seen(c).guest != "" {
		http.SetCookie(c.Writer, g.cookie.guest().with("", -1))
	}
}

// nobody reports whether it is certain that nobody is signed in.
func nobody(err error) bool { return errors.Is(err, session.ErrNotSignedIn) }
