package httpapi

import (
	"time"

	"github.com/gin-gonic/gin"

	"writ/application/authorize"
	"writ/domain/oauth"
)

// deviceConsentEndpoint lets another frontend show a device's request and take the decision on it.
type deviceConsentEndpoint struct {
	uc     *authorize.DeviceConsent
	gate   Gate
	keeper *gatekeeper
	refuse refusals
}

// deviceView is what is to be decided on.
type deviceView struct {
	UserCode  string         `json:"user_code"`
	Client    oauth.ClientID `json:"client_id"`
	Name      string         `json:"client_name"`
	Expires   time.Time      `json:"expires_at"`
	Requested []string       `json:"requested_scopes"`
	Granted   []string       `json:"granted_scopes"`
	Inherits  bool           `json:"inherits_user_permissions"`
	Resources []string       `json:"resources,omitempty"`
}

func (e deviceConsentEndpoint) read(c *gin.Context) {
	view, err := e.view(c)
	if err != nil {
		e.refuse.consent(c, err)
		return
	}
	answer(c, view)
}

// view claims the code when a script of a trusted page asks, and otherwise changes nothing.
func (e deviceConsentEndpoint) view(c *gin.Context) (deviceView, error) {
	who, err := e.gate.Recognise(c)
	if err != nil {
		return deviceView{}, err
	}
	f := parseForm(c.Request.URL.RawQuery)
	if err := f.check(); err != nil {
		return deviceView{}, err
	}
	v, err := e.uc.Read(c.Request.Context(), authorize.DeviceQuery{
		UserCode: f.value("user_code"), Claim: e.keeper.isDeliberate(c.Request), Visitor: who.Visitor,
	})
	return deviceView{
		UserCode: v.UserCode.String(), Client: v.Client.ClientID, Name: v.Client.Name, Expires: v.Expires,
		Requested: v.Requested.Words(), Granted: v.Granted.Words(), Inherits: v.Inherits, Resources: v.Resources,
	}, err
}

func (e deviceConsentEndpoint) decide(c *gin.Context) {
	who, d, err := readDecision(e.gate, c)
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	err = e.uc.Decide(c.Request.Context(), authorize.DeviceCommand{
		UserCode: d.UserCode, Approve: d.approves(), Visitor: who,
	})
	if err != nil {
		e.refuse.consent(c, err)
		return
	}
	answer(c, decided{Status: d.status()})
}
