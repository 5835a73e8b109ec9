package pages

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"writ/application/review"
	"writ/application/revoke"
)

// applicationsPage lists what the person allowed.
type applicationsPage struct {
	Rows     []applicationRow
	Previous int // the page before, or 0
	Next     int // the page after, or 0
}

// applicationRow is one grant.
type applicationRow struct {
	ID       string
	CSRF     string
	Client   string
	ClientID string
	Opened   time.Time
	Expires  time.Time
	LastUsed time.Time
	Scope    []permission
}

func purposeRevoke(grant string) string { return "revoke " + grant }

func (p *Pages) applications(c *gin.Context) {
	number, _ := strconv.Atoi(c.Query("page"))
	number = min(max(number, 1), maxPage)
	who, ok := p.member(c, applicationsPath)
	if !ok {
		return
	}
	found, err := p.verbs.Grants.Execute(c.Request.Context(), review.GrantsQuery{Account: who.Account, Page: number})
	if err != nil {
		p.Failure(c, err)
		return
	}
	page := applicationsPage{Previous: number - 1}
	if number*review.PageSize < found.Total {
		page.Next = number + 1
	}
	l := p.spoken(c)
	for _, g := range found.Grants {
		row := rowOf(l, g)
		row.CSRF = p.gate.CSRF(c, purposeRevoke(g.ID))
		page.Rows = append(page.Rows, row)
	}
	p.show(c, http.StatusOK, "applications", l.say("applications.title"), who, page)
}

// maxPage keeps the place of a page within what a store can count to.
const maxPage = 1 << 20

func rowOf(l spoken, g review.Granted) applicationRow {
	name := nameOf(g.Client)
	if name == "" {
		name = string(g.ClientID)
	}
	return applicationRow{
		ID: g.ID, Client: name, ClientID: string(g.ClientID), Opened: g.Opened, Expires: g.Expires,
		LastUsed: g.LastUsed, Scope: permissionsOf(l, g.Scope),
	}
}

// revoke takes back what the person allowed.
func (p *Pages) revoke(c *gin.Context) {
	grant := c.Request.PostForm.Get("grant")
	who, ok := p.member(c, applicationsPath)
	if !ok || !p.genuine(c, purposeRevoke(grant)) {
		return
	}
	err := p.verbs.Revoke.Execute(c.Request.Context(), revoke.GrantCommand{Grant: grant, Visitor: &who.Visitor})
	if err != nil {
		p.Failure(c, err)
		return
	}
	redirect(c, p.at(applicationsPath))
}
