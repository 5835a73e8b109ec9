package pages

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"writ/application/signin"
	"writ/domain/oauth"
)

// loginPage asks for handle and password, and leads to the other ways to sign in.
type loginPage struct {
	ReturnURL string
	CSRF      string
	Handle    string
	Wrong     bool
	Prompt    string // what the request wants of somebody who is signed in: "login", "select_account" or nothing
	Already   string // who is signed in, or empty
	Continue  string // where that person goes on
	Passkey   *passkeyButton
	Providers []provider
	Ways      []way
}

func purposeLogin(returnURL string) string { return "login " + returnURL }

const purposeLogout = "logout"

func (p *Pages) login(c *gin.Context) {
	who, err := p.gate.Recognise(c)
	if err != nil && !isNobody(err) {
		p.Failure(c, err)
		return
	}
	page := loginPage{
		ReturnURL: localPath(c.Query("return_url")), Prompt: promptOf(c.Query("prompt")), Handle: c.Query("login_hint"),
	}
	if page.Prompt == "login" && page.Handle == "" && err == nil {
		page.Handle = called(who)
	}
	p.showLogin(c, http.StatusOK, who, page)
}

// promptOf is what a request may want of somebody who is signed in (OIDC Core §3.1.2.1).
func promptOf(text string) string {
	if text == "login" || text == "select_account" {
		return text
	}
	return ""
}

func (p *Pages) showLogin(c *gin.Context, status int, who signin.Recognised, page loginPage) {
	l, title := p.spoken(c), "login.title"
	page.CSRF = p.gate.CSRF(c, purposeLogin(page.ReturnURL))
	page.Ways, page.Providers = p.waysIn(l, page), p.providers(l, page.ReturnURL)
	if who.Account != "" {
		page.Already, page.Continue = called(who), cmp.Or(page.ReturnURL, p.at(homePath))
	}
	if page.Prompt == "select_account" && page.Already != "" {
		title, page.Continue = "login.choose", withAccount(page.Continue, string(who.Account))
	}
	onTheWay(c)
	if p.passkeys {
		scripted(c)
		page.Passkey = &passkeyButton{
			ID: "login-passkey", Text: l.say("login.passkey"), Address: p.at("/api/auth/passkey"),
			Next: cmp.Or(page.ReturnURL, p.at(homePath)), Failed: l.say("passkeys.failed"),
		}
	}
	p.show(c, status, "login", l.say(title), who, page)
}

// withAccount is a path that goes on as one account.
func withAccount(path, account string) string {
	if !strings.Contains(path, "?") {
		path += "?"
	}
	return path + "&account=" + url.QueryEscape(account)
}

// waysIn are the other ways to sign in, and what to do without any.
func (p *Pages) waysIn(l spoken, page loginPage) []way {
	var all []way
	add := func(offered bool, id, path, text, icon string) {
		if offered {
			all = append(all, way{ID: id, Path: p.withReturn(path, page.ReturnURL), Text: l.say(text), Icon: icon})
		}
	}
	add(p.verbs.EmailStart.Offered(), "login-email", emailPath, "login.by_email", "mail")
	add(p.verbs.PhoneStart.Offered(), "login-phone", phonePath, "login.by_phone", "phone")
	add(p.verbs.ResetStart.Offered(), "login-reset", resetPath, "login.forgot", "")
	add(p.verbs.SignUp.Offered(), "login-signup", signUpPath, "login.signup", "")
	return all
}

// signIn answers an unknown handle and a wrong password with the same page.
func (p *Pages) signIn(c *gin.Context) {
	posted := c.Request.PostForm
	page := loginPage{
		ReturnURL: localPath(posted.Get("return_url")), Prompt: promptOf(posted.Get("prompt")), Handle: strings.TrimSpace(posted.Get("handle")),
	}
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
	p.showLogin(c, http.StatusForbidden, who, loginPage{ReturnURL: page.ReturnURL, Prompt: page.Prompt})
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
