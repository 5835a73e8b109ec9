package pages

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"writ/application/maintain"
	"writ/application/signin"
	"writ/ports"
)

func (p *Pages) profile(c *gin.Context) {
	if who, ok := p.member(c, profilePath); ok {
		p.showProfile(c, http.StatusOK, who, "")
	}
}

func (p *Pages) showProfile(c *gin.Context, status int, who signin.Recognised, wrong string) {
	l, known := p.spoken(c), who.Profile.Profile
	handle, name := known.Handle.Reveal(), known.Name.Reveal()
	if wrong != "" {
		handle, name = posted(c, "handle"), posted(c, "name")
	}
	own := l.handleField("profile-handle", handle)
	p.showAccount(c, status, "profile.title", who, accountPage{Wrong: wrong, Sections: []section{{
		ID: "profile", Lead: l.say("profile.lead"),
		Form: p.ownForm(c, formPage{
			Action: profilePath, ID: "profile-submit", Submit: l.say("form.save"),
			Fields: []field{
				{ID: "profile-name", Name: "name", Label: l.say("signup.name"), Value: plain(name), Complete: "name", Optional: true},
				own,
			},
		}),
	}}})
}

func (p *Pages) changeProfile(c *gin.Context) {
	who, ok := p.sentBy(c, profilePath, profilePath)
	if !ok {
		return
	}
	_, err := p.verbs.Profile.Change(c.Request.Context(), who.Visitor, func(f *maintain.Facts) {
		f.Name, f.Handle = strings.TrimSpace(posted(c, "name")), strings.TrimSpace(posted(c, "handle"))
	})
	var taken *ports.TakenError
	if errors.As(err, &taken) {
		err = signin.ErrHandleTaken
	}
	p.settled(c, err, profilePath, p.showProfile)
}
