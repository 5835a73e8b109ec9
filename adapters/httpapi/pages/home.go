package pages

import (
	"cmp"
	"net/http"

	"github.com/gin-gonic/gin"
)

// home shows where one can go from here.
func (p *Pages) home(c *gin.Context) {
	who, err := p.gate.Recognise(c)
	if err != nil && !isNobody(err) {
		p.Failure(c, err)
		return
	}
	title := p.name
	if who.Account != "" {
		title = p.spoken(c).say("home.welcome", plain(cmp.Or(who.Profile.Profile.Name.Reveal(), called(who))))
	}
	p.show(c, http.StatusOK, "home", title, who, nil)
}
