package pages

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"writ/application/signin"
)

const (
	dataExportPath = "/account/data/export"
	dataErasePath  = "/account/data/erase"
)

func (p *Pages) data(c *gin.Context) {
	if who, ok := p.member(c, dataPath); ok {
		p.showOwn(c, http.StatusOK, who, "")
	}
}

func (p *Pages) showOwn(c *gin.Context, status int, who signin.Recognised, wrong string) {
	l := p.spoken(c)
	p.showAccount(c, status, "data.title", who, accountPage{Wrong: wrong, Sections: []section{
		{
			ID: "export", Title: l.say("data.export"), Lead: l.say("data.export_lead"),
			Links: []way{{ID: "data-export", Path: dataExportPath, Text: l.say("data.download"), Icon: "down"}},
		},
		{
			ID: "erase", Title: l.say("data.erase"), Lead: l.say("data.erase_lead"),
			Acts: []act{p.act(c, act{
				Action: dataErasePath, Target: string(who.Account), Button: "data-erase", Text: l.say("data.erase"),
				Sure: l.say("data.erase_sure"), Really: l.say("data.erase_really"),
			})},
		},
	}})
}

// export leads to what is known of the person, as a file. Somebody who signed in long ago signs in
// again first.
func (p *Pages) export(c *gin.Context) {
	who, ok := p.member(c, dataPath)
	if !ok || p.stale(c, who.Fresh(p.clock.Now()), dataPath) {
		return
	}
	redirect(c, p.at("/api/auth/account/export"))
}

func (p *Pages) erase(c *gin.Context) {
	b, ok := p.acted(c, dataErasePath, dataPath)
	if !ok {
		return
	}
	if err := p.verbs.Erasure.Execute(c.Request.Context(), b.who.Visitor); err != nil {
		p.settled(c, err, dataPath, p.showOwn)
		return
	}
	p.gate.Farewell(c)
	l := p.spoken(c)
	p.show(c, http.StatusOK, "told", l.say("erased.title"), signin.Recognised{}, l.say("erased.text"))
}
