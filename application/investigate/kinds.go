package investigate

import (
	"maps"
	"slices"
	"strings"

	"writ/domain/account"
	"writ/domain/authorization"
	"writ/domain/client"
	"writ/domain/device"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/passkey"
	"writ/domain/session"
	"writ/domain/signingkey"
	"writ/domain/token"
	"writ/ports"
)

// ErrKind refuses a kind of which there are no events.
var ErrKind = oauth.Refuse(oauth.InvalidRequest, "there are no events of this kind")

// catalogues are those of every stream that there is.
var catalogues = []*event.Catalogue{
	account.Catalogue, authorization.Catalogue, client.Catalogue, device.Catalogue, grant.Catalogue,
	passkey.Catalogue, session.Catalogue, signingkey.Catalogue, token.Catalogue, token.RevocationCatalogue,
}

// byKind are the names of events, "grant.revoked", by whatever a person may call them: the kind of
// the stream, the name itself, and that of the message which is published for it.
var byKind = namesByKind()

func namesByKind() map[string][]string {
	all := map[string][]string{}
	for _, c := range catalogues {
		for _, name := range c.Names() {
			full := c.Kind() + "." + name
			for _, known := range []string{c.Kind(), full, dashes.Replace(full)} {
				all[known] = append(all[known], full)
			}
		}
	}
	maps.Copy(all, published)
	return all
}

// dashes makes of an event's name the one that its message has, unless it is one of those below.
var dashes = strings.NewReplacer(".", "-", "_", "-")

// published are the messages that are not named after the stream and the event.
var published = map[string][]string{
	"access-key-added":      {"account.key_added"},
	"access-key-removed":    {"account.key_removed"},
	"account-opened":        {"account.opened", "account.adopted"},
	"code-replayed":         {"grant.code_replayed"},
	"code-verifier-refused": {"authorization.verifier_refused"},
	"identity-linked":       {"account.identity_linked"},
	"identity-unlinked":     {"account.identity_unlinked"},
	"passkey-added":         {"passkey.registered"},
	"passkey-cloned":        {"passkey.used"},
	"password-changed":      {"account.password_changed"},
	"permissions-changed":   {"account.permissions_changed"},
	"profile-changed": {
		"account.profile_changed", "account.contact_added", "account.contact_verified",
		"account.contact_preferred", "account.contact_removed",
	},
	"refresh-repeated":      {"grant.refresh_repeated"},
	"refresh-token-reused":  {"grant.refresh_token_reused"},
	"signed-in":             {"session.started"},
	"signed-out":            {"session.ended"},
	"signed-out-everywhere": {"account.signed_out"},
	"signing-key-rotated":   {"signing_key.published"},
	"token-revoked":         {"revoked_token.revoked"},
}

// Kinds are all that Filter.Kinds understands, in the order of the alphabet.
func Kinds() []string { return slices.Sorted(maps.Keys(byKind)) }

// Names are the events that a kind stands for, "grant.revoked"; none: there is no such kind.
func Names(kind string) []string { return slices.Clone(byKind[kind]) }

// sieve is a filter that has been understood.
type sieve struct {
	names           map[string]bool // nil: all
	client, account string
}

func (f Filter) sieve() (sieve, error) {
	s := sieve{client: string(f.Client), account: string(f.Account)}
	for _, kind := range f.Kinds {
		names, known := byKind[kind]
		if !known {
			return sieve{}, ErrKind
		}
		if s.names == nil {
			s.names = map[string]bool{}
		}
		for _, name := range names {
			s.names[name] = true
		}
	}
	return s, nil
}

// mayFit says what can be said before it is known whom the fact concerns, which may take a query.
func (s sieve) mayFit(f event.Fact) bool {
	switch {
	case s.names != nil && !s.names[f.Stream.Kind+"."+f.Name]:
		return false
	case f.Stream.Kind == account.Kind:
		return s.client == "" && (s.account == "" || s.account == f.Stream.ID)
	case f.Stream.Kind == client.Kind:
		return s.client == "" || s.client == f.Stream.ID
	case f.Stream.Kind == signingkey.Kind:
		return s.client == "" && s.account == ""
	default:
		return true
	}
}

func (s sieve) fits(r ports.Record) bool {
	return (s.client == "" || s.client == r.Client) && (s.account == "" || s.account == r.Account)
}
