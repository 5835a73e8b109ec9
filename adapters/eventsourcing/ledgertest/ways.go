package ledgertest

import (
	"context"
	"encoding/json"
	"sync"
	"sync/atomic"

	"writ/domain/oauth"
	"writ/domain/passkey"
	"writ/ports"
)

// Party plays the relying party of passkeys without any cryptography: an answer is good when it names
// the challenge of the state, and the key of its credential. It is safe for concurrent use.
type Party struct {
	challenges atomic.Int64
	verified   atomic.Int64
}

var _ ports.Passkeys = (*Party)(nil)

// PasskeyAnswer is what a browser sends to a Party.
type PasskeyAnswer struct {
	Challenge  int64
	Credential string
	Key        string
	Counter    uint32
}

// Answer is the answer of a credential to what a Party asked.
func (*Party) Answer(options []byte, credential, key string, counter uint32) []byte {
	var challenge int64
	_ = json.Unmarshal(options, &challenge)
	answer, _ := json.Marshal(PasskeyAnswer{challenge, credential, key, counter})
	return answer
}

// Verified is how many answers were checked.
func (p *Party) Verified() int { return int(p.verified.Load()) }

func (p *Party) begin() (ports.Ceremony, error) {
	challenge, err := json.Marshal(p.challenges.Add(1))
	return ports.Ceremony{Options: challenge, State: challenge}, err
}

// BeginRegistration implements ports.Passkeys.
func (p *Party) BeginRegistration(ports.PasskeyOwner, []passkey.Credential) (ports.Ceremony, error) {
	return p.begin()
}

// BeginSignIn implements ports.Passkeys.
func (p *Party) BeginSignIn() (ports.Ceremony, error) { return p.begin() }

// FinishRegistration implements ports.Passkeys.
func (p *Party) FinishRegistration(_ ports.PasskeyOwner, state, answer []byte) (passkey.Credential, error) {
	a, err := p.check(state, answer)
	return passkey.Credential{ID: passkey.Binary([]byte(a.Credential)), PublicKey: passkey.Binary([]byte(a.Key)), Counter: a.Counter}, err
}

// Presented implements ports.Passkeys.
func (*Party) Presented(answer []byte) ([]byte, error) {
	var a PasskeyAnswer
	if json.Unmarshal(answer, &a) != nil || a.Credential == "" {
		return nil, passkey.ErrAnswer
	}
	return []byte(a.Credential), nil
}

// FinishSignIn implements ports.Passkeys.
func (p *Party) FinishSignIn(_ oauth.AccountID, c passkey.Credential, state, answer []byte) (ports.Assertion, error) {
	a, err := p.check(state, answer)
	if err == nil && passkey.Binary([]byte(a.Key)) != c.PublicKey {
		err = passkey.ErrAnswer
	}
	return ports.Assertion{Counter: a.Counter}, err
}

func (p *Party) check(state, answer []byte) (PasskeyAnswer, error) {
	p.verified.Add(1)
	var a PasskeyAnswer
	var challenge int64
	if json.Unmarshal(answer, &a) != nil || json.Unmarshal(state, &challenge) != nil || a.Challenge != challenge {
		return a, passkey.ErrAnswer
	}
	return a, nil
}

// Abroad plays another provider, called "other", at which each code stands for a person. It is safe
// for concurrent use.
type Abroad struct {
	mu     sync.Mutex
	people map[string]ports.UpstreamPerson
	away   error
}

var _ ports.Upstreams = (*Abroad)(nil)

// Knows lets a code stand for a person.
func (a *Abroad) Knows(code string, p ports.UpstreamPerson) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.people == nil {
		a.people = map[string]ports.UpstreamPerson{}
	}
	a.people[code] = p
}

// Fail lets everything that the provider is asked fail with err from now on.
func (a *Abroad) Fail(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.away = err
}

// All implements ports.Upstreams.
func (*Abroad) All() []ports.Upstream {
	return []ports.Upstream{{Name: "other", Label: "The other", Issuer: "https://id.example"}}
}

// Ask implements ports.Upstreams. The address is the state.
func (a *Abroad) Ask(_ context.Context, name string, q ports.UpstreamQuestion) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if name != "other" {
		return "", ports.ErrNotFound
	}
	return q.State, a.away
}

// Answer implements ports.Upstreams.
func (a *Abroad) Answer(_ context.Context, _ string, got ports.UpstreamAnswer) (ports.UpstreamPerson, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	who, known := a.people[got.Code.Reveal()]
	switch {
	case a.away != nil:
		return who, a.away
	case !known:
		return who, ports.ErrUnproven
	default:
		return who, nil
	}
}
