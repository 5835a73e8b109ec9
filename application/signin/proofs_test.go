package signin_test

import (
	"maps"
	"net/url"
	"regexp"
	"testing"
	"time"

	"writ/adapters/eventsourcing/ledgertest"
	"writ/adapters/passwordlist"
	"writ/adapters/phonenumber"
	"writ/application/signin"
	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/domain/session"
)

// proofs is a world in which people prove that a phone or a mailbox is theirs.
type proofs struct {
	*ledgertest.World

	t             *testing.T
	failures      *ledgertest.Limits
	phoneStart    *signin.PhoneStart
	phoneFinish   *signin.PhoneFinish
	emailStart    *signin.EmailStart
	emailFinish   *signin.EmailFinish
	signUp        *signin.SignUp
	signUpFinish  *signin.SignUpFinish
	resetStart    *signin.ResetStart
	resetFinish   *signin.ResetFinish
	contactStart  *signin.ContactStart
	contactFinish *signin.ContactFinish
}

// change is how a world differs from the usual one.
type change func(*signin.ProofRoles, *signin.ProofPolicy, *signin.SignUpPolicy)

func withoutMail(r *signin.ProofRoles, _ *signin.ProofPolicy, _ *signin.SignUpPolicy) { r.Mail = nil }

func withoutTexts(r *signin.ProofRoles, _ *signin.ProofPolicy, _ *signin.SignUpPolicy) { r.Texts = nil }

func closedForNew(_ *signin.ProofRoles, _ *signin.ProofPolicy, open *signin.SignUpPolicy) {
	*open = false
}

func newProofs(t *testing.T, changes ...change) *proofs {
	t.Helper()
	w := ledgertest.New(t)
	numbers, err := phonenumber.New("")
	if err != nil {
		t.Fatal(err)
	}
	p := &proofs{World: w, t: t, failures: &ledgertest.Limits{Most: 50}}
	roles := signin.ProofRoles{
		Challenges: w.Proofs, Quotas: w.Proofs, Finder: w.Directory, Digests: w.Keeper, Vault: w.Keeper, Failures: p.failures,
		Numbers: numbers, Texts: w.Phones, Mail: w.Mailboxes, Keys: w.Keys, Clock: w.Clock, Entropy: w.Entropy,
	}
	policy := signin.ProofPolicy{
		Name: "Writ", Host: "writ.test", TextsHourly: 1000,
		Links: signin.Links{SignIn: "https://writ.test/login/link", SignUp: "https://writ.test/sign-up/link", Reset: "https://writ.test/reset?x=1"},
	}
	open := signin.SignUpPolicy(true)
	for _, change := range changes {
		change(&roles, &policy, &open)
	}
	common := passwordlist.New()
	prover := signin.NewProver(roles, policy)
	arrival := signin.NewArrival(prover, w.Ledger, w.Server, open)
	p.phoneStart, p.phoneFinish = signin.NewPhoneStart(prover), signin.NewPhoneFinish(prover, arrival)
	p.emailStart, p.emailFinish = signin.NewEmailStart(prover), signin.NewEmailFinish(prover, arrival)
	p.signUp, p.signUpFinish = signin.NewSignUp(prover, arrival, w.Passwords, common), signin.NewSignUpFinish(prover, arrival)
	p.resetStart, p.resetFinish = signin.NewResetStart(prover), signin.NewResetFinish(prover, w.Ledger, w.Passwords, common)
	p.contactStart, p.contactFinish = signin.NewContactStart(prover), signin.NewContactFinish(prover, w.Ledger)
	return p
}

const (
	home = "192.0.2.1"
	away = "198.51.100.7"
)

var sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)

// texted is the code of the last text to a number.
func (p *proofs) texted(number string) oauth.Secret { return codeIn(p.t, p.Phones.Sent(), number) }

// mailed is the code of the last letter to an address.
func (p *proofs) mailed(address string) oauth.Secret { return codeIn(p.t, p.Mailboxes.Sent(), address) }

func codeIn(t *testing.T, sent []ledgertest.Message, to string) oauth.Secret {
	t.Helper()
	for i := len(sent) - 1; i >= 0; i-- {
		if sent[i].To == to {
			return oauth.Secret(sixDigits.FindString(sent[i].Text))
		}
	}
	t.Fatalf("nothing was sent to %s", to)
	return ""
}

// linked is the token in the link of the last letter to an address.
func (p *proofs) linked(address string) oauth.Secret {
	p.t.Helper()
	sent := p.Mailboxes.Sent()
	for i := len(sent) - 1; i >= 0; i-- {
		if link := regexp.MustCompile(`https://\S+`).FindString(sent[i].Text); sent[i].To == address && link != "" {
			u, err := url.Parse(link)
			if err != nil {
				p.t.Fatal(err)
			}
			return oauth.Secret(u.Query().Get("token"))
		}
	}
	p.t.Fatalf("no link was sent to %s", address)
	return ""
}

// wrong is another code than this.
func wrong(code oauth.Secret) oauth.Secret {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

// work is what an answer costs: calls of the store, hashes and messages.
func (p *proofs) work(do func()) map[string]int {
	before, asked, sent := p.Proofs.Calls(), p.Passwords.Asked()+p.Passwords.Hashed(), len(p.Phones.Sent())+len(p.Mailboxes.Sent())
	reads := p.Store.Reads()
	do()
	did := map[string]int{
		"hashes": p.Passwords.Asked() + p.Passwords.Hashed() - asked, "messages": len(p.Phones.Sent()) + len(p.Mailboxes.Sent()) - sent,
		"reads": p.Store.Reads() - reads,
	}
	for name, n := range p.Proofs.Calls() {
		if n > before[name] {
			did[name] = n - before[name]
		}
	}
	maps.DeleteFunc(did, func(_ string, n int) bool { return n == 0 })
	return did
}

// withPhone gives an account a verified number.
func (p *proofs) withPhone(id oauth.AccountID, number string) {
	p.t.Helper()
	p.Account(id, "")
	p.ChangeAccount(id, func(a *account.Account) error {
		return a.AddContact(account.Contact{Kind: account.Phone, Value: event.Personal(number), Verified: true}, p.Clock.Now())
	})
}

// session is the session that somebody got.
func (p *proofs) session(in signin.SignedIn) session.State {
	p.t.Helper()
	s := session.Named(in.Session)
	p.Load(s)
	return s.View()
}

func (p *proofs) profile(id oauth.AccountID) account.State {
	p.t.Helper()
	a := account.Named(id)
	p.Load(a)
	return a.View()
}

func (p *proofs) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// later lets allowances and codes of before be over.
func (p *proofs) later() { p.Clock.Pass(25 * time.Hour) }
