package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"writ/application/maintain"
	"writ/application/revoke"
	"writ/application/signin"
	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
)

// AccountUseCases are what people do with their own account.
type AccountUseCases struct {
	Profile  *maintain.Profile
	Erasure  *maintain.Erasure
	Export   *maintain.Export
	Sessions *maintain.Sessions
	Password *signin.PasswordChange
	Revoke   *revoke.All
}

// accountEndpoints are those of one's own account.
type accountEndpoints struct {
	profile     profileEndpoint
	export      exportEndpoint
	password    passwordEndpoint
	ownSessions ownSessionEndpoint
	ownGrants   ownGrantEndpoint
}

func newAccountEndpoints(uc AccountUseCases, gate Gate, refuse refusals) accountEndpoints {
	return accountEndpoints{
		profile:     profileEndpoint{uc.Profile, uc.Erasure, gate, refuse},
		export:      exportEndpoint{uc.Export, gate, refuse},
		password:    passwordEndpoint{uc.Password, uc.Revoke, gate, refuse},
		ownSessions: ownSessionEndpoint{member{gate, refuse}, uc.Sessions},
		ownGrants:   ownGrantEndpoint{member{gate, refuse}, uc.Revoke},
	}
}

// accountProblems are what people are told who do not get through. Their codes are stable.
var accountProblems = map[*oauth.Error]*problem{
	account.ErrDetails:        {http.StatusBadRequest, "invalid_detail", "A part of the profile is longer than 200 characters, or has some that cannot be seen.", "Shorten it."},
	account.ErrLink:           {http.StatusBadRequest, "invalid_link", "A page, a picture or a website is no address of the web.", "Begin it with https://."},
	account.ErrBirthdate:      {http.StatusBadRequest, "invalid_birthdate", "This is not a date.", "Write it as YYYY-MM-DD, as 0000-MM-DD without the year, or the year alone."},
	account.ErrAddress:        {http.StatusBadRequest, "invalid_address", "A part of the postal address is longer than 500 characters.", "Shorten it."},
	signin.ErrPresentPassword: {http.StatusForbidden, "wrong_password", "The present password is wrong.", "Type it again, or reset it if you have forgotten it."},
	maintain.ErrSession:       {http.StatusNotFound, "not_found", "You have no such session.", "Load the list again."},
}

// asAccount is what is told of a refusal about an account; any other error stays what it is.
func asAccount(err error) error {
	var refusal *oauth.Error
	var taken *ports.TakenError
	switch {
	case errors.As(err, &taken):
		return proofProblems[signin.ErrHandleTaken]
	case errors.As(err, &refusal) && accountProblems[refusal] != nil:
		return accountProblems[refusal]
	default:
		return asProof(err)
	}
}

// profileEndpoint shows people their account, and lets them change and end it.
type profileEndpoint struct {
	own    *maintain.Profile
	ending *maintain.Erasure
	gate   Gate
	refuse refusals
}

// ownAccount is an account as its owner sees it.
type ownAccount struct {
	ID            oauth.AccountID `json:"id"`
	Created       time.Time       `json:"createdAt"`
	Updated       time.Time       `json:"updatedAt"`
	Handle        string          `json:"handle"`
	Name          string          `json:"name,omitempty"`
	Email         string          `json:"email,omitempty"`
	EmailVerified *bool           `json:"email_verified,omitempty"`
	Phone         string          `json:"phone_number,omitempty"`
	PhoneVerified *bool           `json:"phone_number_verified,omitempty"`
	profileDetails
	Address     *postalAddress `json:"address,omitempty"`
	HasPassword bool           `json:"has_password"`
	Permissions []string       `json:"permissions"`
}

func ownAccountOf(s account.State) ownAccount {
	p := s.Profile
	own := ownAccount{
		ID: oauth.AccountID(s.Account), Created: s.Created, Updated: s.Updated, Handle: p.Handle.Reveal(), Name: p.Name.Reveal(),
		Email: p.Email.Reveal(), Phone: p.Phone.Reveal(), profileDetails: detailsOfProfile(p.Details),
		HasPassword: s.Password != "", Permissions: s.Permissions.Words(),
	}
	if p.Email != "" {
		own.EmailVerified = &p.EmailVerified
	}
	if p.Phone != "" {
		own.PhoneVerified = &p.PhoneVerified
	}
	if p.Address != (account.Address{}) {
		own.Address = addressOfProfile(p.Address)
	}
	return own
}

func (e profileEndpoint) show(c *gin.Context) {
	who, err := e.gate.Recognise(c)
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	answer(c, ownAccountOf(who.Profile))
}

