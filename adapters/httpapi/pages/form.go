package pages

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"writ/application/maintain"
	"writ/application/signin"
	"writ/domain/account"
	"writ/domain/oauth"
	"writ/domain/passkey"
)

// formPage asks for something.
type formPage struct {
	Lead     string
	Wrong    string // what to do otherwise, or empty
	Action   string // a path of ours
	CSRF     string
	Hidden   []hidden
	Fields   []field
	Username string // whose password is asked for, so that what keeps passwords knows
	ID       string // of the button
	Submit   string
	Ways     []way // where else to go
}

// hidden is what a form sends along unseen.
type hidden struct{ Name, Value string }

// field is one control of a form. Its id is stable.
type field struct {
	ID, Name, Label string
	Type            string // of the input
	Value           string
	Hint            string
	Complete        string // what a browser may fill in (HTML §4.10.18.7)
	Mode            string // which keys a telephone shows
	Code            bool   // it is to be read off something
	Optional        bool
	Latin           bool     // it is written from left to right in every language
	Options         []option // to choose one of
}

// option is one of several to choose from.
type option struct{ Value, Text string }

// way is a link to another page.
type way struct{ ID, Path, Text, Icon, Hint string }

// showForm renders a form. Its token is for the action and for where it leads back to, so that
// neither can be exchanged.
func (p *Pages) showForm(c *gin.Context, status int, title string, who signin.Recognised, page formPage) {
	page.CSRF = p.gate.CSRF(c, purposeForm(page.Action, valueOf(page.Hidden, "return_url")))
	onTheWay(c)
	p.show(c, status, "form", title, who, page)
}

func purposeForm(action, returnURL string) string { return "form " + action + " " + returnURL }

func valueOf(all []hidden, name string) string {
	for _, h := range all {
		if h.Name == name {
			return h.Value
		}
	}
	return ""
}

// sent checks that a form of ours was sent, and gives where it leads back to.
func (p *Pages) sent(c *gin.Context, action string) (returnURL string, ok bool) {
	returnURL = localPath(c.Request.PostForm.Get("return_url"))
	return returnURL, p.genuine(c, purposeForm(action, returnURL))
}

func posted(c *gin.Context, name string) string { return c.Request.PostForm.Get(name) }

// mistakes are the refusals that a person can answer in the form itself.
var mistakes = []struct {
	refusal *oauth.Error
	text    string
}{
	{signin.ErrCode, "wrong.code"},
	{account.ErrNotServed, "wrong.code"}, // whose account it is is told to nobody
	{signin.ErrCredentials, "wrong.code"},
	{signin.ErrHandleTaken, "wrong.handle_taken"},
	{signin.ErrHandleNeeded, "wrong.handle_needed"},
	{signin.ErrContactTaken, "wrong.contact_taken"},
	{signin.ErrOtherHandle, "wrong.other_handle"},
	{signin.ErrSignUpClosed, "wrong.closed"},
	{signin.ErrEmailNeeded, "wrong.email"},
	{signin.ErrPresentPassword, "wrong.present"},
	{maintain.ErrSession, "wrong.gone"},
	{maintain.ErrNoIdentity, "wrong.gone"},
	{account.ErrHandle, "wrong.handle"},
	{account.ErrName, "wrong.name"},
	{account.ErrEmail, "wrong.email"},
	{account.ErrPhone, "wrong.phone"},
	{account.ErrPasswordShort, "wrong.short"},
	{account.ErrPasswordLong, "wrong.long"},
	{account.ErrPasswordFrequent, "wrong.frequent"},
	{account.ErrPasswordOwn, "wrong.own"},
	{account.ErrContacts, "wrong.contacts"},
	{account.ErrNoContact, "wrong.gone"},
	{account.ErrNotProven, "wrong.not_proven"},
	{maintain.ErrLastContact, "wrong.last_way"},
	{maintain.ErrLastWay, "wrong.last_way"},
	{account.ErrKeyName, "wrong.key_name"},
	{account.ErrKeys, "wrong.keys"},
	{account.ErrNoKey, "wrong.gone"},
	{maintain.ErrMayNotUseKeys, "wrong.no_keys"},
	{passkey.ErrName, "wrong.passkey_name"},
	{passkey.ErrUnknown, "wrong.gone"},
}

// mistake is what to tell a person who can do better, or empty.
func (s spoken) mistake(err error) string {
	for _, m := range mistakes {
		if errors.Is(err, m.refusal) {
			return s.say(m.text)
		}
	}
	return ""
}

// again shows a form to somebody who is not signed in once more, with what was wrong, or the page for any other error.
func (p *Pages) again(c *gin.Context, err error, title string, page formPage) {
	page.Wrong = p.spoken(c).mistake(err)
	if page.Wrong == "" {
		p.Failure(c, err)
		return
	}
	p.showForm(c, http.StatusBadRequest, title, signin.Recognised{}, page)
}
