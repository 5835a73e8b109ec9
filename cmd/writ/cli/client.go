package cli

import (
	"fmt"
	"time"

	"writ/application/administer"
	"writ/domain/client"
	"writ/domain/oauth"
)

type clientCommand struct {
	Create       clientCreate `cmd:"" help:"Register a client."`
	List         clientList   `cmd:"" help:"List clients."`
	Show         clientShow   `cmd:"" help:"Show a client."`
	RotateSecret clientRotate `cmd:"" help:"Give a client a new secret."`
	Delete       clientDelete `cmd:"" help:"End a client."`
}

type clientCreate struct {
	Name         string         `required:"" help:"The name that people see."`
	Type         string         `required:"" enum:"public,confidential" help:"public or confidential."`
	Grant        []string       `required:"" help:"authorization_code, device_code, refresh_token or client_credentials; repeat for more."`
	RedirectURI  []string       `name:"redirect-uri" help:"Where responses may go; repeat for more." sep:"none"`
	Scope        []string       `help:"A scope or permission it may ask for; repeat for more. Default the standard scopes, for clients of people." sep:" "`
	Owner        string         `help:"Account that the client acts for with client_credentials: id or handle."`
	Policy       string         `enum:"explicit,inherit" default:"explicit" help:"explicit or inherit."`
	AuthMethod   string         `enum:",none,client_secret_basic,client_secret_post" default:"" help:"How it authenticates."`
	PKCERequired bool           `name:"pkce-required" negatable:"" default:"true" help:"Whether it must use PKCE."`
	IDTokenAlg   string         `name:"id-token-alg" help:"RS256 (default), ES256 or EdDSA."`
	Audience     []string       `help:"A resource that it serves, or may ask tokens for; repeat for more." sep:"none"`
	ReuseWindow  *time.Duration `help:"How long a spent refresh token may be repeated; default the server's."`
	ID           string         `name:"id" help:"The client_id; default generated."`
}

// Run registers the client.
func (c *clientCreate) Run(t *terminal) error {
	settings, err := c.settings()
	if err != nil {
		return err
	}
	var clients *administer.Clients
	var accounts *administer.Accounts
	return t.with(func() error {
		owner, err := ownerNamed(t, accounts, c.Owner)
		if err != nil {
			return err
		}
		r, err := clients.Create(t.ctx, administer.NewClient{ClientID: oauth.ClientID(c.ID), Owner: owner, Settings: settings})
		if err != nil {
			return err
		}
		return t.showRegistered(r)
	}, &clients, &accounts)
}

// ownerNamed finds the account that --owner names, by its id or handle; no name is no account.
func ownerNamed(t *terminal, accounts *administer.Accounts, name string) (oauth.AccountID, error) {
	if name == "" {
		return "", nil
	}
	owner, err := accounts.Find(t.ctx, name)
	if err != nil {
		return "", fmt.Errorf("--owner %s: %w", name, err)
	}
	return oauth.AccountID(owner.Account), nil
}

func (c *clientCreate) settings() (client.Settings, error) {
	s := client.Settings{
		Name: c.Name, Confidential: c.Type == "confidential", AuthMethod: oauth.AuthMethod(c.AuthMethod),
		Policy: oauth.ScopePolicy(c.Policy), RequirePKCE: c.PKCERequired, Allowed: oauth.NewScope(c.Scope...),
		IDTokenAlg: oauth.SigningAlg(c.IDTokenAlg), Audiences: c.Audience, ReuseWindow: c.ReuseWindow,
	}
	forPeople := false
	for _, name := range c.Grant {
		g, known := oauth.ParseGrantType(name)
		if !known {
			return s, fmt.Errorf("--grant %s: unknown; use authorization_code, device_code, refresh_token or client_credentials", name)
		}
		forPeople = forPeople || g == oauth.AuthorizationCodeGrant || g == oauth.DeviceCodeGrant
		s.Grants = append(s.Grants, g)
	}
	for _, u := range c.RedirectURI {
		s.RedirectURIs = append(s.RedirectURIs, oauth.RedirectURI(u))
	}
	if s.Allowed == "" && forPeople {
		s.Allowed = oauth.StandardScopes
	}
	return s, nil
}

