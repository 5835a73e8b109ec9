package pages

import (
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"writ/application/signin"
	"writ/domain/session"
)

// The paths of the pages on which people look after their account.
const (
	profilePath    = "/account/profile"
	addressesPath  = "/account/addresses"
	securityPath   = "/account/security"
	accessKeysPath = "/account/keys"
	sessionsPath   = "/account/sessions"
	dataPath       = "/account/data"
)

// accountPage is a page about one's own account, in sections.
type accountPage struct {
	Done     string // what was done, or empty
	Wrong    string
	Sections []section
}

// section is one matter of an account: what there is of it, and what can be done.
type section struct {
	ID        string
	Title     string
	Lead      string
	Secret    string // shown once
	Entries   []entry
	None      string // said when there are no entries
	Form      *formPage
	Passkey   *passkeyButton
	Providers []provider
	Acts      []act
	Links     []way
}

// entry is one of several things that an account has.
type entry struct {
	ID    string
	Title string
	Marks []string
	Alarm string // a mark of what is not right
	Facts []fact
	Acts  []act
}

// fact is a line about an entry.
type fact struct {
	Label string
	Text  string
	At    time.Time
}

// act is a button that does something to one thing. Where there is a question, it is asked first.
type act struct {
	Action string
	CSRF   string
	Kind   string
	Target string
	Button string // its id
	Text   string
	Sure   string // the question, or empty
	Really string // the answer that does it
	Fields []field
}

// act makes a button. Its token is for what it does to this one thing.
func (p *Pages) act(c *gin.Context, a act) act {
	a.CSRF = p.gate.CSRF(c, purposeAct(a.Action, a.Kind, a.Target))
	return a
}

func purposeAct(action, kind, target string) string {
	return "act " + action + " " + kind + " " + target
}

// pressed is a button of ours that somebody pressed.
type pressed struct {
	who          signin.Recognised
	kind, target string
}

// acted checks who pressed a button of ours on a page, and tells what it was for.
func (p *Pages) acted(c *gin.Context, action, page string) (pressed, bool) {
	who, ok := p.member(c, page)
	b := pressed{who, posted(c, "kind"), posted(c, "target")}
	return b, ok && p.genuine(c, purposeAct(action, b.kind, b.target))
}

// sentBy checks who sent a form of ours on a page.
func (p *Pages) sentBy(c *gin.Context, action, page string) (signin.Recognised, bool) {
	who, ok := p.member(c, page)
	if !ok {
		return who, false
	}
	_, ok = p.sent(c, action)
	return who, ok
}

// ownForm is a form on a page about one's own account.
func (p *Pages) ownForm(c *gin.Context, f formPage) *formPage {
	f.CSRF = p.gate.CSRF(c, purposeForm(f.Action, ""))
	return &f
}

func (p *Pages) showAccount(c *gin.Context, status int, name string, who signin.Recognised, page accountPage) {
	l := p.spoken(c)
	if c.Query("done") != "" && page.Wrong == "" {
		page.Done = l.say("account.done")
	}
	p.show(c, status, "account", l.say(name), who, page)
}

// done leads back to a page, which says that it was done.
func (p *Pages) done(c *gin.Context, page string) { redirect(c, p.at(page)+"?done=yes") }

// stale sends somebody who signed in too long ago to sign in again, and then back to a page.
func (p *Pages) stale(c *gin.Context, err error, page string) bool {
	if !errors.Is(err, session.ErrStale) {
		return false
	}
	redirect(c, p.signInFor(p.at(p.spoken(c).keptIn(page)))+"&prompt=login")
	return true
}

// settled answers what was done on a page: it leads back, sends the person to sign in again, shows
// the page with what was wrong, or the page for any other error.
func (p *Pages) settled(c *gin.Context, err error, page string, show func(c *gin.Context, status int, who signin.Recognised, wrong string)) {
	wrong := p.spoken(c).mistake(err)
	switch {
	case err == nil:
		p.done(c, page)
	case p.stale(c, err, page):
	case wrong == "":
		p.Failure(c, err)
	default:
		who, _ := p.gate.Recognise(c) // was asked before
		show(c, http.StatusBadRequest, who, wrong)
	}
}
