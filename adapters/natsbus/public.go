package natsbus

import (
	"maps"

	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/signingkey"
	"writ/domain/token"
)

// PublicForms is the table of what others may know, with more added to it. The forms are a
// contract of their own, described in asyncapi.yaml: a fact may change its shape without them, and
// one of them that changes its meaning gets another revision.
func PublicForms(more ...Forms) Forms {
	all := Forms{}
	for _, part := range append([]Forms{grantForms, requestForms, accountForms, credentialForms, clientForms, keyForms}, more...) {
		maps.Copy(all, part)
	}
	return all
}

// IssuanceForms is what WRIT_PUBLISH_ISSUANCE adds: the tokens that clients get on their own
// behalf.
func IssuanceForms() Forms { return issuanceForms }

var grantForms = Forms{
	"grant.opened": form(grant.Catalogue, "grant-opened", func(e grant.Opened, m *Message) {
		m.Data = grantOpened{
			Party: m.Party, Via: string(e.Via), Scope: string(e.Scope), Resources: e.Resources, AMR: e.AMR,
			AuthTime: e.AuthTime, JTI: e.JTI, AccessExpiresAt: e.AccessUntil,
			RefreshExpiresAt: e.IdleUntil, ExpiresAt: e.Until,
		}
	}),
	"grant.refreshed": form(grant.Catalogue, "grant-refreshed", func(e grant.Refreshed, m *Message) {
		m.Data = grantRefreshed{
			Party: m.Party, Generation: e.Generation, Scope: string(e.Scope), JTI: e.JTI,
			AccessExpiresAt: e.AccessUntil, RefreshExpiresAt: e.IdleUntil,
		}
	}),
	"grant.refresh_repeated": form(grant.Catalogue, "refresh-repeated", func(e grant.RefreshRepeated, m *Message) {
		m.Data = refreshRepeated{
			Party: m.Party, Generation: e.Generation, Scope: string(e.Scope), JTI: e.JTI, AccessExpiresAt: e.AccessUntil,
		}
	}),
	"grant.narrowed": since(2,
		form(grant.Catalogue, "grant-narrowed", func(e grant.Narrowed, m *Message) {
			m.Data = grantNarrowedV1{Party: m.Party, Scope: string(e.Scope), Lost: string(e.Lost)}
		}),
		inRevision(2, form(grant.Catalogue, "grant-narrowed", func(e grant.Narrowed, m *Message) {
			m.Data = grantNarrowed{Party: m.Party, Scope: string(e.Scope), Lost: string(e.Lost), Generation: e.Generation, JTI: e.JTI}
		}))),
	"grant.revoked": form(grant.Catalogue, "grant-revoked", func(e grant.Revoked, m *Message) {
		m.Data = grantRevoked{Party: m.Party, Reason: string(e.Reason), By: e.By, Compromise: e.Reason.IsCompromise()}
	}),
	"grant.refresh_token_reused": form(grant.Catalogue, "refresh-token-reused", func(e grant.RefreshTokenReused, m *Message) {
		m.Data = refreshTokenReused{Party: m.Party, Generation: e.Generation}
	}),
	"grant.code_replayed": form(grant.Catalogue, "code-replayed", func(_ grant.CodeReplayed, m *Message) {
		m.Data = m.Party
	}),
}

var accountForms = Forms{
	"account.opened": accountForm("account-opened", func(e account.Opened, p Party) any {
		return accountOpened{Party: p, Permissions: e.Permissions.Words(), Shadow: e.Shadow}
	}),
	"account.adopted": accountForm("account-opened", func(e account.Adopted, p Party) any {
		return accountOpened{Party: p, Permissions: e.Permissions.Words(), Adopted: true}
	}),
	"account.permissions_changed": since(2,
		accountForm("permissions-changed", func(e account.PermissionsChanged, p Party) any {
			return permissionsChangedV1{Party: p, Permissions: e.Permissions.Words()}
		}),
		inRevision(2, accountForm("permissions-changed", func(e account.PermissionsChanged, p Party) any {
			return permissionsChanged{
				Party: p, Permissions: e.Permissions.Words(), Grants: append([]string{}, e.Grants...), MoreGrants: e.MoreGrants,
			}
		}))),
	"account.suspended": accountForm("account-suspended", func(_ account.Suspended, p Party) any { return p }),
	"account.reinstated": accountForm("account-reinstated", func(_ account.Reinstated, p Party) any {
		return p
	}),
	"account.profile_changed": accountForm("profile-changed", func(e account.ProfileChanged, p Party) any {
		return profileChanged{Party: p, Fields: e.Fields}
	}),
	"account.contact_added": accountForm("profile-changed", func(e account.ContactAdded, p Party) any {
		return profileChanged{Party: p, Fields: []string{string(e.Kind)}}
	}),
	"account.contact_verified": accountForm("profile-changed", func(e account.ContactVerified, p Party) any {
		return profileChanged{Party: p, Fields: []string{string(e.Kind) + "_verified"}}
	}),
	"account.contact_preferred": accountForm("profile-changed", func(e account.ContactPreferred, p Party) any {
		return profileChanged{Party: p, Fields: []string{string(e.Kind)}}
	}),
	"account.contact_removed": accountForm("profile-changed", func(e account.ContactRemoved, p Party) any {
		return profileChanged{Party: p, Fields: []string{string(e.Kind)}}
	}),
	"account.deleted": accountForm("account-deleted", func(_ account.Deleted, p Party) any { return p }),
}

