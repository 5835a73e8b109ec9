package signin

import (
	"context"
	"encoding/base64"
	"errors"
	"time"

	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
)

// ErrNoUpstream refuses a provider that is not configured.
var ErrNoUpstream = oauth.Refuse(oauth.InvalidRequest, "there is no such provider to sign in with")

// journeyLasts is how long a person may be away at another provider.
const journeyLasts = 10 * time.Minute

// journey is what a browser keeps while its person is at another provider. It is in that browser
// alone, so that nobody can be made to end what another one began. Its id becomes that of the
// session, so that one journey begins one session.
type journey struct {
	ID       string          `json:"id"`
	Upstream string          `json:"upstream"`
	State    string          `json:"state"`
	Nonce    string          `json:"nonce"`
	Verifier string          `json:"verifier"`
	Return   []byte          `json:"return,omitempty"`
	Session  string          `json:"session,omitempty"` // that links what is found; empty: it signs in
	Account  oauth.AccountID `json:"account,omitempty"`
}

func (j journey) question() ports.UpstreamQuestion {
	return ports.UpstreamQuestion{State: j.State, Nonce: j.Nonce, Verifier: oauth.CodeVerifier(j.Verifier)}
}

func journeys(v ports.Vault, c ports.Clock) tickets[journey] {
	return tickets[journey]{vault: v, clock: c, purpose: "sign in at another provider", lasts: journeyLasts}
}

// UpstreamBeginCommand sends a person to another provider.
type UpstreamBeginCommand struct {
	Upstream string
	Return   string           // where the person goes afterwards; it is handed back as it is
	Link     *session.Visitor // who wants the identity there linked to the account; nil: sign in
}

// Departure is where to send the browser, and the ticket that it must bring back with the answer.
// Each departure has its own, so that several tabs may be under way at once.
type Departure struct {
	Address string
	ID      string // of the ticket; the state of the answer begins with it
	Ticket  string
	Lasts   time.Duration
}

// UpstreamBegin sends people to other providers.
type UpstreamBegin struct {
	upstreams ports.Upstreams
	tickets   tickets[journey]
	clock     ports.Clock
	entropy   ports.Entropy
}

// NewUpstreamBegin wires the use case.
func NewUpstreamBegin(u ports.Upstreams, v ports.Vault, c ports.Clock, e ports.Entropy) *UpstreamBegin {
	return &UpstreamBegin{upstreams: u, tickets: journeys(v, c), clock: c, entropy: e}
}

// All lists the providers.
func (uc *UpstreamBegin) All() []ports.Upstream { return uc.upstreams.All() }

// Execute begins. It keeps nothing. Linking needs somebody who signed in a short while ago.
func (uc *UpstreamBegin) Execute(ctx context.Context, cmd UpstreamBeginCommand) (Departure, error) {
	j := journey{
		ID: uc.entropy.ID(), Upstream: cmd.Upstream, Return: []byte(cmd.Return),
		Nonce: uc.random(), Verifier: uc.random(),
	}
	j.State = j.ID + uc.random()
	if cmd.Link != nil {
		if err := cmd.Link.Fresh(uc.clock.Now()); err != nil {
			return Departure{}, err
		}
		j.Session, j.Account = cmd.Link.Session, cmd.Link.Account
	}
	address, err := uc.upstreams.Ask(ctx, cmd.Upstream, j.question())
	if errors.Is(err, ports.ErrNotFound) {
		return Departure{}, ErrNoUpstream
	}
	if err != nil {
		return Departure{}, err
	}
	ticket, err := uc.tickets.issue(j)
	return Departure{Address: address, ID: j.ID, Ticket: ticket, Lasts: journeyLasts}, err
}

// random is base64url of 32 random bytes: 43 characters.
func (uc *UpstreamBegin) random() string {
	var secret [32]byte
	uc.entropy.Fill(secret[:])
	return base64.RawURLEncoding.EncodeToString(secret[:])
}

// idSize is the length of the id that a state begins with.
const idSize = 20

// DepartureOf is the id of the departure that a state belongs to; empty when it can be of none.
func DepartureOf(state string) string {
	if len(state) != idSize+43 {
		return ""
	}
	return state[:idSize]
}
