package pages

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"writ/application/authorize"
	"writ/application/signin"
	"writ/domain/device"
)

// devicePage asks for the code that a device shows.
type devicePage struct {
	Code  string
	CSRF  string
	Wrong bool
}

// confirmPage shows who asks for what, before the person decides for a device (RFC 8628 §3.3).
type confirmPage struct {
	Code    string
	CSRF    string
	Client  string
	Account string
	Origin  origin
	Gives   gives
}

// donePage says what was decided.
type donePage struct{ Approved bool }

const purposeDevice = "device"

func purposeDecision(code string) string { return "device " + code }

// device shows the form. A code in the address is filled in and not looked up: the person is to
// compare it with what the device shows and to press a button (RFC 8628 §3.3.1, §5.4).
func (p *Pages) device(c *gin.Context) {
	typed := c.Query("user_code")
	who, ok := p.member(c, devicePathFor(typed))
	if ok {
		p.showDevice(c, http.StatusOK, who, devicePage{Code: shown(typed)})
	}
}

func devicePathFor(typed string) string {
	if typed == "" {
		return devicePath
	}
	return devicePath + "?user_code=" + url.QueryEscape(shown(typed))
}

// shown is a code in the form in which devices show it; what is no code is shown as it is.
func shown(typed string) string {
	if code, ok := device.ParseUserCode(typed); ok {
		return code.String()
	}
	return plain(typed)
}

func (p *Pages) showDevice(c *gin.Context, status int, who signin.Recognised, page devicePage) {
	page.CSRF = p.gate.CSRF(c, purposeDevice)
	p.show(c, status, "device", p.spoken(c).say("device.title"), who, page)
}

// decideDevice takes the two forms of the device page: the code, and the decision on it.
func (p *Pages) decideDevice(c *gin.Context) {
	code := shown(c.Request.PostForm.Get("user_code"))
	who, ok := p.member(c, devicePathFor(code))
	if !ok {
		return
	}
	if c.Request.PostForm.Has("decision") {
		p.decideCode(c, who, code)
		return
	}
	if p.genuine(c, purposeDevice) {
		p.confirm(c, who, code)
	}
}

// confirm shows what the code stands for, without claiming it.
func (p *Pages) confirm(c *gin.Context, who signin.Recognised, code string) {
	seen, err := p.verbs.Device.Read(c.Request.Context(), authorize.DeviceQuery{UserCode: code, Visitor: who.Visitor})
	if err != nil {
		p.deviceFailure(c, who, code, err)
		return
	}
	l := p.spoken(c)
	page := confirmPage{
		Code: code, CSRF: p.gate.CSRF(c, purposeDecision(code)), Client: nameOf(seen.Client), Account: called(who),
		Origin: p.originOf(l, seen.Client, who.Account), Gives: givesOf(l, who, asked(seen)),
	}
	p.show(c, http.StatusOK, "device_confirm", l.say("confirm.title"), who, page)
}

func (p *Pages) decideCode(c *gin.Context, who signin.Recognised, code string) {
	if !p.genuine(c, purposeDecision(code)) {
		return
	}
	approve, ok := p.decision(c)
	if !ok {
		return
	}
	err := p.verbs.Device.Decide(c.Request.Context(), authorize.DeviceCommand{UserCode: code, Approve: approve, Visitor: who.Visitor})
	if err != nil {
		p.deviceFailure(c, who, code, err)
		return
	}
	title := "denied.title"
	if approve {
		title = "approved.title"
	}
	p.show(c, http.StatusOK, "device_done", p.spoken(c).say(title), who, donePage{Approved: approve})
}

// deviceFailure lets a code that is not known be entered again.
func (p *Pages) deviceFailure(c *gin.Context, who signin.Recognised, code string, err error) {
	if errors.Is(err, device.ErrUserCode) {
		p.showDevice(c, http.StatusBadRequest, who, devicePage{Code: code, Wrong: true})
		return
	}
	p.Failure(c, err)
}
