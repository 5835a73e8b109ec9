package pages

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"writ/application/maintain"
	"writ/application/signin"
	"writ/domain/account"
	"writ/domain/oauth"
)

const (
	addressCodePath   = "/account/addresses/code"
	addressPreferPath = "/account/addresses/prefer"
	addressRemovePath = "/account/addresses/remove"
)

func (p *Pages) addresses(c *gin.Context) {
	if who, ok := p.member(c, addressesPath); ok {
		p.showAddresses(c, http.StatusOK, who, "")
	}
}

func (p *Pages) showAddresses(c *gin.Context, status int, who signin.Recognised, wrong string) {
	p.showAccount(c, status, "addresses.title", who, accountPage{Wrong: wrong, Sections: []section{
		p.addressSection(c, who, account.Email), p.addressSection(c, who, account.Phone),
	}})
}

func (p *Pages) addressSection(c *gin.Context, who signin.Recognised, kind account.ContactKind) section {
	l := p.spoken(c)
	titles := map[account.ContactKind]string{account.Email: "addresses.emails", account.Phone: "addresses.phones"}
	s := section{ID: string(kind) + "-list", Title: l.say(titles[kind]), None: l.say("addresses.none")}
	for _, contact := range p.verbs.Contacts.List(who.Profile, kind) {
		s.Entries = append(s.Entries, p.addressEntry(c, l, kind, contact))
	}
	if p.verbs.ContactStart.Offered(kind) {
		s.Form = p.ownForm(c, l.addressForm(kind))
	}
	return s
}

func (s spoken) addressForm(kind account.ContactKind) formPage {
	typed := s.emailField("add-email", "")
	if kind == account.Phone {
		typed = s.phoneField("add-phone", "")
	}
	typed.Name = "address"
	return formPage{
		Action: addressesPath, ID: "add-" + string(kind) + "-submit", Submit: s.say("code.send"),
		Hidden: []hidden{{"kind", string(kind)}}, Fields: []field{typed},
	}
}

func (p *Pages) addressEntry(c *gin.Context, l spoken, kind account.ContactKind, contact maintain.Contact) entry {
	e := entry{ID: "address-" + contact.ID, Title: contact.Address}
	switch {
	case contact.Primary:
		e.Marks = append(e.Marks, l.say("addresses.primary"))
	case contact.Verified:
		e.Acts = append(e.Acts, p.act(c, act{
			Action: addressPreferPath, Kind: string(kind), Target: contact.ID, Button: "prefer-" + contact.ID, Text: l.say("addresses.prefer"),
		}))
	}
	if !contact.Verified {
		e.Alarm = l.say("addresses.unverified")
	}
	e.Acts = append(e.Acts, p.act(c, act{
		Action: addressRemovePath, Kind: string(kind), Target: contact.ID, Button: "remove-" + contact.ID, Text: l.say("applications.remove"),
		Sure: l.say("addresses.sure", plain(contact.Address)), Really: l.say("form.remove"),
	}))
	return e
}

// kindIn is which kind of address a form is about.
func kindIn(c *gin.Context) account.ContactKind {
	if posted(c, "kind") == string(account.Phone) {
		return account.Phone
	}
	return account.Email
}

// addAddress sends a code to an address, or verifies one that is there already.
func (p *Pages) addAddress(c *gin.Context) {
	who, ok := p.sentBy(c, addressesPath, addressesPath)
	if !ok {
		return
	}
	l, kind := p.spoken(c), kindIn(c)
	begun, err := p.verbs.ContactStart.Execute(c.Request.Context(), signin.ContactStartCommand{
		Visitor: who.Visitor, Kind: kind, Address: posted(c, "address"), Languages: l.languages(), Source: c.ClientIP(),
	})
	if err != nil {
		p.settled(c, err, addressesPath, p.showAddresses)
		return
	}
	p.showForm(c, http.StatusOK, l.say("code.title"), who, l.addressCode(kind, begun.ID.Reveal()))
}

func (s spoken) addressCode(kind account.ContactKind, id string) formPage {
	f := proofForm{action: addressCodePath, lead: "code.mailed", submit: "code.confirm", id: id}
	if kind == account.Phone {
		f.lead = "code.texted"
	}
	page := f.page(s)
	page.Hidden = append(page.Hidden, hidden{"kind", string(kind)})
	return page
}

func (p *Pages) finishAddress(c *gin.Context) {
	who, ok := p.sentBy(c, addressCodePath, addressesPath)
	if !ok {
		return
	}
	kind, f := kindIn(c), proofForm{}.answered(c, "")
	err := p.verbs.ContactFinish.Execute(c.Request.Context(), signin.ContactFinishCommand{
		Visitor: who.Visitor, Kind: kind, ID: oauth.Secret(f.id), Code: f.code(c), Source: c.ClientIP(),
	})
	p.settled(c, err, addressesPath, func(c *gin.Context, status int, who signin.Recognised, wrong string) {
		l := p.spoken(c)
		page := l.addressCode(kind, f.id)
		page.Wrong = wrong
		p.showForm(c, status, l.say("code.title"), who, page)
	})
}

func (p *Pages) preferAddress(c *gin.Context) {
	b, ok := p.acted(c, addressPreferPath, addressesPath)
	if ok {
		err := p.verbs.Contacts.Prefer(c.Request.Context(), b.who.Visitor, account.ContactKind(b.kind), b.target)
		p.settled(c, err, addressesPath, p.showAddresses)
	}
}

func (p *Pages) removeAddress(c *gin.Context) {
	b, ok := p.acted(c, addressRemovePath, addressesPath)
	if ok {
		err := p.verbs.Contacts.Remove(c.Request.Context(), b.who.Visitor, account.ContactKind(b.kind), b.target)
		p.settled(c, err, addressesPath, p.showAddresses)
	}
}
