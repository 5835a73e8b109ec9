package pages

import "writ/domain/oauth"

// permission is one word of a scope and what it means to the person who gives it.
type permission struct {
	Word    string
	Means   string // empty: the catalogue of this server has a word that we have no text for
	Weighty bool   // it is worth a second look
}

func permissionsOf(s oauth.Scope) []permission {
	all := make([]permission, 0, 8)
	for _, word := range s.Words() {
		all = append(all, permission{Word: word, Means: english["scope."+word], Weighty: weighty[word]})
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