// profileChange is the body of a change, as RFC 7396 has it: what is left out stays, what is null
// goes. An address is replaced as a whole.
type profileChange struct {
	Handle     text          `json:"handle"`
	Name       text          `json:"name"`
	GivenName  text          `json:"given_name"`
	FamilyName text          `json:"family_name"`
	MiddleName text          `json:"middle_name"`
	Nickname   text          `json:"nickname"`
	Page       text          `json:"profile"`
	Picture    text          `json:"picture"`
	Website    text          `json:"website"`
	Gender     text          `json:"gender"`
	Birthdate  text          `json:"birthdate"`
	Zoneinfo   text          `json:"zoneinfo"`
	Locale     text          `json:"locale"`
	Address    addressChange `json:"address"`
}

// text is a string that may be left out, or null.
type text struct {
	sent  bool
	value string
}

// UnmarshalJSON implements json.Unmarshaler. It is not called for what is left out.
func (t *text) UnmarshalJSON(data []byte) error {
	t.sent = true
	if bytes.Equal(data, []byte("null")) {
		return nil
	}
	return json.Unmarshal(data, &t.value)
}

// addressChange is an address that may be left out, or null.
type addressChange struct {
	sent  bool
	value postalAddress
}

// UnmarshalJSON implements json.Unmarshaler.
func (a *addressChange) UnmarshalJSON(data []byte) error {
	a.sent = true
	return json.Unmarshal(data, &a.value)
}

func (p *profileChange) details(d *account.Details) map[*text]*event.Personal {
	return map[*text]*event.Personal{
		&p.GivenName: &d.GivenName, &p.FamilyName: &d.FamilyName, &p.MiddleName: &d.MiddleName, &p.Nickname: &d.Nickname,
		&p.Page: &d.Page, &p.Picture: &d.Picture, &p.Website: &d.Website, &p.Gender: &d.Gender,
		&p.Birthdate: &d.Birthdate, &p.Zoneinfo: &d.Zoneinfo, &p.Locale: &d.Locale,
	}
}

// apply makes the change.
func (p *profileChange) apply(f *maintain.Facts) {
	if p.Handle.sent {
		f.Handle = p.Handle.value
	}
	if p.Name.sent {
		f.Name = p.Name.value
	}
	for said, kept := range p.details(&f.Details) {
		if said.sent {
			*kept = event.Personal(said.value)
		}
	}
	if p.Address.sent {
		f.Address = p.Address.value.domain()
	}
}

// texts are the strings that are looked at for what is none. An address may have lines.
func (p *profileChange) texts() []string {
	a, lines := p.Address.value, strings.NewReplacer("\r\n", " ", "\n", " ")
	all := []string{p.Handle.value, p.Name.value}
	for _, part := range []string{a.Formatted, a.Street, a.Locality, a.Region, a.PostalCode, a.Country} {
		all = append(all, lines.Replace(part))
	}
	for said := range p.details(&account.Details{}) {
		all = append(all, said.value)
	}
	return all
}

func (e profileEndpoint) change(c *gin.Context) {
	var body profileChange
	who, err := e.gate.Recognise(c)
	if err == nil {
		err = readJSON(c, &body, body.texts)
	}
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	changed, err := e.own.Change(c.Request.Context(), who.Visitor, body.apply)
	if err != nil {
		e.refuse.person(c, asAccount(err))
		return
	}
	answer(c, ownAccountOf(changed))
}

// erase ends the account. The browser forgets the session, which is over.
func (e profileEndpoint) erase(c *gin.Context) {
	who, err := e.gate.Recognise(c)
	if err == nil {
		err = e.ending.Execute(c.Request.Context(), who.Visitor)
	}
	if err != nil {
		e.refuse.person(c, asAccount(err))
		return
	}
	e.gate.Farewell(c)
	c.Status(http.StatusNoContent)
}

// passwordEndpoint changes passwords.
type passwordEndpoint struct {
	uc     *signin.PasswordChange
	grants *revoke.All
	gate   Gate
	refuse refusals
}

// passwordChange is the body of a change. Old is left out where there is no password yet.
type passwordChange struct {
	Old       oauth.Secret `json:"old"`
	New       oauth.Secret `json:"new"`
	EndGrants bool         `json:"revoke_applications"`
}

// change replaces the password and the session. Grants end after that, on behalf of the new session:
// when it fails the password is changed all the same, and the answer says that something is left.
func (e passwordEndpoint) change(c *gin.Context) {
	var body passwordChange
	who, err := e.gate.Recognise(c)
	if err == nil {
		err = readJSON(c, &body, func() []string { return []string{body.Old.Reveal(), body.New.Reveal()} })
	}
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	in, err := e.uc.Execute(c.Request.Context(), signin.PasswordChangeCommand{
		Visitor: who.Visitor, Present: body.Old, Next: body.New, Languages: languagesOf(c), Visit: browserOf(c),
	})
	if err != nil {
		e.refuse.person(c, asAccount(err))
		return
	}
	e.gate.Welcome(c, in.Token)
	if body.EndGrants {
		err = e.grants.Execute(c.Request.Context(), session.Visitor{Session: in.Session, Account: in.Account})
	}
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	answer(c, signedIn{ID: in.Account})
}
