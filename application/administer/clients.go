package administer

import (
	"context"
	"encoding/base64"
	"errors"
	"time"

	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/ports"
)

// NewClient is what a client is made of. Without a ClientID it gets one.
type NewClient struct {
	ClientID oauth.ClientID
	Owner    oauth.AccountID
	Settings client.Settings
}

// Registered is a new client, with its secret if it is confidential. It is shown this one time.
type Registered struct {
	Client client.State
	Secret oauth.Secret
}

// Clients keeps clients.
type Clients struct {
	ledger  ports.Ledger
	finder  ports.Finder
	shelf   ports.Shelf
	server  *oauth.Server
	clock   ports.Clock
	entropy ports.Entropy
}

// NewClients wires the use case.
func NewClients(l ports.Ledger, f ports.Finder, sh ports.Shelf, s *oauth.Server, c ports.Clock, e ports.Entropy) *Clients {
	return &Clients{ledger: l, finder: f, shelf: sh, server: s, clock: c, entropy: e}
}

// The prefixes of what is generated, as Storyden's clients know them.
const (
	clientIDPrefix = "sdoak_"
	secretPrefix   = "sdoas_"
)

// Create registers a client.
func (uc *Clients) Create(ctx context.Context, n NewClient) (Registered, error) {
	err := uc.complete(&n)
	if err != nil {
		return Registered{}, err
	}
	r := client.Registration{ID: uc.entropy.ID(), Owner: n.Owner, Settings: n.Settings}
	var secret oauth.Secret
	if n.Settings.Confidential {
		secret = uc.secret()
		r.Secret = oauth.DigestOf([]byte(secret))
	}
	c, owner := client.Unregistered(n.ClientID), account.Named(n.Owner)
	err = uc.ledger.Decide(ctx, func() error {
		if n.Owner != "" && owner.Served() != nil {
			return account.ErrUnknown
		}
		r.At = uc.clock.Now()
		return c.Register(r)
	}, owner, c)
	return Registered{Client: c.View(), Secret: secret}, takenAs(err)
}

// complete fills in what was left out, and checks the scope words.
func (uc *Clients) complete(n *NewClient) error {
	if n.ClientID == "" {
		n.ClientID = oauth.ClientID(clientIDPrefix + uc.random(18))
	}
	s := &n.Settings
	if s.Policy == "" {
		s.Policy = oauth.Explicit
	}
	if s.AuthMethod == "" {
		s.AuthMethod = oauth.AuthNone
		if s.Confidential {
			s.AuthMethod = oauth.AuthClientSecretBasic
		}
	}
	allowed, err := uc.server.Vocabulary.Parse(string(s.Allowed))
	s.Allowed = allowed
	return err
}

func (uc *Clients) secret() oauth.Secret { return oauth.Secret(secretPrefix + uc.random(32)) }

func (uc *Clients) random(n int) string {
	b := make([]byte, n)
	uc.entropy.Fill(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

func takenAs(err error) error {
	var taken *ports.TakenError
	if errors.As(err, &taken) || errors.Is(err, ports.ErrConflict) {
		return client.ErrTaken
	}
	return err
}

// Find gives the client with an id or a client_id.
func (uc *Clients) Find(ctx context.Context, id string) (client.State, error) {
	c, err := uc.find(ctx, id)
	return c.View(), err
}

func (uc *Clients) find(ctx context.Context, id string) (*client.Client, error) {
	c := client.Named(oauth.ClientID(id))
	err := uc.ledger.Load(ctx, c)
	if err != nil || c.Exists() {
		return c, err
	}
	stream, err := uc.finder.Find(ctx, event.Unique{Kind: "client", Value: id})
	if errors.Is(err, ports.ErrNotFound) {
		return c, client.ErrUnknown
	}
	if err != nil {
		return c, err
	}
	c = client.Named(oauth.ClientID(stream.ID))
	return c, uc.ledger.Load(ctx, c)
}

// List gives the clients of an owner, or all of them, without the deleted ones.
func (uc *Clients) List(ctx context.Context, owner oauth.AccountID) ([]client.State, error) {
	var all []client.State
	for offset := 0; ; offset += listPage {
		clients, total, err := uc.shelf.Clients(ctx, ports.Query{Account: string(owner), Offset: offset, Limit: listPage})
		if err != nil {
			return nil, err
		}
		for _, c := range clients {
			if c.Active() {
				all = append(all, c.View())
			}
		}
		if offset+listPage >= total {
			return all, nil
		}
	}
}

const listPage = 200

// Change replaces the settings of a client by what edit makes of them.
func (uc *Clients) Change(ctx context.Context, id string, edit func(*client.Settings)) (client.State, error) {
	return uc.change(ctx, id, func(c *client.Client) error {
		s := c.View().Settings
		edit(&s)
		allowed, err := uc.server.Vocabulary.Parse(string(s.Allowed))
		if err != nil {
			return err
		}
		s.Allowed = allowed
		return c.Change(s, uc.clock.Now())
	})
}

// RotateSecret gives the client a new secret. The one before still works for overlap.
func (uc *Clients) RotateSecret(ctx context.Context, id string, overlap time.Duration) (Registered, error) {
	secret := uc.secret()
	state, err := uc.change(ctx, id, func(c *client.Client) error {
		at := uc.clock.Now()
		return c.RotateSecret(oauth.DigestOf([]byte(secret)), at.Add(overlap), at)
	})
	return Registered{Client: state, Secret: secret}, err
}

// Delete ends a client.
func (uc *Clients) Delete(ctx context.Context, id string) error {
	_, err := uc.change(ctx, id, func(c *client.Client) error { return c.Delete(uc.clock.Now()) })
	return err
}

func (uc *Clients) change(ctx context.Context, id string, act func(*client.Client) error) (client.State, error) {
	c, err := uc.find(ctx, id)
	if err != nil {
		return client.State{}, err
	}
	err = uc.ledger.Decide(ctx, func() error { return act(c) }, c)
	return c.View(), err
}

// EnsureCLI registers the built-in client of command lines, unless it is there already.
func (uc *Clients) EnsureCLI(ctx context.Context) error {
	c := client.Named(uc.server.CLIClient)
	return uc.ledger.Decide(ctx, func() error {
		if c.Exists() {
			return nil
		}
		return c.Register(client.Registration{ID: uc.entropy.ID(), At: uc.clock.Now(), Settings: client.Settings{
			Name: "Storyden", AuthMethod: oauth.AuthNone, Policy: oauth.Inherit, RequirePKCE: true,
			Grants:  []oauth.GrantType{oauth.DeviceCodeGrant, oauth.RefreshTokenGrant},
			Allowed: uc.server.Vocabulary.Everything(),
		}})
	}, c)
}
