package signin

import (
	"context"
	"crypto/subtle"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/ports"
)

// CodeLifetime is how long a code or a link works.
const CodeLifetime = 5 * time.Minute

// Refusals of proofs.
var (
	// ErrCode refuses a code or a link, without telling a wrong one from one that is over, and
	// neither from one that was never sent.
	ErrCode = oauth.Refuse(oauth.AccessDenied, "the code is wrong or no longer works")
	// ErrNotOffered refuses a way that this server was not set up for.
	ErrNotOffered = oauth.Refuse(oauth.InvalidRequest, "this server sends no messages of this kind")
)

// Posed is a proof that is waited for. Its id shows who began it: it is told to nobody else.
type Posed struct{ ID oauth.Opaque }

// ProofRoles are what proofs stand on. Texts and Mail are nil where no such messages are sent.
type ProofRoles struct {
	Challenges ports.Challenges
	Quotas     ports.Quotas
	Finder     ports.Finder
	Digests    ports.Digester
	Vault      ports.Vault
	Failures   ports.Limits // wrong answers of a source
	Numbers    ports.PhoneNumbers
	Texts      ports.Texts
	Mail       ports.Mail
	Keys       oauth.TokenKeys
	Clock      ports.Clock
	Entropy    ports.Entropy
}

// ProofPolicy is what the operator decides.
type ProofPolicy struct {
	Name        string // of the server, as messages call it
	Host        string // of the pages, to which phones bind a code that they fill in
	Links       Links
	TextsHourly int // how many texts are sent in an hour at most, whoever asks
}

// Links are the pages that links in letters lead to. An empty one is left out.
type Links struct{ SignIn, SignUp, Reset string }

// Prover lets people prove that a phone or a mailbox is theirs, by a code or a link that is sent
// there. It is safe for concurrent use.
type Prover struct {
	ProofRoles
	ProofPolicy
}

// NewProver wires it.
func NewProver(r ProofRoles, p ProofPolicy) *Prover { return &Prover{r, p} }

// OffersTexts reports whether a proof can go by phone.
func (p *Prover) OffersTexts() bool { return p.Texts != nil }

// OffersMail reports whether a proof can go by e-mail.
func (p *Prover) OffersMail() bool { return p.Mail != nil }

// purpose is what a right answer allows. An answer to one purpose is none to another.
type purpose string

const (
	forPhone   purpose = "phone sign-in"
	forEmail   purpose = "e-mail sign-in"
	forSignUp  purpose = "sign-up"
	forReset   purpose = "password reset"
	forContact purpose = "contact"
)

// matter is what a challenge is about. It is kept sealed.
type matter struct {
	Purpose  purpose             `json:"purpose"`
	Kind     account.ContactKind `json:"kind"`
	Value    string              `json:"value"` // the address that is proven
	Handle   string              `json:"handle,omitempty"`
	Name     string              `json:"name,omitempty"`
	Hash     string              `json:"hash,omitempty"` // of the password
	Unproven string              `json:"-"`              // an address that was only named
	Account  oauth.AccountID     `json:"account,omitempty"`
	Void     bool                `json:"void,omitempty"` // nobody was told the answer, and none is right
}

func (m matter) contact() account.Contact {
	return account.Contact{Kind: m.Kind, Value: event.Personal(m.Value), Verified: true}
}

// unique is what an account that holds the address claims.
func (m matter) unique() event.Unique { return m.contact().Unique() }

// asked is a challenge with its answers, which go into a message and nowhere else.
type asked struct {
	id   oauth.Opaque
	code oauth.Secret
	link oauth.Opaque
}

// pose keeps a challenge. What is posed about a topic can also be answered by who knows just that.
func (p *Prover) pose(ctx context.Context, m matter, topic, source string) (asked, error) {
	a := asked{id: p.mint(oauth.ChallengeID, p.Entropy.ID()), code: p.newCode()}
	a.link = p.mint(oauth.ChallengeLink, a.id.ID())
	plain, err := json.Marshal(m)
	if err != nil {
		return asked{}, err
	}
	sealed, err := p.Vault.Seal(plain, sealedAs(a.id.ID()))
	if err != nil {
		return asked{}, fmt.Errorf("seal challenge %s: %w", a.id.ID(), err)
	}
	now := p.Clock.Now()
	c := ports.Challenge{
		ID: a.id.ID(), Source: p.sourceDigest(source), Link: []byte(a.link.Digest()), Sealed: sealed,
		Code: p.codeDigests(m.Purpose, topic, a.id.ID(), a.code)[0], Begun: now, Expires: now.Add(CodeLifetime),
	}
	if topic != "" {
		c.Topic = p.topicDigests(m.Purpose, topic)[0]
	}
	return a, p.Challenges.Pose(ctx, c)
}

