package pages

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"writ/application/maintain"
	"writ/application/signin"
)

const (
	sessionEndPath  = "/account/sessions/end"
	sessionRestPath = "/account/sessions/others"
)

func (p *Pages) sessions(c *gin.Context) {
	if who, ok := p.member(c, sessionsPath); ok {
		p.showSessions(c, http.StatusOK, who, "")
	}
}

func (p *Pages) showSessions(c *gin.Context, status int, who signin.Recognised, wrong string) {
	all, err := p.verbs.Sessions.List(c.Request.Context(), who.Visitor)
	if err != nil {
		p.Failure(c, err)
		return
	}
	l := p.spoken(c)
	s := section{ID: "sessions", Lead: l.say("sessions.lead")}
	for _, one := range all {
		s.Entries = append(s.Entries, p.sessionEntry(c, l, one))
	}
	if len(all) > 1 {
		s.Acts = []act{p.act(c, act{
			Action: sessionRestPath, Button: "sessions-others", Text: l.say("sessions.others"),
			Sure: l.say("sessions.others_sure"), Really: l.say("sessions.others"),
		})}
	}
	p.showAccount(c, status, "sessions.title", who, accountPage{Wrong: wrong, Sections: []section{s}})
}

func (p *Pages) sessionEntry(c *gin.Context, l spoken, one maintain.Session) entry {
	e := entry{
		ID: "session-" + one.ID, Title: l.browser(one.UserAgent),
		Facts: []fact{
			{Label: l.say("sessions.since"), At: one.SignedIn},
			{Label: l.say("applications.used"), At: one.LastUsed},
			{Label: l.say("sessions.from"), Text: plain(one.Source)},
		},
	}
	if one.Current {
		e.Marks = []string{l.say("sessions.this")}
		return e
	}
	e.Acts = []act{p.act(c, act{
		Action: sessionEndPath, Target: one.ID, Button: "end-" + one.ID, Text: l.say("layout.sign_out"),
	})}
	return e
}

// The marks of browsers and systems in a User-Agent, the more special ones first: most claim to be
// others as well.
var (
	browsers = [][2]string{
		{"Edg", "Edge"},
		{"OPR/", "Opera"},
		{"SamsungBrowser", "Samsung Internet"},
		{"Firefox/", "Firefox"},
		{"FxiOS", "Firefox"},
		{"CriOS", "Chrome"},
		{"Chrom", "Chrome"},
		{"Safari/", "Safari"},
		{"curl/", "curl"},
	}
	systems = [][2]string{
		{"Android", "Android"},
		{"iPhone", "iPhone"},
		{"iPad", "iPad"},
		{"CrOS", "ChromeOS"},
		{"Windows", "Windows"},
		{"Mac OS", "macOS"},
		{"Linux", "Linux"},
	}
)

// browser says in a few words what a browser says of itself at length.
func (s spoken) browser(userAgent string) string {
	name, system := firstOf(browsers, userAgent), firstOf(systems, userAgent)
	switch {
	case name != "" && system != "":
		return s.say("sessions.device", name, system)
	case name+system != "":
		return name + system
	default:
		return s.say("sessions.unknown")
	}
}

func firstOf(marks [][2]string, userAgent string) string {
	for _, m := range marks {
		if strings.Contains(userAgent, m[0]) {
			return m[1]
		}
	}
	return ""
}

func (p *Pages) endSession(c *gin.Context) {
	b, ok := p.acted(c, sessionEndPath, sessionsPath)
	if ok {
		p.settled(c, p.verbs.Sessions.End(c.Request.Context(), b.who.Visitor, b.target), sessionsPath, p.showSessions)
	}
}

func (p *Pages) endOthers(c *gin.Context) {
	b, ok := p.acted(c, sessionRestPath, sessionsPath)
	if ok {
		p.settled(c, p.verbs.Sessions.EndOthers(c.Request.Context(), b.who.Visitor), sessionsPath, p.showSessions)
	}
}