var clientForms = Forms{
	"client.registered": form(client.Catalogue, "client-registered", func(e client.Registered, m *Message) {
		m.Data = settingsOf(e.Settings, m.Party)
	}),
	"client.changed": form(client.Catalogue, "client-changed", func(e client.Changed, m *Message) {
		m.Data = settingsOf(e.Settings, m.Party)
	}),
	"client.secret_rotated": form(client.Catalogue, "client-secret-rotated", func(e client.SecretRotated, m *Message) {
		m.Data = clientSecretRotated{Party: m.Party, OldExpiresAt: e.OldUntil}
	}),
	"client.deleted": form(client.Catalogue, "client-deleted", func(_ client.Deleted, m *Message) { m.Data = m.Party }),
}

var keyForms = Forms{
	"signing_key.published": form(signingkey.Catalogue, "signing-key-rotated", func(e signingkey.Published, m *Message) {
		m.Data = signingKeyRotated{Alg: string(e.Alg), SignsAt: e.Signs}
	}),
	"signing_key.forgotten": form(signingkey.Catalogue, "signing-key-forgotten", func(_ signingkey.Forgotten, m *Message) {
		m.Data = struct{}{}
	}),
	"revoked_token.revoked": form(token.RevocationCatalogue, "token-revoked", func(e token.Revoked, m *Message) {
		m.Client = string(e.Client)
		m.Data = tokenRevoked{Party: m.Party, ExpiresAt: e.ExpiresAt}
	}),
}

var issuanceForms = Forms{
	"token.issued": form(token.Catalogue, "token-issued", func(e token.Issued, m *Message) {
		m.Party = of(e.Client, e.Account)
		m.Data = tokenIssued{Party: m.Party, Scope: string(e.Scope), Audience: e.Audience, ExpiresAt: e.ExpiresAt}
	}),
}

// form makes a public form in its first revision, which write completes from the event E.
func form[E any](c *event.Catalogue, kind string, write func(E, *Message)) Form {
	return func(f event.Fact, concerned Party) (*Message, error) {
		e, err := decode(c, f)
		if err != nil {
			return nil, err
		}
		m := &Message{Kind: kind, Revision: 1, Party: concerned}
		write(e.(E), m)
		return m, nil
	}
}

// inRevision is the form in a later revision.
func inRevision(revision int, later Form) Form {
	return func(f event.Fact, concerned Party) (*Message, error) {
		m, err := later(f, concerned)
		if m != nil {
			m.Revision = revision
		}
		return m, err
	}
}

// since gives the facts that were stored before a revision of their event the form that they had
// then, so that a fact is published alike before and after an upgrade.
func since(revision event.Revision, before, after Form) Form {
	return func(f event.Fact, concerned Party) (*Message, error) {
		if f.Revision < revision {
			return before(f, concerned)
		}
		return after(f, concerned)
	}
}

// accountForm is that of an event of an account, whose stream is named after it.
func accountForm[E any](kind string, data func(E, Party) any) Form {
	read := form(account.Catalogue, kind, func(e E, m *Message) { m.Data = data(e, m.Party) })
	return func(f event.Fact, _ Party) (*Message, error) {
		return read(f, of("", oauth.AccountID(f.Stream.ID)))
	}
}

func settingsOf(s client.Settings, p Party) clientSettings {
	public := clientSettings{
		Party: p, Name: s.Name, Confidential: s.Confidential, AuthMethod: string(s.AuthMethod),
		RequirePKCE: s.RequirePKCE, Policy: string(s.Policy), Scope: string(s.Allowed), Audiences: s.Audiences,
		RedirectURIs: []string{}, GrantTypes: []string{},
	}
	for _, u := range s.RedirectURIs {
		public.RedirectURIs = append(public.RedirectURIs, string(u))
	}
	for _, g := range s.Grants {
		public.GrantTypes = append(public.GrantTypes, string(g))
	}
	return public
}
