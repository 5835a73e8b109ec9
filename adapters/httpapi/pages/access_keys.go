package pages

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"writ/application/maintain"
	"writ/application/signin"
	"writ/domain/oauth"
)

const keyRemovePath = "/account/keys/remove"

// keyDays are for how many days a key can be made; 0: without an end.
var keyDays = []int{30, 90, 365, 0}

func (p *Pages) accessKeys(c *gin.Context) {
	if who, ok := p.member(c, accessKeysPath); ok {
		p.showKeys(c, http.StatusOK, who, "")
	}
}

func (p *Pages) showKeys(c *gin.Context, status int, who signin.Recognised, wrong string) {
	p.showKeysAnd(c, status, who, accountPage{Wrong: wrong})
}

// showKeysAnd shows the keys after what else there is to show.
func (p *Pages) showKeysAnd(c *gin.Context, status int, who signin.Recognised, page accountPage) {
	all, err := p.verbs.Keys.List(c.Request.Context(), who.Visitor)
	if err != nil {
		p.Failure(c, err)
		return
	}
	l := p.spoken(c)
	s := section{ID: "keys", Lead: l.say("keys.lead"), None: l.say("keys.none")}
	if mayUseKeys(who) {
		s.Form = p.ownForm(c, l.keyForm())
	} else {
		s.None = l.say("wrong.no_keys")
	}
	for _, k := range all {
		s.Entries = append(s.Entries, p.keyEntry(c, l, k))
	}
	page.Sections = append(page.Sections, s)
	p.showAccount(c, status, "keys.title", who, page)
}

// mayUseKeys reports whether there is any use in making one.
func mayUseKeys(who signin.Recognised) bool {
	held := who.Profile.Permissions
	return held.Has(oauth.UseAccessKeys) || held.Has(oauth.Administrator)
}

func (s spoken) keyForm() formPage {
	lasts := field{ID: "key-days", Name: "days", Label: s.say("keys.lasts")}
	for _, days := range keyDays {
		o := option{Value: strconv.Itoa(days), Text: s.say("keys.forever")}
		if days > 0 {
			o.Text = s.say("keys.days", days)
		}
		lasts.Options = append(lasts.Options, o)
	}
	return formPage{
		Action: accessKeysPath, ID: "key-submit", Submit: s.say("keys.make"),
		Fields: []field{{ID: "key-name", Name: "name", Label: s.say("keys.name"), Hint: s.say("keys.name_hint")}, lasts},
	}
}

func (p *Pages) keyEntry(c *gin.Context, l spoken, k maintain.Key) entry {
	e := entry{
		ID: "key-" + k.ID, Title: k.Name,
		Facts: []fact{{Label: l.say("entry.added"), At: k.Created}, l.lastUsed(k.LastUsed)},
		Acts: []act{p.act(c, act{
			Action: keyRemovePath, Target: k.ID, Button: "remove-" + k.ID, Text: l.say("applications.remove"),
			Sure: l.say("keys.sure", plain(k.Name)), Really: l.say("form.remove"),
		})},
	}
	if !k.Expires.IsZero() {
		e.Facts = append(e.Facts, fact{Label: l.say("applications.expires"), At: k.Expires})
	}
	if !k.Live {
		e.Alarm = l.say("keys.over")
	}
	return e
}

// lastUsed is when something was last used, if it was.
func (s spoken) lastUsed(at time.Time) fact {
	f := fact{Label: s.say("applications.used"), At: at}
	if at.IsZero() {
		f.Text = s.say("applications.unused")
	}
	return f
}

func (p *Pages) makeKey(c *gin.Context) {
	who, ok := p.sentBy(c, accessKeysPath, accessKeysPath)
	if !ok {
		return
	}
	made, err := p.verbs.Keys.Create(c.Request.Context(), maintain.NewKey{
		Visitor: who.Visitor, Name: strings.TrimSpace(posted(c, "name")), Expires: p.inDays(posted(c, "days")),
	})
	if err != nil {
		p.settled(c, err, accessKeysPath, p.showKeys)
		return
	}
	l := p.spoken(c)
	p.showKeysAnd(c, http.StatusOK, who, accountPage{Sections: []section{{
		ID: "key-made", Title: l.say("keys.made"), Lead: l.say("keys.once"), Secret: made.Secret.Reveal(),
	}}})
}

// inDays is so many days from now; nothing and nonsense are the least of those that are offered.
func (p *Pages) inDays(text string) time.Time {
	days, err := strconv.Atoi(text)
	switch {
	case err != nil || days < 0 || days > 3650:
		days = keyDays[0]
	case days == 0:
		return time.Time{}
	}
	return p.clock.Now().AddDate(0, 0, days)
}

func (p *Pages) removeKey(c *gin.Context) {
	b, ok := p.acted(c, keyRemovePath, accessKeysPath)
	if ok {
		p.settled(c, p.verbs.Keys.Remove(c.Request.Context(), b.who.Visitor, b.target), accessKeysPath, p.showKeys)
	}
}
