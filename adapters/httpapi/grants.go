package httpapi

import (
	"cmp"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"writ/application/review"
	"writ/application/revoke"
	"writ/domain/oauth"
)

// grantEndpoint shows people what they allowed, and lets them take it back.
type grantEndpoint struct {
	grants *review.Grants
	end    *revoke.Grant
	gate   Gate
	refuse refusals
}

// maxPage keeps the place of a page's first row a small number.
const maxPage = 1_000_000

// page is one page of a list.
type page struct {
	Size    int       `json:"page_size"`
	Results int       `json:"results"`
	Total   int       `json:"total_pages"`
	Current int       `json:"current_page"`
	Next    int       `json:"next_page,omitempty"` // absent on the last page
	Tokens  []granted `json:"tokens"`
}

// granted is one grant. Its id is what revokes it.
type granted struct {
	ID       string          `json:"id"`
	Created  time.Time       `json:"createdAt"`
	RowID    string          `json:"oauth_client_id"`
	Client   oauth.ClientID  `json:"client_id"`
	Name     string          `json:"client_name"`
	Account  oauth.AccountID `json:"account_id"`
	Scope    oauth.Scope     `json:"scope"`
	Expires  time.Time       `json:"expires_at"`
	LastUsed *time.Time      `json:"last_used_at,omitempty"`
}

func (e grantEndpoint) list(c *gin.Context) {
	who, err := e.gate.Recognise(c)
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	number := pageNumber(parseForm(c.Request.URL.RawQuery).value("page"))
	found, err := e.grants.Execute(c.Request.Context(), review.GrantsQuery{Account: who.Account, Page: number})
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	answer(c, pageOf(found, number))
}

// pageNumber counts from 1. What is no number is the first page.
func pageNumber(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return 1
	}
	return min(n, maxPage)
}

func pageOf(found review.Page, number int) page {
	p := page{
		Size: review.PageSize, Results: len(found.Grants), Current: number,
		Total: (found.Total + review.PageSize - 1) / review.PageSize, Tokens: []granted{},
	}
	if number < p.Total {
		p.Next = number + 1
	}
	for _, g := range found.Grants {
		p.Tokens = append(p.Tokens, grantedOf(g))
	}
	return p
}

func grantedOf(g review.Granted) granted {
	row := granted{
		ID: g.ID, Created: g.Opened, RowID: cmp.Or(g.Client.ID, string(g.ClientID)), Client: g.ClientID,
		Name: cmp.Or(g.Client.Name, string(g.ClientID)), Account: g.Account, Scope: g.Scope, Expires: g.Expires,
	}
	if !g.LastUsed.IsZero() {
		row.LastUsed = &g.LastUsed
	}
	return row
}

func (e grantEndpoint) revoke(c *gin.Context) {
	who, err := e.gate.Recognise(c)
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	id := c.Param("id")
	if !isText(id) {
		e.refuse.consent(c, revoke.ErrGrant)
		return
	}
	err = e.end.Execute(c.Request.Context(), revoke.GrantCommand{Grant: id, Visitor: &who.Visitor})
	if err != nil {
		e.refuse.consent(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}