func (p *Prover) mint(kind oauth.OpaqueKind, id string) oauth.Opaque {
	var secret [32]byte
	p.Entropy.Fill(secret[:])
	return p.Keys.Mint(kind, id, 0, secret)
}

// newCode is 6 digits. 64 random bits leave no bias that could be noticed.
func (p *Prover) newCode() oauth.Secret {
	var random [8]byte
	p.Entropy.Fill(random[:])
	return oauth.Secret(fmt.Sprintf("%06d", binary.BigEndian.Uint64(random[:])%1_000_000))
}

func sealedAs(id string) string { return "challenge " + id }

func (p *Prover) topicDigests(of purpose, topic string) [][]byte {
	return p.Digests.Digests("challenge topic", string(of)+"\x00"+topic)
}

func (p *Prover) sourceDigest(source string) []byte {
	return p.Digests.Digests("challenge source", neighbours(source))[0]
}

// codeDigests bind a code to what it answers: to a topic, which has one digest for all of its
// challenges, so that an answer takes the same work however many there are; else to an id.
func (p *Prover) codeDigests(of purpose, topic, id string, code oauth.Secret) [][]byte {
	about := "topic " + topic
	if topic == "" {
		about = "id " + id
	}
	return p.Digests.Digests("one-time code", string(of)+"\x00"+about+"\x00"+code.Reveal())
}

// answer is what somebody answers a challenge with: the id and the code, a topic and the code, or
// the token of a link, which stands where the id does.
type answer struct {
	purpose purpose
	id      oauth.Secret
	topic   string
	code    oauth.Secret
	source  string
}

// proven is a challenge that was answered rightly, and is not spent yet.
type proven struct {
	matter

	challenge string
}

// check counts a try and compares. Every answer that is not right is ErrCode.
func (p *Prover) check(ctx context.Context, a answer) (proven, error) {
	source := neighbours(a.source)
	if wait := p.Failures.Blocked(source, p.Clock.Now()); wait > 0 {
		return proven{}, &oauth.LimitError{RetryAfter: wait}
	}
	found, err := p.match(ctx, a)
	if errors.Is(err, ErrCode) {
		p.Failures.Fail(source, p.Clock.Now())
	}
	return found, err
}

func (p *Prover) match(ctx context.Context, a answer) (proven, error) {
	link, isLink := p.Keys.Parse(oauth.ChallengeLink, a.id.Reveal())
	id, isID := p.Keys.Parse(oauth.ChallengeID, a.id.Reveal())
	try := ports.Try{ID: link.ID() + id.ID(), Source: p.sourceDigest(a.source), Now: p.Clock.Now()} // at most one of them is there
	switch {
	case a.id != "" && !isLink && !isID, a.id == "" && a.topic == "":
		return proven{}, ErrCode
	case a.id == "":
		try.Topics = p.topicDigests(a.purpose, a.topic)
	}
	tried, err := p.Challenges.Try(ctx, try)
	if err != nil {
		return proven{}, err
	}
	digests := p.codeDigests(a.purpose, a.topic, try.ID, a.code)
	var right *ports.Challenge
	for i, c := range tried { // all of them, so that the time tells nothing
		if isLink && link.Digest().Matches(oauth.Digest(c.Link)) || !isLink && equalsOne(c.Code, digests) {
			right = &tried[i]
		}
	}
	if right == nil {
		return proven{}, ErrCode
	}
	return p.open(*right, a.purpose)
}

func equalsOne(code []byte, digests [][]byte) bool {
	equal := 0
	for _, d := range digests {
		equal |= subtle.ConstantTimeCompare(code, d)
	}
	return equal == 1
}

func (p *Prover) open(c ports.Challenge, want purpose) (proven, error) {
	found := proven{challenge: c.ID}
	plain, err := p.Vault.Open(c.Sealed, sealedAs(c.ID))
	if err != nil {
		return proven{}, fmt.Errorf("open challenge %s: %w", c.ID, err)
	}
	err = json.Unmarshal(plain, &found.matter)
	if err != nil {
		return proven{}, fmt.Errorf("read challenge %s: %w", c.ID, err)
	}
	if found.Purpose != want || found.Void {
		return proven{}, ErrCode
	}
	return found, nil
}

// spend uses the answer up. Of several who give the same one answer this lets one through.
func (p *Prover) spend(ctx context.Context, found proven) error {
	err := p.Challenges.Spend(ctx, found.challenge, p.Clock.Now())
	if errors.Is(err, ports.ErrNotFound) {
		return ErrCode
	}
	return err
}

// holder is the account that holds a unique value, or empty.
func (p *Prover) holder(ctx context.Context, u event.Unique) (oauth.AccountID, error) {
	stream, err := p.Finder.Find(ctx, u)
	if errors.Is(err, ports.ErrNotFound) {
		return "", nil
	}
	return oauth.AccountID(stream.ID), err
}

func handleKey(handle string) event.Unique { return event.Unique{Kind: "handle", Value: handle} }
