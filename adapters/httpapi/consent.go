package httpapi

import (
	"time"

	"github.com/gin-gonic/gin"

	"writ/application/authorize"
	"writ/domain/oauth"
	"writ/domain/session"
)

// consentEndpoint lets another frontend show a request and take the decision on it.
type consentEndpoint struct {
	uc     *authorize.Consent
	gate   Gate
	refuse refusals
}

// consentView is what is to be decided on.
type consentView struct {
	RequestID string            `json:"request_id"`
	Client    oauth.ClientID    `json:"client_id"`
	Name      string            `json:"client_name"`
	Redirect  oauth.RedirectURI `json:"redirect_uri"`
	Expires   time.Time         `json:"expires_at"`
	Requested []string          `json:"requested_scopes"`
	Granted   []string          `json:"granted_scopes"`
	Inherits  bool              `json:"inherits_user_permissions"`
	Resources []string          `json:"resources,omitempty"`
}

func (e consentEndpoint) read(c *gin.Context) {
	view, err := e.view(c)
	if err != nil {
		e.refuse.consent(c, err)
		return
	}
	answer(c, view)
}

func (e consentEndpoint) view(c *gin.Context) (consentView, error) {
	who, err := e.gate.Recognise(c)
	if err != nil {
		return consentView{}, err
	}
	f := parseForm(c.Request.URL.RawQuery)
	if err := f.check(); err != nil {
		return consentView{}, err
	}
	id := f.value("request_id")
	v, err := e.uc.Read(c.Request.Context(), authorize.ConsentQuery{RequestID: id, Visitor: who.Visitor})
	return consentView{
		RequestID: id, Client: v.Client.ClientID, Name: v.Client.Name, Redirect: v.Redirect, Expires: v.Expires,
		Requested: v.Requested.Words(), Granted: v.Granted.Words(), Inherits: v.Inherits, Resources: v.Resources,
	}, err
}

// decision is the body of a decision on a request.
type decision struct {
	RequestID string `json:"request_id"`
	UserCode  string `json:"user_code"`
	Decision  string `json:"decision"`
}

// decided is the answer to a decision.
type decided struct {
	Status   string `json:"status"`
	Location string `json:"location,omitempty"`
}

func (e consentEndpoint) decide(c *gin.Context) {
	who, d, err := readDecision(e.gate, c)
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	location, err := e.uc.Decide(c.Request.Context(), authorize.ConsentCommand{
		RequestID: d.RequestID, Approve: d.approves(), Visitor: who,
	})
	if err != nil {
		e.refuse.consent(c, err)
		return
	}
	answer(c, decided{Status: d.status(), Location: location})
}

// readDecision reads who decides what.
func readDecision(gate Gate, c *gin.Context) (session.Visitor, decision, error) {
	var d decision
	who, err := gate.Recognise(c)
	if err != nil {
		return session.Visitor{}, d, err
	}
	err = readJSON(c, &d, func() []string { return []string{d.RequestID, d.UserCode, d.Decision} })
	if err == nil && d.Decision != "approve" && d.Decision != "deny" {
		err = errJSON
	}
	return who.Visitor, d, err
}

func (d decision) approves() bool { return d.Decision == "approve" }

func (d decision) status() string {
	if d.approves() {
		return "approved"
	}
	return "denied"
}