// clientView is a client as the command line shows it.
type clientView struct {
	ID           string              `json:"id"`
	ClientID     oauth.ClientID      `json:"client_id"`
	Secret       string              `json:"client_secret,omitempty"`
	AuthMethod   oauth.AuthMethod    `json:"token_endpoint_auth_method"`
	Name         string              `json:"name"`
	Type         string              `json:"type"`
	Policy       oauth.ScopePolicy   `json:"scope_policy"`
	PKCERequired bool                `json:"pkce_required"`
	RedirectURIs []oauth.RedirectURI `json:"redirect_uris"`
	Grants       []oauth.GrantType   `json:"allowed_grants"`
	Scopes       []string            `json:"allowed_scopes"`
	Owner        oauth.AccountID     `json:"account_id,omitempty"`
	Audiences    []string            `json:"audiences,omitempty"`
}

func viewClient(c client.State, secret oauth.Secret) clientView {
	v := clientView{
		ID: c.ID, ClientID: c.ClientID, Secret: secret.Reveal(), AuthMethod: c.AuthMethod, Name: c.Name,
		Type: "public", Policy: c.Policy, PKCERequired: c.RequirePKCE, RedirectURIs: c.RedirectURIs,
		Grants: c.Grants, Scopes: c.Allowed.Words(), Owner: c.Owner, Audiences: c.Audiences,
	}
	if c.Confidential {
		v.Type = "confidential"
	}
	if v.RedirectURIs == nil {
		v.RedirectURIs = []oauth.RedirectURI{}
	}
	return v
}

func (t *terminal) showRegistered(r administer.Registered) error {
	view := viewClient(r.Client, r.Secret)
	return t.answer(view, func() {
		t.say("client_id      %s", view.ClientID)
		if view.Secret != "" {
			t.say("client_secret  %s   (shown this one time)", view.Secret)
		}
		t.say("name           %s, %s, %s", view.Name, view.Type, view.AuthMethod)
		t.say("grants         %v", view.Grants)
		t.say("scope          %s", r.Client.Allowed)
	})
}

type clientList struct {
	Owner string `help:"Only those of an account: id or handle."`
}

// Run lists clients.
func (c *clientList) Run(t *terminal) error {
	var clients *administer.Clients
	var accounts *administer.Accounts
	return t.with(func() error {
		owner, err := ownerNamed(t, accounts, c.Owner)
		if err != nil {
			return err
		}
		all, err := clients.List(t.ctx, owner)
		if err != nil {
			return err
		}
		views, rows := []clientView{}, [][]any{}
		for _, s := range all {
			v := viewClient(s, "")
			views = append(views, v)
			rows = append(rows, []any{v.ID, v.ClientID, v.Type, v.Name})
		}
		return t.answer(views, func() { t.table([]any{"ID", "CLIENT_ID", "TYPE", "NAME"}, rows) })
	}, &clients, &accounts)
}

// oneClient is an argument that names a client.
type oneClient struct {
	Client string `arg:"" help:"id or client_id."`
}

type clientShow struct{ oneClient }

// Run shows the client.
func (c *clientShow) Run(t *terminal) error {
	var clients *administer.Clients
	return t.with(func() error {
		s, err := clients.Find(t.ctx, c.Client)
		if err != nil {
			return err
		}
		return t.showRegistered(administer.Registered{Client: s})
	}, &clients)
}

type clientRotate struct {
	oneClient
	Overlap time.Duration `default:"24h" help:"How long the secret before still works."`
}

// Run gives the client a new secret.
func (c *clientRotate) Run(t *terminal) error {
	var clients *administer.Clients
	return t.with(func() error {
		r, err := clients.RotateSecret(t.ctx, c.Client, c.Overlap)
		if err != nil {
			return err
		}
		return t.showRegistered(r)
	}, &clients)
}

type clientDelete struct{ oneClient }

// Run ends the client.
func (c *clientDelete) Run(t *terminal) error {
	var clients *administer.Clients
	return t.with(func() error {
		err := clients.Delete(t.ctx, c.Client)
		if err != nil {
			return err
		}
		return t.answer(map[string]string{"deleted": c.Client}, func() { t.say("deleted %s", c.Client) })
	}, &clients)
}
