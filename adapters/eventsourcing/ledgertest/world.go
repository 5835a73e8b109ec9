package ledgertest

import (
	"testing"
	"time"

	"writ/adapters/eventsourcing"
	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/domain/session"
)

// Noon is when every world begins.
var Noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// World is all that use cases need, in memory.
type World struct {
	Store     *Store
	Notes     *Notes    // interactions, polls and stamps
	Proofs    *Proofs   // challenges and quotas
	Phones    *Messages // texts that were sent
	Mailboxes *Messages // letters that were sent
	Keeper    *Keeper
	Clock     *Clock
	Entropy   *Entropy
	Signer    *Signer // and verifier
	Passwords *Passwords
	Ledger    *eventsourcing.Ledger
	Directory *eventsourcing.Directory // finder and shelf
	Oversight *eventsourcing.Oversight
	Server    *oauth.Server
	Keys      oauth.TokenKeys

	t testing.TB
}

// New makes a world at Noon with a server of default settings and nothing else in it.
func New(t testing.TB) *World {
	t.Helper()
	store, keeper, entropy := NewStore(), NewKeeper("master"), &Entropy{}
	ledger := eventsourcing.NewLedger(store, keeper, entropy)
	return &World{
		Store: store, Notes: NewNotes(store), Proofs: NewProofs(store), Phones: &Messages{}, Mailboxes: &Messages{}, Keeper: keeper, Clock: &Clock{now: Noon}, Entropy: entropy,
		Signer: &Signer{}, Passwords: &Passwords{}, Ledger: ledger,
		Directory: eventsourcing.NewDirectory(store, ledger), Oversight: eventsourcing.NewOversight(store, ledger), Server: server(t),
		Keys: oauth.TokenKeys{{ID: [4]byte{1}, Secret: [32]byte{1, 2, 3}}}, t: t,
	}
}

func server(t testing.TB) *oauth.Server {
	t.Helper()
	vocabulary, err := oauth.NewVocabulary(oauth.DefaultPermissions)
	if err != nil {
		t.Fatal(err)
	}
	return &oauth.Server{
		Issuer: "https://op.example", Audience: "https://api.example", Vocabulary: vocabulary, AccessAlg: oauth.ES256,
		ProfileInID: true, CLIClient: "storyden-cli", NewcomerHolds: oauth.MemberPermissions,
		Lifetimes: oauth.Lifetimes{
			Access: 15 * time.Minute, Idle: 720 * time.Hour, Absolute: 4320 * time.Hour, Code: time.Minute,
			DeviceCode: 10 * time.Minute, PollEvery: 5 * time.Second,
		},
	}
}

// Decide lets the test change the world through the ledger. A refusal ends the test.
func (w *World) Decide(decide func() error, about ...event.Aggregate) {
	w.t.Helper()
	err := w.Ledger.Decide(w.t.Context(), decide, about...)
	if err != nil {
		w.t.Fatal(err)
	}
}

// Load fills aggregates with their present state.
func (w *World) Load(into ...event.Aggregate) {
	w.t.Helper()
	err := w.Ledger.Load(w.t.Context(), into...)
	if err != nil {
		w.t.Fatal(err)
	}
}

// Account opens an account whose id is its handle too, with permissions.
func (w *World) Account(id oauth.AccountID, permissions oauth.Scope) {
	w.t.Helper()
	a := account.Named(id)
	w.Decide(func() error {
		return a.Open(account.Opening{
			Profile: account.Profile{
				Handle: event.Personal(id), Name: event.Personal("Name of " + id),
				Email: event.Personal(id + "@example.org"), EmailVerified: true,
			},
			Password: "hash of " + "password", Permissions: permissions, At: w.Clock.Now(),
		})
	}, a)
}

// ChangeAccount lets something happen to an account.
func (w *World) ChangeAccount(id oauth.AccountID, change func(*account.Account) error) {
	w.t.Helper()
	a := account.Named(id)
	w.Decide(func() error { return change(a) }, a)
}

// Client registers a client. A confidential one has the secret "secret".
func (w *World) Client(id oauth.ClientID, owner oauth.AccountID, s client.Settings) {
	w.t.Helper()
	r := client.Registration{ID: w.Entropy.ID(), Owner: owner, Settings: s, At: w.Clock.Now()}
	if s.Confidential {
		r.Secret = oauth.DigestOf([]byte("secret"))
	}
	c := client.Unregistered(id)
	w.Decide(func() error { return c.Register(r) }, c)
}

// ChangeClient lets something happen to a client.
func (w *World) ChangeClient(id oauth.ClientID, change func(*client.Client) error) {
	w.t.Helper()
	c := client.Named(id)
	w.Decide(func() error { return change(c) }, c)
}

// Visitor signs an account in.
func (w *World) Visitor(id oauth.AccountID) session.Visitor {
	w.t.Helper()
	token := w.Keys.Mint(oauth.SessionToken, w.Entropy.ID(), 0, [32]byte{1})
	s, a := session.Unstarted(token.ID()), account.Named(id)
	w.Decide(func() error {
		s.Start(session.Started{Account: id, Token: token.Digest(), AMR: []string{"pwd"}, UserAgent: "browser"}, w.Clock.Now())
		return nil
	}, a, s)
	return session.Visitor{Session: s.ID(), Account: id, AuthTime: s.View().AuthTime, AMR: s.View().AMR}
}

// Names are the names of the facts of one kind of aggregate, in their order.
func (w *World) Names(kind string) []string {
	var names []string
	for _, f := range w.Store.Facts() {
		if f.Stream.Kind == kind {
			names = append(names, f.Name)
		}
	}
	return names
}
