package pages

import (
	"github.com/gin-gonic/gin"

	"writ/application/maintain"
	"writ/application/signin"
)

const identityRemovePath = "/account/security/providers/remove"

// provider is a button that leads to another provider.
type provider struct {
	ID        string
	Text      string
	Action    string // of the endpoint that leads there
	ReturnURL string
	Link      bool // what is found there is linked to the account; otherwise it signs in
}

// providers are the others to sign in at.
func (p *Pages) providers(l spoken, returnURL string) []provider {
	var all []provider
	for _, u := range p.verbs.Upstreams.All() {
		all = append(all, provider{
			ID: "login-with-" + u.Name, Text: l.say("login.with", plain(u.Label)), Action: p.departure(u.Name), ReturnURL: returnURL,
		})
	}
	return all
}

func (p *Pages) departure(name string) string { return p.at("/api/auth/upstream/" + name) }

// providerSection lists the identities at other providers, and the providers where there is none yet.
func (p *Pages) providerSection(c *gin.Context, all []maintain.Identity) section {
	l, linked := p.spoken(c), map[string]bool{}
	s := section{ID: "providers", Title: l.say("providers.title"), Lead: l.say("providers.lead"), None: l.say("providers.none")}
	for _, one := range all {
		linked[one.Name] = true
		s.Entries = append(s.Entries, p.identityEntry(c, l, one))
	}
	for _, u := range p.verbs.Upstreams.All() {
		if !linked[u.Name] {
			s.Providers = append(s.Providers, provider{
				ID: "link-" + u.Name, Text: l.say("providers.link", plain(u.Label)), Action: p.departure(u.Name),
				ReturnURL: p.at(securityPath) + "?done=yes", Link: true,
			})
		}
	}
	return s
}

func (p *Pages) identityEntry(c *gin.Context, l spoken, one maintain.Identity) entry {
	e := entry{
		ID: "identity-" + one.ID, Title: one.Label, Facts: []fact{{Label: l.say("entry.added"), At: one.Linked}},
		Acts: []act{p.act(c, act{
			Action: identityRemovePath, Target: one.ID, Button: "remove-" + one.ID, Text: l.say("applications.remove"),
			Sure: l.say("passkeys.sure", plain(one.Label)), Really: l.say("form.remove"),
		})},
	}
	if one.Email != "" {
		e.Facts = append(e.Facts, fact{Label: l.say("email.label"), Text: plain(one.Email)})
	}
	return e
}

func (p *Pages) removeIdentity(c *gin.Context) {
	b, ok := p.acted(c, identityRemovePath, securityPath)
	if ok {
		p.settled(c, p.verbs.Identities.Unlink(c.Request.Context(), b.who.Visitor, b.target), securityPath, p.showSecurity)
	}
}

// showSecurity shows the ways in which the person can sign in.
func (p *Pages) showSecurity(c *gin.Context, status int, who signin.Recognised, wrong string) {
	passkeys, err := p.verbs.Passkeys.List(c.Request.Context(), who.Visitor)
	if err != nil {
		p.Failure(c, err)
		return
	}
	identities, err := p.verbs.Identities.List(c.Request.Context(), who.Visitor)
	if err != nil {
		p.Failure(c, err)
		return
	}
	page := accountPage{Wrong: wrong}
	if p.passkeys || len(passkeys) > 0 {
		scripted(c)
		page.Sections = append(page.Sections, p.passkeySection(c, passkeys))
	}
	page.Sections = append(page.Sections, p.passwordSection(c, who))
	if len(identities)+len(p.verbs.Upstreams.All()) > 0 {
		page.Sections = append(page.Sections, p.providerSection(c, identities))
	}
	p.showAccount(c, status, "security.title", who, page)
}
