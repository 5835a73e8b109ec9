package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"

	"github.com/alecthomas/kong"
	"go.uber.org/fx"

	"writ/application/administer"
	"writ/application/rotate"
	"writ/cmd/writ/wiring"
	"writ/domain/account"
	"writ/domain/authorization"
	"writ/domain/client"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/domain/token"
	"writ/ports"
)

// inside works on the server's store, as the command line does.
type inside struct {
	app     *fx.App
	cast    cast
	web     oauth.ClientID
	members []oauth.AccountID
}

// cast is who plays in the preparations.
type cast struct {
	fx.In
	Accounts *administer.Accounts
	Clients  *administer.Clients
	Signing  *rotate.SigningKeys
	Signer   ports.Signer
	Ledger   ports.Ledger
	Store    ports.EventStore
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

// populateInside opens the store and registers everybody.
func populateInside(ctx context.Context, flags []string, scope oauth.Scope) (*world, error) {
	settings, err := settingsFrom(flags)
	if err != nil {
		return nil, err
	}
	in := &inside{}
	in.app = fx.New(wiring.Core(settings, slog.New(slog.DiscardHandler)), fx.Invoke(func(c cast) { in.cast = c }))
	err = in.app.Start(ctx)
	if err != nil {
		return nil, fmt.Errorf("open the server's store: %w", err)
	}
	w := &world{people: in, inside: in}
	_, err = in.cast.Signing.Install(ctx)
	if err == nil {
		err = in.enrol(ctx)
	}
	if err == nil {
		err = in.register(ctx, w, scope)
	}
	return w, err
}

func (in *inside) close(ctx context.Context) error { return in.app.Stop(ctx) }

func (in *inside) enrol(ctx context.Context) error {
	for i := range population {
		person := administer.NewAccount{Profile: account.Profile{
			Handle: event.Personal(fmt.Sprintf("person%d", i)), Name: event.Personal(fmt.Sprintf("Person %d", i)),
			Email: event.Personal(fmt.Sprintf("person%d@example.org", i)), EmailVerified: true,
		}}
		if i < outsiders {
			person.Password = password
		}
		a, err := in.cast.Accounts.Create(ctx, person)
		if err != nil {
			return fmt.Errorf("make account %d: %w", i, err)
		}
		in.members = append(in.members, oauth.AccountID(a.Account))
	}
	return nil
}

// register registers the clients. ID tokens are signed with ES256, as access tokens are.
func (in *inside) register(ctx context.Context, w *world, scope oauth.Scope) error {
	for _, c := range []struct {
		who *identity
		new administer.NewClient
	}{
		{&w.machine, administer.NewClient{Owner: in.members[0], Settings: client.Settings{
			Name: "Machine", Confidential: true, RequirePKCE: true, Allowed: "READ_PROFILE",
			Grants: []oauth.GrantType{oauth.ClientCredentialsGrant},
		}}},
		{&w.web, administer.NewClient{Settings: client.Settings{
			Name: "Web", Confidential: true, RequirePKCE: true, Allowed: scope, IDTokenAlg: oauth.ES256,
			RedirectURIs: []oauth.RedirectURI{redirectURI},
			Grants:       []oauth.GrantType{oauth.AuthorizationCodeGrant, oauth.RefreshTokenGrant},
		}}},
		{&w.device, administer.NewClient{Settings: client.Settings{
			Name: "Device", RequirePKCE: true, Allowed: scope, IDTokenAlg: oauth.ES256,
			Grants: []oauth.GrantType{oauth.DeviceCodeGrant, oauth.RefreshTokenGrant},
		}}},
	} {
		made, err := in.cast.Clients.Create(ctx, c.new)
		if err != nil {
			return fmt.Errorf("register the client %s: %w", c.new.Settings.Name, err)
		}
		*c.who = identity{made.Client.ClientID, made.Secret}
	}
	in.web = w.web.id
	return nil
}

// approve writes what the use case behind the consent page writes.
func (in *inside) approve(ctx context.Context, number int, scope oauth.Scope) (string, error) {
	var secret [32]byte
	in.cast.Entropy.Fill(secret[:])
	id, at := in.cast.Entropy.ID(), in.cast.Clock.Now()
	code := in.cast.Keys.Mint(oauth.AuthorizationCode, id, 0, secret)
	a := authorization.Undecided(id)
	err := in.cast.Ledger.Decide(ctx, func() error {
		return a.Approve(authorization.Approved{
			Client: in.web, Account: in.members[number], Redirect: redirectURI, Scope: in.cast.Server.Vocabulary.Canonical(scope),
			Challenge: verifier.Challenge(), Code: code.Digest(), AuthTime: at, AMR: []string{"pwd"},
			Until: at.Add(in.cast.Server.Lifetimes.Code),
		}, at)
	}, a)
	if err != nil {
		return "", fmt.Errorf("approve request %s: %w", id, err)
	}
	return code.Reveal(), nil
}

// fresh signs access tokens like those that were seen, each with an id of its own.
func (r *rig) fresh(ctx context.Context, n int) (*pile, error) {
	if r.world.inside == nil {
		return nil, errors.New("tokens can only be signed from within")
	}
	var like []token.AccessClaims
	for _, t := range r.seen {
		claims, err := claimsOf(t)
		if err != nil {
			return nil, err
		}
		like = append(like, claims)
	}
	return r.world.inside.sign(ctx, n, like)
}

// sign signs tokens on all processors.
func (in *inside) sign(ctx context.Context, n int, like []token.AccessClaims) (*pile, error) {
	lanes := runtime.NumCPU()
	signed, wrong := make([]string, n), make([]error, lanes)
	var signing sync.WaitGroup
	for lane := range lanes {
		signing.Go(func() {
			for i := lane; i < n && wrong[lane] == nil; i += lanes {
				claims := like[i%len(like)]
				claims.JTI = in.cast.Entropy.ID()
				signed[i], wrong[lane] = in.cast.Signer.Sign(ctx, oauth.ES256, token.AccessType, claims)
			}
		})
	}
	signing.Wait()
	return &pile{tokens: signed}, errors.Join(wrong...)
}

// claimsOf reads the claims of an access token.
func claimsOf(access string) (claims token.AccessClaims, err error) {
	parts := strings.Split(access, ".")
	if len(parts) != 3 {
		return claims, errors.New("an access token is no JWS")
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return claims, fmt.Errorf("read an access token: %w", err)
	}
	return claims, json.Unmarshal(text, &claims)
}
