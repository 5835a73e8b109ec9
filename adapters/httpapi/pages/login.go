package pages

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"writ/application/signin"
	"writ/domain/oauth"
)

// loginPage asks for handle and password.
type loginPage struct {
	ReturnURL string
	CSRF      string
	Handle    string
	Wrong     bool
	Already   string // who is signed in, or empty
}

func purposeLogin(returnURL string) string { return "login " + returnURL }

const purposeLogout = "logout"

func (p *Pages) login(c *gin.Context) {
	who, err := p.gate.Recognise(c)
	if err != nil && !isNobody(err) {
		p.Failure(c, err)
		return
	}
	p.showLogin(c, http.StatusOK, who, loginPage{ReturnURL: localPath(c.Query("return_url"))})
}

func (p *Pages) showLogin(c *gin.Context, status int, who signin.Recognised, page loginPage) {
	page.CSRF = p.gate.CSRF(c, purposeLogin(page.ReturnURL))
	if who.Account != "" {
		page.Already = called(who)
	}
	onTheWay(c)
	p.show(c, status, "login", p.spoken(c).say("login.title"), who, page)
}

// signIn answers an unknown handle and a wrong password with the same page.
func (p *Pages) signIn(c *gin.Context) {
	posted := c.Request.PostForm
	page := loginPage{ReturnURL: localPath(posted.Get("return_url")), Handle: strings.TrimSpace(posted.Get("handle"))}
	who, err := p.gate.Recognise(c)
	if err != nil && !isNobody(err) {
		p.Failure(c, err)
		return
	}
	if !p.gate.CheckCSRF(c, purposeLogin(page.ReturnURL), posted.Get("csrf")) {
		p.outdated(c, who, page)
		return
	}
	in, err := p.verbs.Password.Execute(c.Request.Context(), signin.PasswordCommand{
		Handle: page.Handle, Password: oauth.Secret(posted.Get("password")),
		Visit: signin.Visit{UserAgent: strings.ToValidUTF8(c.Request.UserAgent(), ""), Source: c.ClientIP()},
	})
	switch {
	case errors.Is(err, signin.ErrCredentials):
		page.Wrong = true
		p.showLogin(c, http.StatusUnauthorized, who, page)
	case err != nil:
		p.Failure(c, err)
	default:
		p.welcome(c, who, in, page.ReturnURL)
	}
}

// outdated answers a form that was not sent out to this visitor. Somebody who signed in in another
// tab meanwhile can go on from here; nothing was looked at but where to.
func (p *Pages) outdated(c *gin.Context, who signin.Recognised, page loginPage) {
	if who.Account == "" {
		p.problem(c, http.StatusForbidden, "forged", "")
		return
	}
	p.showLogin(c, http.StatusForbidden, who, loginPage{ReturnURL: page.ReturnURL})
}

// welcome replaces the session that the browser had. That the old one could not be ended is no
// reason to refuse the new one: the browser forgets it.
func (p *Pages) welcome(c *gin.Context, before signin.Recognised, in signin.SignedIn, returnURL string) {
	if before.Session != "" {
		err := p.verbs.Leave.Execute(c.Request.Context(), signin.LeaveCommand{Visitor: before.Visitor})
		if err != nil {
			_ = c.Error(err)
		}
	}
	p.gate.Welcome(c, in.Token)
	redirect(c, cmp.Or(returnURL, p.at(homePath)))
}

// signOut ends the session on the server, and then in the browser.
func (p *Pages) signOut(c *gin.Context) {
	who, err := p.gate.Recognise(c)
	switch {
	case isNobody(err):
	case err != nil:
		p.Failure(c, err)
		return
	case !p.genuine(c, purposeLogout):
		return
	default:
		err = p.verbs.Leave.Execute(c.Request.Context(), signin.LeaveCommand{Visitor: who.Visitor})
		if err != nil {
			p.Failure(c, err)
			return
		}
	}
	p.gate.Farewell(c)
	redirect(c, p.at(homePath))
}
