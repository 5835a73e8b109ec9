package pages

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"writ/application/signin"
	"writ/domain/account"
	"writ/domain/oauth"
)

// browserOf is what is known of the browser that signs in.
func browserOf(c *gin.Context) signin.Visit {
	return signin.Visit{UserAgent: strings.ToValidUTF8(c.Request.UserAgent(), ""), Source: c.ClientIP()}
}

// languages are those of messages: the one that the page is in.
func (s spoken) languages() []string { return []string{s.tag.String()} }

// proofForm asks for the code that was sent, or for the press of a button by whoever opened the link
// that was sent: opening it alone changes nothing.
type proofForm struct {
	action    string
	title     string // names of texts
	lead      string
	submit    string
	id        string // of the proof that is waited for, or the token of the link
	link      bool
	handle    string // chosen for a new account
	asks      bool   // for a handle
	password  bool   // asks for a new password
	returnURL string
}

func (f proofForm) page(l spoken) formPage {
	page := formPage{
		Lead: l.say(f.lead), Action: f.action, ID: "code-submit", Submit: l.say(f.submit),
		Hidden: []hidden{{"id", f.id}, {"return_url", f.returnURL}},
	}
	if f.link {
		page.Hidden = append(page.Hidden, hidden{"link", "yes"})
	} else {
		page.Fields = append(page.Fields, field{
			ID: "code", Name: "code", Label: l.say("code.label"), Hint: l.say("code.hint"), Code: true, Latin: true,
			Complete: "one-time-code", Mode: "numeric",
		})
	}
	switch {
	case f.asks:
		page.Fields = append(page.Fields, l.handleField("code-handle", f.handle))
	case f.handle != "":
		page.Hidden = append(page.Hidden, hidden{"handle", f.handle})
	}
	if f.password {
		page.Fields = append(page.Fields, l.newPassword("code-password"))
	}
	return page
}

func (s spoken) handleField(id, value string) field {
	return field{
		ID: id, Name: "handle", Label: s.say("login.handle"), Hint: s.say("signup.handle_hint"),
		Value: plain(value), Complete: "username", Latin: true,
	}
}

func (s spoken) newPassword(id string) field {
	return field{
		ID: id, Name: "password", Type: "password", Label: s.say("password.new"), Hint: s.say("password.hint"),
		Complete: "new-password",
	}
}

func (s spoken) emailField(id, value string) field {
	return field{
		ID: id, Name: "email", Type: "email", Label: s.say("email.label"), Value: plain(value), Complete: "email", Latin: true,
	}
}

// linked is the form for somebody who opened a link out of a letter.
func (f proofForm) linked(c *gin.Context) proofForm {
	f.id, f.link = c.Query("token"), true
	return f
}

// answered is the form with what was posted.
func (f proofForm) answered(c *gin.Context, returnURL string) proofForm {
	f.id, f.link, f.handle, f.returnURL = posted(c, "id"), posted(c, "link") != "", strings.TrimSpace(posted(c, "handle")), returnURL
	return f
}

// code is what was typed, without the spaces that people type for themselves.
func (f proofForm) code(c *gin.Context) oauth.Secret {
	if f.link {
		return ""
	}
	return oauth.Secret(strings.Join(strings.Fields(posted(c, "code")), ""))
}

func (p *Pages) showProof(c *gin.Context, f proofForm) {
	l := p.spoken(c)
	p.showForm(c, http.StatusOK, l.say(f.title), signin.Recognised{}, f.page(l))
}

// concluded signs the person in, or asks again.
func (p *Pages) concluded(c *gin.Context, f proofForm, in signin.SignedIn, err error) {
	if err == nil {
		who, _ := p.gate.Recognise(c) // nobody, or whose session is replaced
		p.welcome(c, who, in, f.returnURL)
		return
	}
	f.asks = f.asks || errors.Is(err, signin.ErrHandleNeeded) || errors.Is(err, signin.ErrHandleTaken) || errors.Is(err, account.ErrHandle)
	l := p.spoken(c)
	page := f.page(l)
	if f.link && errors.Is(err, signin.ErrCode) {
		page.Fields = nil
	}
	p.again(c, err, l.say(f.title), page)
}
