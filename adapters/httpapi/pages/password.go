package pages

import (
	"github.com/gin-gonic/gin"

	"writ/application/signin"
	"writ/domain/oauth"
)

const passwordPath = "/account/security/password" //nolint:gosec // G101: the path of a page

func (p *Pages) passwordSection(c *gin.Context, who signin.Recognised) section {
	l := p.spoken(c)
	f := formPage{Action: passwordPath, ID: "password-submit", Submit: l.say("password.change"), Username: called(who)}
	if who.Profile.Password != "" {
		f.Fields = append(f.Fields, field{
			ID: "password-present", Name: "present", Type: "password", Label: l.say("password.present"), Complete: "current-password",
		})
	}
	f.Fields = append(f.Fields, l.newPassword("password-new"))
	return section{ID: "password", Title: l.say("login.password"), Lead: l.say("password.lead"), Form: p.ownForm(c, f)}
}

func (p *Pages) changePassword(c *gin.Context) {
	who, ok := p.sentBy(c, passwordPath, securityPath)
	if !ok {
		return
	}
	in, err := p.verbs.PasswordChange.Execute(c.Request.Context(), signin.PasswordChangeCommand{
		Visitor: who.Visitor, Present: oauth.Secret(posted(c, "present")), Next: oauth.Secret(posted(c, "password")), Visit: browserOf(c),
	})
	if err == nil {
		p.gate.Welcome(c, in.Token)
	}
	p.settled(c, err, securityPath, p.showSecurity)
}
