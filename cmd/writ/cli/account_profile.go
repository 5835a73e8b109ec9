package cli

import (
	"writ/application/administer"
	"writ/domain/account"
	"writ/domain/event"
)

// accountProfile has a flag for each thing that can be told. One that is not given stays.
type accountProfile struct {
	oneAccount
	Handle     *string `help:"The name to sign in with."`
	Name       *string `help:"The name to show."`
	Email      *string `help:"E-mail address, taken as verified."`
	Phone      *string `help:"Phone number in E.164, taken as verified."`
	GivenName  *string
	FamilyName *string
	MiddleName *string
	Nickname   *string
	Page       *string `name:"profile" help:"Address of a page about the person."`
	Picture    *string `help:"Address of a picture."`
	Website    *string
	Gender     *string
	Birthdate  *string `help:"YYYY-MM-DD, 0000-MM-DD or YYYY."`
	Zoneinfo   *string `help:"Time zone, such as Europe/Vienna."`
	Locale     *string `help:"Language, such as de-AT."`
	Street     *string `help:"Of the postal address."`
	Locality   *string `help:"Of the postal address."`
	Region     *string `help:"Of the postal address."`
	PostalCode *string `help:"Of the postal address."`
	Country    *string `help:"Of the postal address."`
}

// Run changes the profile.
func (c *accountProfile) Run(t *terminal) error {
	return c.act(t, func(uc *administer.Accounts) (account.State, error) {
		return uc.ChangeProfile(t.ctx, c.Account, c.edit)
	})
}

func (c *accountProfile) edit(p *account.Profile) {
	if c.Email != nil {
		p.EmailVerified = *c.Email != ""
	}
	if c.Phone != nil {
		p.PhoneVerified = *c.Phone != ""
	}
	d, a := &p.Details, &p.Address
	for given, kept := range map[*string]*event.Personal{
		c.Handle: &p.Handle, c.Name: &p.Name, c.Email: &p.Email, c.Phone: &p.Phone,
		c.GivenName: &d.GivenName, c.FamilyName: &d.FamilyName, c.MiddleName: &d.MiddleName, c.Nickname: &d.Nickname,
		c.Page: &d.Page, c.Picture: &d.Picture, c.Website: &d.Website, c.Gender: &d.Gender, c.Birthdate: &d.Birthdate,
		c.Zoneinfo: &d.Zoneinfo, c.Locale: &d.Locale, c.Street: &a.Street, c.Locality: &a.Locality, c.Region: &a.Region,
		c.PostalCode: &a.PostalCode, c.Country: &a.Country,
	} {
		if given != nil {
			*kept = event.Personal(*given)
		}
	}
}

type accountSignOut struct{ oneAccount }

// Run ends the sessions.
func (c *accountSignOut) Run(t *terminal) error {
	return c.act(t, func(uc *administer.Accounts) (account.State, error) { return uc.SignOut(t.ctx, c.Account) })
}

// accountView is an account as the command line shows it.
type accountView struct {
	ID          string   `json:"id"`
	Handle      string   `json:"handle"`
	Name        string   `json:"name,omitempty"`
	Email       string   `json:"email,omitempty"`
	Phone       string   `json:"phone,omitempty"`
	Locale      string   `json:"locale,omitempty"`
	Permissions []string `json:"permissions"`
	Suspended   bool     `json:"suspended,omitempty"`
	Deleted     bool     `json:"deleted,omitempty"`
	Shadow      bool     `json:"shadow,omitempty"`
}

func (t *terminal) showAccount(a account.State) error {
	view := accountView{
		ID: a.Account, Handle: a.Profile.Handle.Reveal(), Name: a.Profile.Name.Reveal(), Email: a.Profile.Email.Reveal(),
		Phone: a.Profile.Phone.Reveal(), Locale: a.Profile.Details.Locale.Reveal(),
		Permissions: a.Permissions.Words(), Suspended: a.Suspended, Deleted: a.Deleted, Shadow: a.Shadow,
	}
	return t.answer(view, func() {
		t.say("account      %s", view.ID)
		t.say("handle       %s", view.Handle)
		t.say("permissions  %s", a.Permissions)
		if a.Suspended || a.Deleted {
			t.say("standing     suspended=%t deleted=%t", a.Suspended, a.Deleted)
		}
	})
}
