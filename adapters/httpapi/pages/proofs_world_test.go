package pages_test

import (
	"context"
	"net/url"
	"regexp"
	"testing"

	"writ/adapters/argon2hash"
	"writ/adapters/eventsourcing"
	"writ/adapters/httpapi/pages"
	"writ/adapters/passwordlist"
	"writ/adapters/phonenumber"
	"writ/adapters/webauthn"
	"writ/application/maintain"
	"writ/application/signin"
	"writ/domain/oauth"
	"writ/ports"
)

// letterbox keeps what is sent to phones and mailboxes. A closed one sends nothing.
type letterbox struct {
	closed bool
	sent   map[string]string
}

// Text implements ports.Texts.
func (l *letterbox) Text(_ context.Context, to, message string) error {
	l.sent[to] = message
	return nil
}

// Post implements ports.Mail.
func (l *letterbox) Post(_ context.Context, m ports.Letter) error {
	l.sent[m.To] = m.Language + "\n" + m.Subject + "\n" + m.Text
	return nil
}

// mutedName is the name of a server that sends no messages.
const mutedName = "Muted"

var (
	sentCode = regexp.MustCompile(`\b[0-9]{6}\b`)
	sentLink = regexp.MustCompile(`https://id\.example\.org(/\S+)`)
)

// code is the code that was sent to an address.
func (w *world) code(t *testing.T, to string) string {
	t.Helper()
	code := sentCode.FindString(w.letters.sent[to])
	if code == "" {
		t.Fatalf("no code was sent to %s: %q", to, w.letters.sent[to])
	}
	return code
}

// link is the path of the link that was sent to an address.
func (w *world) link(t *testing.T, to string) string {
	t.Helper()
	found := sentLink.FindStringSubmatch(w.letters.sent[to])
	if found == nil {
		t.Fatalf("no link was sent to %s: %q", to, w.letters.sent[to])
	}
	return found[1]
}

// verbs adds the use cases of people who look after themselves.
func (w *world) verbs(d *eventsourcing.Directory, keys oauth.TokenKeys, hashes *argon2hash.Passwords, at signin.Attempts, v pages.Verbs) pages.Verbs {
	w.t.Helper()
	numbers, err := phonenumber.New("")
	if err != nil {
		w.t.Fatal(err)
	}
	roles := signin.ProofRoles{
		Challenges: w.store, Quotas: w.store, Finder: d, Digests: w.vault, Vault: w.vault, Failures: at.BySource,
		Numbers: numbers, Texts: w.letters, Mail: w.letters, Keys: keys, Clock: w.clock, Entropy: w.entropy,
	}
	if w.letters.closed {
		roles.Texts, roles.Mail = nil, nil
	}
	own := func(path string) string { u, _ := url.Parse(issuer); return u.JoinPath(path).String() }
	prover := signin.NewProver(roles, signin.ProofPolicy{
		Name: "Example", Host: "id.example.org", TextsHourly: 100,
		Links: signin.Links{SignIn: own("/login/link"), SignUp: own("/sign-up/link"), Reset: own("/reset")},
	})
	arrival, common := signin.NewArrival(prover, w.ledger, w.server, true), passwordlist.New()
	v.EmailStart, v.EmailFinish = signin.NewEmailStart(prover), signin.NewEmailFinish(prover, arrival)
	v.PhoneStart, v.PhoneFinish = signin.NewPhoneStart(prover), signin.NewPhoneFinish(prover, arrival)
	v.SignUp, v.SignUpFinish = signin.NewSignUp(prover, arrival, hashes, common), signin.NewSignUpFinish(prover, arrival)
	v.ResetStart, v.ResetFinish = signin.NewResetStart(prover), signin.NewResetFinish(prover, w.ledger, hashes, common)
	v.ContactStart, v.ContactFinish = signin.NewContactStart(prover), signin.NewContactFinish(prover, w.ledger)
	v.Contacts = maintain.NewContacts(w.ledger, w.vault, w.clock)
	v.PasswordChange = signin.NewPasswordChange(w.ledger, hashes, common, at, keys, w.clock, w.entropy)
	return w.own(d, v)
}

func (w *world) own(d *eventsourcing.Directory, v pages.Verbs) pages.Verbs {
	w.t.Helper()
	party, err := webauthn.New(webauthn.Config{Domain: "id.example.org", Name: "Example", Origins: []string{issuer}})
	if err != nil {
		w.t.Fatal(err)
	}
	v.Passkeys = maintain.NewPasskeys(w.ledger, d, w.store, party, w.vault, w.clock)
	v.Keys = maintain.NewKeys(w.ledger, d, w.store, w.clock, w.entropy)
	v.Profile, v.Erasure = maintain.NewProfile(w.ledger, w.clock), maintain.NewErasure(w.ledger, w.clock)
	v.Upstreams = signin.NewUpstreamBegin(abroad{}, w.vault, w.clock, w.entropy)
	v.Identities = maintain.NewIdentities(w.ledger, d, abroad{}, w.vault, w.clock)
	v.Sessions = maintain.NewSessions(w.ledger, d, w.store, w.clock)
	return v
}

// abroad is another provider that nobody comes back from.
type abroad struct{ ports.Upstreams }

func (abroad) All() []ports.Upstream {
	return []ports.Upstream{{Name: "acme", Label: "Acme", Issuer: "https://acme.example"}}
}
