package pages

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"writ/application/maintain"
)

const (
	passkeyRenamePath = "/account/security/passkeys/rename" //nolint:gosec // G101: the path of a form
	passkeyRemovePath = "/account/security/passkeys/remove" //nolint:gosec // G101: the path of a form
)

func (p *Pages) security(c *gin.Context) {
	if who, ok := p.member(c, securityPath); ok {
		p.showSecurity(c, http.StatusOK, who, "")
	}
}

func (p *Pages) passkeySection(c *gin.Context, all []maintain.Passkey) section {
	l := p.spoken(c)
	s := section{
		ID: "passkeys", Title: l.say("passkeys.title"), Lead: l.say("passkeys.lead"), None: l.say("passkeys.none"),
		Passkey: &passkeyButton{
			ID: "passkey-add", Text: l.say("passkeys.add"), Address: p.at("/api/auth/passkeys"), Next: p.at(securityPath) + "?done=yes",
			Stale: p.signInFor(p.at(securityPath)) + "&prompt=login", Failed: l.say("passkeys.failed"),
			Name: &field{ID: "passkey-name", Name: "name", Label: l.say("passkeys.name"), Optional: true},
		},
	}
	for _, k := range all {
		s.Entries = append(s.Entries, p.passkeyEntry(c, l, k))
	}
	return s
}

func (p *Pages) passkeyEntry(c *gin.Context, l spoken, k maintain.Passkey) entry {
	e := entry{
		ID: "passkey-" + k.ID, Title: k.Name,
		Facts: []fact{{Label: l.say("entry.added"), At: k.Registered}, l.lastUsed(k.LastUsed)},
		Acts: []act{p.act(c, act{
			Action: passkeyRenamePath, Target: k.ID, Button: "rename-" + k.ID, Text: l.say("passkeys.rename"), Really: l.say("form.save"),
			Fields: []field{{ID: "name-" + k.ID, Name: "name", Label: l.say("passkeys.called"), Value: plain(k.Name)}},
		}), p.act(c, act{
			Action: passkeyRemovePath, Target: k.ID, Button: "remove-" + k.ID, Text: l.say("applications.remove"),
			Sure: l.say("passkeys.sure", plain(k.Name)), Really: l.say("form.remove"),
		})},
	}
	if k.Cloned {
		e.Alarm = l.say("passkeys.cloned")
	}
	return e
}

func (p *Pages) renamePasskey(c *gin.Context) {
	b, ok := p.acted(c, passkeyRenamePath, securityPath)
	if ok {
		_, err := p.verbs.Passkeys.Rename(c.Request.Context(), b.who.Visitor, b.target, strings.TrimSpace(posted(c, "name")))
		p.settled(c, err, securityPath, p.showSecurity)
	}
}

func (p *Pages) removePasskey(c *gin.Context) {
	b, ok := p.acted(c, passkeyRemovePath, securityPath)
	if ok {
		p.settled(c, p.verbs.Passkeys.Remove(c.Request.Context(), b.who.Visitor, b.target), securityPath, p.showSecurity)
	}
}
