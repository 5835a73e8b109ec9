package visitor

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// ticket is the cookie of one errand, such as signing in at another provider. Each has its own, so
// that two tabs do not get into each other's way.
func (c Cookie) ticket(id string) Cookie {
	return Cookie{Name: c.Name + "_ticket_" + id, Secure: c.Secure}
}

// maxTickets is how many errands may be under way in one browser. Headers with many more cookies would
// be refused, with everything else that the browser asks for.
const maxTickets = 5

// Entrust lets the browser keep a ticket for a while. The id is that of the errand: letters and
// digits, and later ones are greater. The oldest of too many are taken back.
func (g *Gate) Entrust(c *gin.Context, id, ticket string, lasts time.Duration) {
	kept := g.tickets(c)
	for _, old := range kept[:max(0, len(kept)-maxTickets+1)] {
		http.SetCookie(c.Writer, g.cookie.ticket(old).with("", -1))
	}
	http.SetCookie(c.Writer, g.cookie.ticket(id).with(ticket, int(lasts/time.Second)))
}

// tickets are the ids of the tickets that the browser has, the oldest first.
func (g *Gate) tickets(c *gin.Context) []string {
	var ids []string
	for _, sent := range c.Request.Cookies() {
		if id, is := strings.CutPrefix(sent.Name, g.cookie.ticket("").Name); is && isErrand(id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// isErrand keeps what browsers say of cookies out of the answers.
func isErrand(id string) bool {
	return id != "" && strings.Trim(id, "0123456789abcdefghijklmnopqrstuvwxyz") == ""
}

// Recall takes the ticket with an id back from the browser. It is empty when there is none.
func (g *Gate) Recall(c *gin.Context, id string) string {
	if !isErrand(id) {
		return ""
	}
	cookie := g.cookie.ticket(id)
	ticket := value(c, cookie)
	if ticket != "" {
		http.SetCookie(c.Writer, cookie.with("", -1))
	}
	return ticket
}
