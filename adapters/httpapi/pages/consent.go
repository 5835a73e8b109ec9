package pages

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"writ/application/authorize"
	"writ/application/signin"
	"writ/domain/client"
)

// consentPage shows who asks for what, before the person decides.
type consentPage struct {
	RequestID string
	CSRF      string
	Client    string
	ClientID  string
	Host      string // where the answer goes
	Local     bool   // to a program on this computer
	Private   bool   // to whichever program has the scheme on this device
	Account   string
	Origin    origin
	Gives     gives
}

func purposeConsent(requestID string) string { return "consent " + requestID }

// consent shows the request. A HEAD does not even look at it, for looking binds a request that is
// nobody's to this browser.
func (p *Pages) consent(c *gin.Context) {
	requestID := c.Query("request_id")
	who, ok := p.member(c, consentPath+"?request_id="+url.QueryEscape(requestID))
	if !ok {
		return
	}
	onTheWay(c)
	if c.Request.Method == http.MethodHead {
		c.Status(http.StatusOK)
		return
	}
	seen, err := p.verbs.Consent.Read(c.Request.Context(), authorize.ConsentQuery{RequestID: requestID, Visitor: who.Visitor})
	if err != nil {
		p.Failure(c, err)
		return
	}
	l := p.spoken(c)
	page := p.consentPage(l, seen, who)
	page.RequestID, page.CSRF = requestID, p.gate.CSRF(c, purposeConsent(requestID))
	p.show(c, http.StatusOK, "consent", l.say("consent.title", plain(page.Client)), who, page)
}

func (p *Pages) consentPage(l spoken, seen authorize.ConsentView, who signin.Recognised) consentPage {
	web := strings.HasPrefix(string(seen.Redirect), "http")
	return consentPage{
		Client: nameOf(seen.Client), ClientID: string(seen.Client.ClientID), Account: called(who),
		Host: seen.Redirect.Host(), Local: web && !seen.Redirect.IsHTTPS(), Private: !web,
		Origin: p.originOf(l, seen.Client, who.Account), Gives: givesOf(l, who, seen),
	}
}

// nameOf is what a client is called. Only an old client can have no name.
func nameOf(c client.State) string {
	if c.Name != "" {
		return c.Name
	}
	return string(c.ClientID)
}

// decideConsent decides on the stored request. Whatever else the form says is not looked at, so
// that it cannot widen what was asked for.
func (p *Pages) decideConsent(c *gin.Context) {
	requestID := c.Request.PostForm.Get("request_id")
	who, ok := p.member(c, consentPath+"?request_id="+url.QueryEscape(requestID))
	if !ok || !p.genuine(c, purposeConsent(requestID)) {
		return
	}
	approve, ok := p.decision(c)
	if !ok {
		return
	}
	location, err := p.verbs.Consent.Decide(c.Request.Context(), authorize.ConsentCommand{
		RequestID: requestID, Approve: approve, Visitor: who.Visitor,
	})
	if err != nil {
		p.Failure(c, err)
		return
	}
	redirect(c, location)
}

// decision is which button was pressed. A form without one decides nothing.
func (p *Pages) decision(c *gin.Context) (approve, ok bool) {
	switch c.Request.PostForm.Get("decision") {
	case "approve":
		return true, true
	case "deny":
		return false, true
	default:
		p.problem(c, http.StatusBadRequest, "malformed", "")
		return false, false
	}
}
