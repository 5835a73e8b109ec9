package httpapi_test

import (
	"context"
	"regexp"
	"sync"
	"testing"

	"writ/adapters/httpapi"
	"writ/adapters/passwordlist"
	"writ/adapters/phonenumber"
	"writ/application/maintain"
	"writ/application/signin"
	"writ/ports"
)

// letterbox keeps what is sent to phones and mailboxes.
type letterbox struct {
	mu   sync.Mutex
	sent map[string][]string
}

func (l *letterbox) keep(to, text string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sent == nil {
		l.sent = map[string][]string{}
	}
	l.sent[to] = append(l.sent[to], text)
	return nil
}

// Text implements ports.Texts.
func (l *letterbox) Text(_ context.Context, to, message string) error { return l.keep(to, message) }

// Post implements ports.Mail.
func (l *letterbox) Post(_ context.Context, m ports.Letter) error {
	return l.keep(m.To, m.Subject+"\n"+m.Text)
}

// last is what was sent to an address last.
func (l *letterbox) last(t testing.TB, to string) string {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	sent := l.sent[to]
	if len(sent) == 0 {
		t.Fatalf("nothing was sent to %s", to)
	}
	return sent[len(sent)-1]
}

// code is the code that was sent to an address last.
func (l *letterbox) code(t testing.TB, to string) string {
	t.Helper()
	return regexp.MustCompile(`\b[0-9]{6}\b`).FindString(l.last(t, to))
}

// token is the token of the link that was sent to an address last.
func (l *letterbox) token(t testing.TB, to string) string {
	t.Helper()
	return regexp.MustCompile(`token=([A-Za-z0-9_-]{92})`).FindStringSubmatch(l.last(t, to))[1]
}

// muted is a test of a server that sends no messages.
type muted struct{ testing.TB }

// prover sends codes, links and news to the letterbox.
func (u useCases) prover(attempts signin.Attempts) *signin.Prover {
	c, e, box := u.rig.clock, u.entropy, &u.rig.box
	numbers, err := phonenumber.New("")
	must(u.rig.t, err)
	roles := signin.ProofRoles{
		Challenges: u.store, Quotas: u.store, Finder: u.shelf, Digests: u.vault, Vault: u.vault, Failures: attempts.BySource,
		Numbers: numbers, Texts: box, Mail: box, Keys: u.keys, Clock: c, Entropy: e,
	}
	if _, mute := u.rig.t.(muted); mute {
		roles.Texts, roles.Mail = nil, nil
	}
	return signin.NewProver(roles, signin.ProofPolicy{
		Name: "Writ", Host: "writ.test", TextsHourly: 100,
		Links: signin.Links{SignIn: issuer + "/login/link", SignUp: issuer + "/sign-up/link", Reset: issuer + "/reset"},
	})
}

// proofs wires the use cases of proofs as the program does.
func (u useCases) proofs(attempts signin.Attempts) httpapi.ProofUseCases {
	p, c, hashes, common := u.prover(attempts), u.rig.clock, cheapHashes(), passwordlist.New()
	a := signin.NewArrival(p, u.ledger, u.rig.server, true)
	return httpapi.ProofUseCases{
		PhoneStart: signin.NewPhoneStart(p), PhoneFinish: signin.NewPhoneFinish(p, a),
		EmailStart: signin.NewEmailStart(p), EmailFinish: signin.NewEmailFinish(p, a),
		SignUp: signin.NewSignUp(p, a, hashes, common), SignUpFinish: signin.NewSignUpFinish(p, a),
		ResetStart: signin.NewResetStart(p), ResetFinish: signin.NewResetFinish(p, u.ledger, hashes, common),
		ContactStart: signin.NewContactStart(p), ContactFinish: signin.NewContactFinish(p, u.ledger),
		Contacts: maintain.NewContacts(u.ledger, u.vault, c),
	}
}
