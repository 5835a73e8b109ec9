package visitor

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"

	"github.com/gin-gonic/gin"
)

// CSRF is the token for a form of the visitor's, to be sent back with it. It is bound to the
// purpose, which names the form and what it decides on, and to the session; or, when nobody is
// signed in, to a random cookie that it sets. It is empty when it is not known who is there.
func (g *Gate) CSRF(c *gin.Context, purpose string) string {
	who, known := g.binding(c, true)
	if !known {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(g.mac(who, purpose))
}

// CheckCSRF reports whether token was made by CSRF for the same visitor and purpose.
func (g *Gate) CheckCSRF(c *gin.Context, purpose, token string) bool {
	who, known := g.binding(c, false)
	sent, err := base64.RawURLEncoding.DecodeString(token)
	return known && err == nil && hmac.Equal(sent, g.mac(who, purpose))
}

// binding is what tells this browser from every other one.
func (g *Gate) binding(c *gin.Context, invite bool) (string, bool) {
	recognised, err := g.Recognise(c)
	switch s := g.seen(c); {
	case err == nil:
		return "session " + recognised.Session, true
	case !nobody(err):
		return "", false
	case s.guest == "" && invite:
		s.guest = rand.Text()
		http.SetCookie(c.Writer, g.cookie.guest().with(s.guest, 0))
		fallthrough
	default:
		return "guest " + s.guest, s.guest != ""
	}
}

// mac separates the parts by a byte that neither can hold: no cookie and no session id has a NUL.
func (g *Gate) mac(who, purpose string) []byte {
	mac := hmac.New(sha256.New, g.csrfKey[:])
	mac.Write([]byte(who + "\x00" + purpose))
	return mac.Sum(nil)
}
