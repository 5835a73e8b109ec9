package pages

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"writ/application/revoke"
	"writ/application/signin"
	"writ/domain/account"
	"writ/domain/authorization"
	"writ/domain/client"
	"writ/domain/oauth"
	"writ/domain/session"
)

// problemPage says what went wrong and what to do.
type problemPage struct {
	Text   string
	Detail string // for the developer of an application, or empty
}

// Problem shows an error page for a status that was decided on: what went wrong, and what to do.
// The reason of a refusal is shown, and may not hold what was sent in the request.
func (p *Pages) Problem(c *gin.Context, status int, cause error) {
	var limit *oauth.LimitError
	var refusal *oauth.Error
	switch {
	case errors.As(cause, &limit):
		p.tooMany(c, limit)
	case status == http.StatusNotFound:
		p.NotFound(c)
	case status >= http.StatusInternalServerError:
		p.problem(c, status, "outage", "")
	case errors.As(cause, &refusal):
		p.refusal(c, cause, refusal)
	default:
		p.problem(c, status, "refused", "")
	}
}

// NotFound shows the page for an address where there is nothing.
func (p *Pages) NotFound(c *gin.Context) { p.problem(c, http.StatusNotFound, "missing", "") }

// problem shows an error page of the catalogue.
func (p *Pages) problem(c *gin.Context, status int, name, detail string) {
	l := p.spoken(c)
	p.showProblem(c, status, l.say("problem."+name+".title"), problemPage{l.say("problem." + name + ".text"), detail})
}

func (p *Pages) showProblem(c *gin.Context, status int, title string, page problemPage) {
	p.protect(c)
	onTheWay(c)
	p.show(c, status, "problem", title, signin.Recognised{}, page)
}

// known are the refusals that have a page of their own.
var known = []struct {
	refusal error
	status  int
	name    string
}{
	{authorization.ErrDecided, http.StatusBadRequest, "decided"},
	{client.ErrUnknown, http.StatusBadRequest, "client"},
	{client.ErrRedirectURI, http.StatusBadRequest, "redirect"},
	{account.ErrMayNotUseClients, http.StatusForbidden, "permission"},
	{revoke.ErrGrant, http.StatusNotFound, "grant"},
	{session.ErrStale, http.StatusForbidden, "stale"},
	{signin.ErrUpstream, http.StatusForbidden, "upstream"},
	{signin.ErrSignInAndLink, http.StatusForbidden, "address"},
	{signin.ErrNoNewcomers, http.StatusForbidden, "newcomer"},
	{signin.ErrLinkedElsewhere, http.StatusConflict, "linked"},
}

// Failure shows the page for an error of a use case. One that is not a refusal means that the
// answer is not known: it is noted in the gin context and shown as 503.
func (p *Pages) Failure(c *gin.Context, err error) {
	var limit *oauth.LimitError
	var refusal *oauth.Error
	switch {
	case isNobody(err):
		redirect(c, p.loginURL.String())
	case errors.As(err, &limit):
		p.tooMany(c, limit)
	case errors.As(err, &refusal):
		p.refusal(c, err, refusal)
	default:
		_ = c.Error(err)
		retryAfter(c, outage)
		p.problem(c, http.StatusServiceUnavailable, "outage", "")
	}
}

// tooMany says how long to wait.
func (p *Pages) tooMany(c *gin.Context, limit *oauth.LimitError) {
	l := p.spoken(c)
	text := l.waiting(retryAfter(c, limit.RetryAfter))
	p.showProblem(c, http.StatusTooManyRequests, l.say("problem.limit.title"), problemPage{Text: text})
}

func (p *Pages) refusal(c *gin.Context, err error, refusal *oauth.Error) {
	for _, k := range known {
		if errors.Is(err, k.refusal) {
			p.problem(c, k.status, k.name, "")
			return
		}
	}
	p.problem(c, http.StatusBadRequest, "refused", refusal.Error())
}

// outage is when to try again after one. Nobody knows; it is short enough to be tried.
const outage = 5 * time.Second

// retryAfter says in whole seconds, rounded up, when to try again (RFC 9110 §10.2.3).
func retryAfter(c *gin.Context, wait time.Duration) int {
	seconds := max(1, int(math.Ceil(wait.Seconds())))
	c.Header("Retry-After", strconv.Itoa(seconds))
	return seconds
}

// waiting says how long to wait in a unit that people count in, and never one of it.
func (t *tongue) waiting(seconds int) string {
	if seconds <= 120 {
		return t.say("problem.limit.seconds", max(2, seconds))
	}
	return t.say("problem.limit.minutes", (seconds+59)/60)
}
