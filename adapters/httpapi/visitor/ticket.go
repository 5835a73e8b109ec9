package visitor

import (
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// ticket is the cookie of one errand, such as signing in at another provider. Each has its own, so
// that two tabs do not get into each other's way.
func (c Cookie) ticket(id string) Cookie {
	return Cookie{Name: c.Name + "_ticket_" + id, Secure: c.Secure}
}

// Entrust lets the browser keep a ticket for a while. The id is that of the errand: letters and
// digits.
func (g *Gate) Entrust(c *gin.Context, id, ticket string, lasts time.Duration) {
	http.SetCookie(c.Writer, g.cookie.ticket(id).with(ticket, int(lasts/time.Second)))
}

// Recall takes the ticket with an id back from the browser. It is empty when there is none.
func (g *Gate) Recall(c *gin.Context, id string) string {
	if id == "" || strings.Trim(id, "0123456789abcdefghijklmnopqrstuvwxyz") != "" {
		return ""
	}
	cookie := g.cookie.ticket(id)
	ticket := value(c, cookie)
	if ticket != "" {
		http.SetCookie(c.Writer, cookie.with("", -1))
	}
	return ticket
}
