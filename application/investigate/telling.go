package investigate

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"writ/ports"
)

// telling is how an event is told: in a sentence, and to an audit.
type telling struct {
	what    string  // {word} stands for what the event says, [what is within] is left out where that says nothing
	actor   string  // the word of the event that names who did it; empty: the log does not know
	outcome Outcome // empty: an audit is not told
}

// tellings has one for each event that there is; a test insists.
var tellings = map[string]telling{
	"account.opened":              {"the account was opened[ with {permissions}][, as a shadow: {shadow}]", "", Done},
	"account.adopted":             {"the shadow account became a full one[ with {permissions}]", "", Done},
	"account.profile_changed":     {"the profile changed[: {fields}]", "", Done},
	"account.password_changed":    {"the account has a new password; sessions from before are over", "", Done},
	"account.permissions_changed": {"the account now holds {permissions|nothing}[, which narrows {#grants} of its grants][ and {more_grants} more]", "", Done},
	"account.suspended":           {"the account was suspended; its sessions are over", "", Done},
	"account.reinstated":          {"the account was reinstated", "", Done},
	"account.deleted":             {"the account was deleted and its personal data erased", "", Done},
	"account.contact_added":       {"an address was added: {kind}", "", Done},
	"account.contact_verified":    {"an address was proved: {kind}", "account", Done},
	"account.contact_preferred":   {"another address is preferred: {kind}", "", Done},
	"account.contact_removed":     {"an address was removed: {kind}", "", Done},
	"account.identity_linked":     {"an identity at {issuer} was linked", "account", Done},
	"account.identity_unlinked":   {"an identity at {issuer} was unlinked", "account", Done},
	"account.key_added":           {"access key {id} was added[, until {expires}]", "account", Done},
	"account.key_removed":         {"access key {id} was removed", "account", Done},
	"account.signed_out":          {"every session of the account ended[: {reason}]", "", Done},

	"authorization.approved":         {"the request of {client} was approved[ by access key {key}]: {scope|no scope}", "account", Done},
	"authorization.denied":           {"the request of {client} was denied", "account", Refused},
	"authorization.verifier_refused": {"the code came with a wrong verifier", "client", Refused},
	"authorization.redeemed":         {"the code was redeemed", "", ""},

	"client.registered":     {"the client was registered[ as {settings.name}][, owned by {owner}][, may ask for {settings.allowed}]", "", Done},
	"client.changed":        {"the client's settings were replaced[: {settings.name}][, may ask for {settings.allowed}]", "", Done},
	"client.secret_rotated": {"the client has a new secret; the one before works until {old_until}", "", Done},
	"client.deleted":        {"the client was deleted", "", Done},

	"device.requested": {"{client} asked for {scope|no scope} on a device", "", ""},
	"device.claimed":   {"the user code was entered", "", ""},
	"device.approved":  {"the device was approved: {scope|no scope}", "account", Done},
	"device.denied":    {"the device was denied", "account", Refused},
	"device.redeemed":  {"the device got its tokens", "", ""},

	"grant.opened":               {"the grant was opened[ by access key {key}] and its first tokens issued: {scope|no scope}", "account", Done},
	"grant.refreshed":            {"tokens of generation {gen} were issued: {scope|no scope}", "", ""},
	"grant.refresh_repeated":     {"an answer may have been lost: generation {gen} was issued again", "", ""},
	"grant.narrowed":             {"the grant lost {lost}; what is left: {scope|nothing}", "", Done},
	"grant.refresh_token_reused": {"a spent refresh token of generation {gen|0} came back", "client", Alarm},
	"grant.code_replayed":        {"the code that opened the grant came back", "client", Alarm},
	"grant.revoked":              {"the grant was revoked: {reason}", "by", Done},

	"passkey.registered": {"a passkey was added", "account", Done},
	"passkey.renamed":    {"a passkey was renamed", "account", Done},
	"passkey.used":       {"a passkey counted on to {counter|0}", "account", ""},
	"passkey.removed":    {"a passkey was removed", "account", Done},

	"session.started": {"somebody signed in[ by {amr}]", "account", Done},
	"session.ended":   {"the session ended[: {reason}]", "account", Done},

	"signing_key.published": {"a key for {alg} is published; it signs from {signs}", "", Done},
	"signing_key.retired":   {"the key signs until {at} and verifies until {until}", "", Done},
	"signing_key.forgotten": {"the key is forgotten: nothing that it signed is believed", "", Alarm},

	"token.issued":          {"a token was issued to {client} on its own behalf: {scope|no scope}", "client", ""},
	"revoked_token.revoked": {"an access token of {client} was revoked", "client", Done},
}

// cloned tells of a passkey whose counter went back.
var cloned = telling{"a passkey's counter went back: somebody may have a copy of it", "account", Alarm}

func tellingOf(r ports.Record) telling {
	if full := nameOf(r); full != "passkey.used" || r.Says["cloned"] == nil {
		return tellings[full]
	}
	return cloned
}

func nameOf(r ports.Record) string { return r.Stream.Kind + "." + r.Name }

// happeningOf is a record with its sentence.
func happeningOf(r ports.Record) Happening {
	return Happening{
		Position: r.Position, ID: r.ID, At: r.At, Stream: r.Stream.String(), Name: nameOf(r), What: Sentence(r), Says: r.Says,
	}
}

// Sentence says in a few words what a record is about.
func Sentence(r ports.Record) string {
	var said strings.Builder
	for rest := tellingOf(r).what; rest != ""; {
		before, after, _ := strings.Cut(rest, "[")
		optional, next, _ := strings.Cut(after, "]")
		text, _ := fillIn(before, r)
		said.WriteString(text)
		if text, whole := fillIn(optional, r); whole {
			said.WriteString(text)
		}
		rest = next
	}
	return said.String()
}

// fillIn puts what a record says into a text, and reports whether it said all of it.
func fillIn(text string, r ports.Record) (filled string, whole bool) {
	whole = true
	for {
		before, after, more := strings.Cut(text, "{")
		filled += before
		if !more {
			return filled, whole
		}
		wanted, rest, _ := strings.Cut(after, "}")
		name, otherwise, _ := strings.Cut(wanted, "|")
		said := word(r, name)
		if said == "" {
			said, whole = otherwise, whole && otherwise != ""
		}
		filled, text = filled+said, rest
	}
}

// word is what a record says under a name, or of whom its stream is; a dot leads into what is within,
// and # counts.
func word(r ports.Record, name string) string {
	if list, counts := strings.CutPrefix(name, "#"); counts {
		return count(r.Says[list])
	}
	outer, inner, within := strings.Cut(name, ".")
	said := r.Says[outer]
	if nested, is := said.(map[string]any); within && is {
		said = nested[inner]
	}
	switch {
	case said != nil:
		return plain(said)
	case name == "client":
		return r.Client
	case name == "account":
		return r.Account
	default:
		return ""
	}
}

func count(said any) string {
	all, _ := said.([]any)
	if len(all) == 0 {
		return ""
	}
	return strconv.Itoa(len(all))
}

func plain(said any) string {
	if all, is := said.([]any); is {
		texts := make([]string, 0, len(all))
		for _, one := range all {
			texts = append(texts, fmt.Sprint(one))
		}
		return strings.Join(texts, ", ")
	}
	if t, is := said.(time.Time); is {
		return t.UTC().Format(time.RFC3339)
	}
	return fmt.Sprint(said)
}
