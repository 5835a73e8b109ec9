package httpapi

import (
	"time"

	"github.com/gin-gonic/gin"

	"writ/application/maintain"
	"writ/domain/account"
	"writ/domain/oauth"
	"writ/ports"
)

// exportEndpoint gives people all that is kept about them.
type exportEndpoint struct {
	uc     *maintain.Export
	gate   Gate
	refuse refusals
}

// dossier is the whole of it.
type dossier struct {
	Account    ownAccount      `json:"account"`
	Contacts   []ownContact    `json:"contacts"`
	Identities []ownIdentity   `json:"identities"`
	Sessions   []ownSession    `json:"sessions"`
	Passkeys   []passkeyView   `json:"passkeys"`
	Keys       []accessKeyView `json:"access_keys"`
	Grants     []ownGrant      `json:"grants"`
	Events     []ownEvent      `json:"events"` // oldest first
}

type ownContact struct {
	Kind     string `json:"kind"`
	Value    string `json:"value"`
	Verified bool   `json:"verified"`
}

type ownIdentity struct {
	Issuer  string    `json:"issuer"`
	Subject string    `json:"subject"`
	Email   string    `json:"email,omitempty"`
	Linked  time.Time `json:"linkedAt"`
}

// ownGrant is one grant, whether or not it still stands.
type ownGrant struct {
	ID      string         `json:"id"`
	Client  oauth.ClientID `json:"client_id"`
	Scope   oauth.Scope    `json:"scope"`
	Created time.Time      `json:"createdAt"`
	Revoked *time.Time     `json:"revokedAt,omitempty"`
	Reason  string         `json:"reason,omitempty"`
}

// ownEvent is one fact of the log.
type ownEvent struct {
	Position int64          `json:"position"`
	At       time.Time      `json:"at"`
	Kind     string         `json:"kind"`
	ID       string         `json:"id"`
	Name     string         `json:"name"`
	Data     map[string]any `json:"data"`
}

func (e exportEndpoint) give(c *gin.Context) {
	who, err := e.gate.Recognise(c)
	if err != nil {
		e.refuse.person(c, err)
		return
	}
	d, err := e.uc.Execute(c.Request.Context(), who.Visitor)
	if err != nil {
		e.refuse.person(c, asAccount(err))
		return
	}
	c.Header("Content-Disposition", `attachment; filename="account.json"`)
	answer(c, dossierOf(d))
}

func dossierOf(d maintain.Dossier) dossier {
	return dossier{
		Account: ownAccountOf(d.Account), Contacts: listed(d.Account.AllContacts(), ownContactOf),
		Identities: listed(d.Account.Identities, ownIdentityOf), Sessions: ownSessionsOf(d.Sessions),
		Passkeys: listed(d.Passkeys, passkeyViewOf), Keys: listed(d.Keys, accessKeyViewOf),
		Grants: listed(d.Grants, ownGrantOf), Events: listed(d.Records, ownEventOf),
	}
}

func ownContactOf(c account.Contact) ownContact {
	return ownContact{string(c.Kind), c.Value.Reveal(), c.Verified}
}

func ownIdentityOf(i account.Identity) ownIdentity {
	return ownIdentity{i.Issuer, i.Subject.Reveal(), i.Email.Reveal(), i.Linked}
}

func ownGrantOf(g maintain.Grant) ownGrant {
	row := ownGrant{ID: g.ID, Client: g.Client, Scope: g.Scope, Created: g.Opened, Reason: string(g.Reason)}
	if !g.Revoked.IsZero() {
		row.Revoked = &g.Revoked
	}
	return row
}

func ownEventOf(r ports.Record) ownEvent {
	return ownEvent{int64(r.Position), r.At, r.Stream.Kind, r.Stream.ID, r.Name, r.Says}
}
