package pages

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"writ/application/signin"
	"writ/domain/oauth"
)

// The paths of the pages on which accounts are opened, and passwords forgotten.
const (
	signUpPath     = "/sign-up"
	signUpCodePath = "/sign-up/code"
	signUpLinkPath = "/sign-up/link"
	resetPath      = "/reset"
	resetCodePath  = "/reset/code"
)

var (
	signUpProof = proofForm{action: signUpCodePath, title: "code.title", lead: "code.mailed", submit: "signup.submit"}
	signUpLink  = proofForm{action: signUpCodePath, title: "signup.title", lead: "link.signup", submit: "signup.submit"}
	resetProof  = proofForm{action: resetCodePath, title: "reset.title", lead: "code.mailed", submit: "reset.submit", password: true}
	resetLink   = proofForm{action: resetCodePath, title: "reset.title", lead: "link.reset", submit: "reset.submit", password: true}
)

// signUp asks for what a new account needs.
func (p *Pages) signUp(c *gin.Context) {
	page := p.signUpPage(p.spoken(c), signin.SignUpCommand{}, localPath(c.Query("return_url")))
	p.showForm(c, http.StatusOK, p.spoken(c).say("signup.title"), signin.Recognised{}, page)
}

func (p *Pages) signUpPage(l spoken, typed signin.SignUpCommand, returnURL string) formPage {
	page := formPage{
		Lead: l.say("signup.lead", plain(p.name)), Action: signUpPath, ID: "signup-submit", Submit: l.say("signup.submit"),
		Hidden: []hidden{{"return_url", returnURL}},
		Fields: []field{
			l.handleField("signup-handle", typed.Handle),
			{ID: "signup-name", Name: "name", Label: l.say("signup.name"), Value: plain(typed.Name), Complete: "name", Optional: true},
		},
		Ways: []way{{ID: "signup-login", Path: p.withReturn(loginPath, returnURL), Text: l.say("signup.known")}},
	}
	if p.verbs.SignUp.NeedsEmail() {
		page.Fields = append(page.Fields, l.emailField("signup-email", typed.Email))
	}
	page.Fields = append(page.Fields, l.newPassword("signup-password"))
	return page
}

// withReturn is a path that leads back to another.
func (p *Pages) withReturn(path, returnURL string) string {
	if returnURL == "" {
		return path
	}
	return path + "?return_url=" + escapedValue(returnURL)
}

func (p *Pages) open(c *gin.Context) {
	returnURL, ok := p.sent(c, signUpPath)
	if !ok {
		return
	}
	l := p.spoken(c)
	cmd := signin.SignUpCommand{
		Handle: strings.TrimSpace(posted(c, "handle")), Name: strings.TrimSpace(posted(c, "name")), Email: posted(c, "email"),
		Password: oauth.Secret(posted(c, "password")), Languages: l.languages(), Visit: browserOf(c),
	}
	opened, err := p.verbs.SignUp.Execute(c.Request.Context(), cmd)
	switch {
	case err != nil:
		p.again(c, err, l.say("signup.title"), p.signUpPage(l, cmd, returnURL))
	case opened.Waits():
		f := signUpProof
		f.id, f.returnURL = opened.ID.Reveal(), returnURL
		p.showProof(c, f)
	default:
		who, _ := p.gate.Recognise(c)
		p.welcome(c, who, opened.SignedIn, returnURL)
	}
}

func (p *Pages) signUpLinked(c *gin.Context) { p.showProof(c, signUpLink.linked(c)) }

func (p *Pages) finishSignUp(c *gin.Context) {
	returnURL, ok := p.sent(c, signUpCodePath)
	if !ok {
		return
	}
	f := signUpProof.answered(c, returnURL)
	if f.link {
		f.title, f.lead = signUpLink.title, signUpLink.lead
	}
	in, err := p.verbs.SignUpFinish.Execute(c.Request.Context(), signin.SignUpFinishCommand{
		ID: oauth.Secret(f.id), Code: f.code(c), Handle: f.handle, Visit: browserOf(c),
	})
	p.concluded(c, f, in, err)
}

// reset asks where to send a code for a new password, or for the new password if it was asked.
func (p *Pages) reset(c *gin.Context) {
	if c.Query("token") != "" {
		p.showProof(c, resetLink.linked(c))
		return
	}
	l := p.spoken(c)
	p.showForm(c, http.StatusOK, l.say("reset.title"), signin.Recognised{}, l.resetPage("", localPath(c.Query("return_url"))))
}

func (s spoken) resetPage(typed, returnURL string) formPage {
	return formPage{
		Lead: s.say("reset.lead"), Action: resetPath, ID: "reset-submit", Submit: s.say("code.send"),
		Hidden: []hidden{{"return_url", returnURL}}, Fields: []field{s.emailField("reset-email", typed)},
	}
}

func (p *Pages) sendReset(c *gin.Context) {
	returnURL, ok := p.sent(c, resetPath)
	if !ok {
		return
	}
	l, typed := p.spoken(c), posted(c, "email")
	begun, err := p.verbs.ResetStart.Execute(c.Request.Context(), signin.ResetStartCommand{
		Email: typed, Languages: l.languages(), Source: c.ClientIP(),
	})
	if err != nil {
		p.again(c, err, l.say("reset.title"), l.resetPage(typed, returnURL))
		return
	}
	f := resetProof
	f.id, f.returnURL = begun.ID.Reveal(), returnURL
	p.showProof(c, f)
}

func (p *Pages) finishReset(c *gin.Context) {
	returnURL, ok := p.sent(c, resetCodePath)
	if !ok {
		return
	}
	f := resetProof.answered(c, returnURL)
	if f.link {
		f.lead = resetLink.lead
	}
	in, err := p.verbs.ResetFinish.Execute(c.Request.Context(), signin.ResetFinishCommand{
		ID: oauth.Secret(f.id), Code: f.code(c), Password: oauth.Secret(posted(c, "password")), Visit: browserOf(c),
	})
	p.concluded(c, f, in, err)
}
