package pages

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"writ/application/signin"
	"writ/domain/oauth"
)

// The paths of the pages that sign people in by what is sent to them.
const (
	emailPath     = "/login/email"
	emailCodePath = "/login/email/code"
	emailLinkPath = "/login/link"
	phonePath     = "/login/phone"
	phoneCodePath = "/login/phone/code"
)

var (
	emailProof = proofForm{action: emailCodePath, title: "code.title", lead: "code.mailed", submit: "login.submit"}
	phoneProof = proofForm{action: phoneCodePath, title: "code.title", lead: "code.texted", submit: "login.submit"}
	emailLink  = proofForm{action: emailCodePath, title: "login.title", lead: "link.login", submit: "login.submit"}
)

// email asks where to send a code.
func (p *Pages) email(c *gin.Context) {
	l := p.spoken(c)
	page := l.emailPage(c.Query("login_hint"), localPath(c.Query("return_url")))
	p.showForm(c, http.StatusOK, l.say("email.title"), signin.Recognised{}, page)
}

func (s spoken) emailPage(typed, returnURL string) formPage {
	return formPage{
		Lead: s.say("email.lead"), Action: emailPath, ID: "email-submit", Submit: s.say("code.send"),
		Hidden: []hidden{{"return_url", returnURL}}, Fields: []field{s.emailField("email", typed)},
	}
}

func (p *Pages) sendEmail(c *gin.Context) {
	returnURL, ok := p.sent(c, emailPath)
	if !ok {
		return
	}
	l, typed := p.spoken(c), posted(c, "email")
	begun, err := p.verbs.EmailStart.Execute(c.Request.Context(), signin.EmailStartCommand{
		Email: typed, Languages: l.languages(), Source: c.ClientIP(),
	})
	if err != nil {
		p.again(c, err, l.say("email.title"), l.emailPage(typed, returnURL))
		return
	}
	f := emailProof
	f.id, f.returnURL = begun.ID.Reveal(), returnURL
	p.showProof(c, f)
}

func (p *Pages) emailLinked(c *gin.Context) { p.showProof(c, emailLink.linked(c)) }

func (p *Pages) finishEmail(c *gin.Context) {
	returnURL, ok := p.sent(c, emailCodePath)
	if !ok {
		return
	}
	f := emailProof.answered(c, returnURL)
	if f.link {
		f.title, f.lead = emailLink.title, emailLink.lead
	}
	in, err := p.verbs.EmailFinish.Execute(c.Request.Context(), signin.EmailFinishCommand{
		ID: oauth.Secret(f.id), Code: f.code(c), Handle: f.handle, Visit: browserOf(c),
	})
	p.concluded(c, f, in, err)
}

// phone asks whom to send a code, and where.
func (p *Pages) phone(c *gin.Context) {
	l := p.spoken(c)
	page := l.phonePage(c.Query("login_hint"), "", localPath(c.Query("return_url")))
	p.showForm(c, http.StatusOK, l.say("phone.title"), signin.Recognised{}, page)
}

func (s spoken) phonePage(handle, number, returnURL string) formPage {
	return formPage{
		Lead: s.say("phone.lead"), Action: phonePath, ID: "phone-submit", Submit: s.say("code.send"),
		Hidden: []hidden{{"return_url", returnURL}},
		Fields: []field{s.handleField("phone-handle", handle), s.phoneField("phone", number)},
	}
}

func (s spoken) phoneField(id, value string) field {
	return field{
		ID: id, Name: "phone", Type: "tel", Label: s.say("phone.label"), Hint: s.say("phone.hint"), Value: plain(value),
		Complete: "tel", Latin: true,
	}
}

func (p *Pages) sendText(c *gin.Context) {
	returnURL, ok := p.sent(c, phonePath)
	if !ok {
		return
	}
	l, handle, number := p.spoken(c), posted(c, "handle"), posted(c, "phone")
	begun, err := p.verbs.PhoneStart.Execute(c.Request.Context(), signin.PhoneStartCommand{
		Handle: handle, Number: number, Languages: l.languages(), Source: c.ClientIP(),
	})
	if err != nil {
		p.again(c, err, l.say("phone.title"), l.phonePage(handle, number, returnURL))
		return
	}
	f := phoneProof
	f.id, f.handle, f.returnURL = begun.ID.Reveal(), handle, returnURL
	p.showProof(c, f)
}

func (p *Pages) finishText(c *gin.Context) {
	returnURL, ok := p.sent(c, phoneCodePath)
	if !ok {
		return
	}
	f := phoneProof.answered(c, returnURL)
	in, err := p.verbs.PhoneFinish.Execute(c.Request.Context(), signin.PhoneFinishCommand{
		Handle: f.handle, ID: oauth.Secret(f.id), Code: f.code(c), Visit: browserOf(c),
	})
	p.concluded(c, f, in, err)
}
