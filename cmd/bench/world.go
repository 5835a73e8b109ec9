package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/alecthomas/kong"
	"go.uber.org/fx"

	"writ/application/administer"
	"writ/cmd/writ/wiring"
	"writ/domain/account"
	"writ/domain/authorization"
	"writ/domain/client"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/ports"
)

// world is who trades: a machine's client, a client of people, and people who approve its
// requests. It works on the server's store, as the command line does.
type world struct {
	app   *fx.App
	cast  cast
	scope oauth.Scope

	machine, web administer.Registered
	people       []oauth.AccountID
}

// cast is who plays in the preparations.
type cast struct {
	fx.In
	Accounts *administer.Accounts
	Clients  *administer.Clients
	Ledger   ports.Ledger
	Clock    ports.Clock
	Entropy  ports.Entropy
	Keys     oauth.TokenKeys
	Server   *oauth.Server
}

// settingsFrom reads settings as the command line does.
func settingsFrom(flags []string) (wiring.Settings, error) {
	var s wiring.Settings
	parser, err := kong.New(&s)
	if err != nil {
		return s, err
	}
	_, err = parser.Parse(flags)
	return s, err
}

// populate opens the store and registers everybody.
func populate(ctx context.Context, flags []string, scope string) (*world, error) {
	settings, err := settingsFrom(flags)
	if err != nil {
		return nil, err
	}
	w := &world{}
	w.app = fx.New(wiring.Core(settings, slog.New(slog.DiscardHandler)), fx.Invoke(func(c cast) { w.cast = c }))
	err = w.app.Start(ctx)
	if err != nil {
		return nil, fmt.Errorf("open the server's store: %w", err)
	}
	w.scope, err = w.cast.Server.Vocabulary.Parse(scope)
	if err == nil {
		err = w.register(ctx)
	}
	return w, err
}

func (w *world) close(ctx context.Context) error { return w.app.Stop(ctx) }

// population is how many people there are; each has as many grants as the others.
const population = 32

func (w *world) register(ctx context.Context) error {
	for i := range population {
		a, err := w.cast.Accounts.Create(ctx, administer.NewAccount{Profile: account.Profile{
			Handle: event.Personal(fmt.Sprintf("person%d", i)), Name: event.Personal(fmt.Sprintf("Person %d", i)),
			Email: event.Personal(fmt.Sprintf("person%d@example.org", i)), EmailVerified: true,
		}})
		if err != nil {
			return fmt.Errorf("make account %d: %w", i, err)
		}
		w.people = append(w.people, oauth.AccountID(a.Account))
	}
	var err error
	w.machine, err = w.cast.Clients.Create(ctx, administer.NewClient{Owner: w.people[0], Settings: client.Settings{
		Name: "Machine", Confidential: true, RequirePKCE: true, Allowed: "READ_PROFILE",
		Grants: []oauth.GrantType{oauth.ClientCredentialsGrant},
	}})
	if err != nil {
		return fmt.Errorf("register the machine's client: %w", err)
	}
	w.web, err = w.cast.Clients.Create(ctx, administer.NewClient{Settings: client.Settings{
		Name: "Web", Confidential: true, RequirePKCE: true, Allowed: w.scope,
		RedirectURIs: []oauth.RedirectURI{redirectURI},
		Grants:       []oauth.GrantType{oauth.AuthorizationCodeGrant, oauth.RefreshTokenGrant},
	}})
	if err != nil {
		return fmt.Errorf("register the client of people: %w", err)
	}
	return nil
}

// verifier is what every code is bound to (RFC 7636 §4.1).
const verifier oauth.CodeVerifier = "dBjftJeZ4CVP-mBzIDakBUZ04dlDwjLhDbMhZuaNmcE"

// together is how many approvals share commits.
const together = 256

// approve has people approve requests until c holds n codes.
func (w *world) approve(ctx context.Context, c *codes, n int) error {
	missing := n - c.left()
	wrong := make([]error, together)
	var approving sync.WaitGroup
	for lane := range together {
		approving.Go(func() {
			for i := lane; i < missing && wrong[lane] == nil; i += together {
				wrong[lane] = w.approveInto(ctx, c, w.people[i%len(w.people)])
			}
		})
	}
	approving.Wait()
	return errors.Join(wrong...)
}

func (w *world) approveInto(ctx context.Context, c *codes, who oauth.AccountID) error {
	code, err := w.approveOne(ctx, who)
	if err == nil {
		c.add(code, verifier)
	}
	return err
}

// approveOne writes what the use case behind the consent page writes.
func (w *world) approveOne(ctx context.Context, who oauth.AccountID) (oauth.Opaque, error) {
	var secret [32]byte
	w.cast.Entropy.Fill(secret[:])
	id, at := w.cast.Entropy.ID(), w.cast.Clock.Now()
	code := w.cast.Keys.Mint(oauth.AuthorizationCode, id, 0, secret)
	a := authorization.Undecided(id)
	err := w.cast.Ledger.Decide(ctx, func() error {
		return a.Approve(authorization.Approved{
			Client: w.web.Client.ClientID, Account: who, Redirect: redirectURI, Scope: w.scope,
			Challenge: verifier.Challenge(), Code: code.Digest(), AuthTime: at, AMR: []string{"pwd"},
			Until: at.Add(w.cast.Server.Lifetimes.Code),
		}, at)
	}, a)
	if err != nil {
		return code, fmt.Errorf("approve request %s: %w", id, err)
	}
	return code, nil
}
