package pages

import (
	"time"

	"writ/application/authorize"
	"writ/application/signin"
	"writ/domain/account"
	"writ/domain/oauth"
)

// permission is one word of a scope and what it means to the person who gives it.
type permission struct {
	Word    string
	Means   string // empty: the catalogue of this server has a word that we have no text for
	Value   string // what the application is told, where it is the person's own
	Icon    string
	Weighty bool // it reaches further than it looks
}

// Alarming reports whether a permission is worth a second look: with it, others come to harm.
func (p permission) Alarming() bool { return p.Weighty && !oauth.IsStandardScope(p.Word) }

func permissionsOf(l spoken, s oauth.Scope) []permission {
	all := make([]permission, 0, 8)
	for _, word := range s.Words() {
		all = append(all, permission{Word: word, Means: l.says["scope."+word], Icon: iconOf(word), Weighty: weighty[word]})
	}
	return all
}

// weighty are the words that reach further than they look: what leaves with the application, how
// long it stays, and what can be done to others.
var weighty = map[string]bool{
	oauth.Email: true, oauth.Phone: true, oauth.Address: true, oauth.OfflineAccess: true,
	oauth.Administrator: true, oauth.UseOAuthClients: true,
	"MANAGE_SETTINGS": true, "MANAGE_ACCOUNTS": true, "MANAGE_ROLES": true, "MANAGE_SUSPENSIONS": true,
}

// iconOf is the picture beside a permission.
func iconOf(word string) string {
	known := map[string]string{
		oauth.OpenID: "person", oauth.Profile: "card", oauth.Email: "mail", oauth.Phone: "phone",
		oauth.Address: "house", oauth.OfflineAccess: "clock",
	}[word]
	switch {
	case known != "":
		return known
	case weighty[word]:
		return "shield"
	default:
		return "check"
	}
}

// gives is what approving gives away: what the application is told, what it may do, and for how
// long.
type gives struct {
	Shares    []permission
	Acts      []permission
	Lasts     []permission
	Declined  []permission // asked for, and not given
	Inherits  bool
	Resources []string
	Expires   time.Time // until when the person can decide
}

// asked is a request at a device, as one at the authorization endpoint.
func asked(seen authorize.DeviceView) authorize.ConsentView {
	return authorize.ConsentView{
		Client: seen.Client, Requested: seen.Requested, Granted: seen.Granted,
		Resources: seen.Resources, Inherits: seen.Inherits, Expires: seen.Expires,
	}
}

func givesOf(l spoken, who signin.Recognised, seen authorize.ConsentView) gives {
	g := gives{
		Declined: permissionsOf(l, seen.Requested.Without(seen.Granted)),
		Inherits: seen.Inherits, Resources: seen.Resources, Expires: seen.Expires,
	}
	for _, granted := range permissionsOf(l, seen.Granted) {
		switch {
		case granted.Word == oauth.OfflineAccess:
			g.Lasts = append(g.Lasts, granted)
		case oauth.IsStandardScope(granted.Word):
			granted.Value = told(granted.Word, who.Profile.Profile)
			g.Shares = append(g.Shares, granted)
		default:
			g.Acts = append(g.Acts, granted)
		}
	}
	return g
}

// told is what an application learns by a word, as far as the account has it.
func told(word string, known account.Profile) string {
	switch word {
	case oauth.OpenID:
		return ""
	case oauth.Profile:
		return known.Name.Reveal()
	case oauth.Email:
		return known.Email.Reveal()
	case oauth.Phone:
		return known.Phone.Reveal()
	}
	return ""
}
