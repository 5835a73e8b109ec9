package natsbus

import (
	"writ/domain/account"
	"writ/domain/authorization"
	"writ/domain/device"
	"writ/domain/event"
	"writ/domain/passkey"
	"writ/domain/session"
)

// requestForms tell what became of requests that people were asked about.
var requestForms = Forms{
	"authorization.denied": form(authorization.Catalogue, "authorization-denied", func(_ authorization.Denied, m *Message) {
		m.Data = m.Party
	}),
	"authorization.verifier_refused": form(authorization.Catalogue, "code-verifier-refused", func(_ authorization.VerifierRefused, m *Message) {
		m.Data = m.Party
	}),
	"device.claimed": form(device.Catalogue, "device-claimed", func(e device.Claimed, m *Message) {
		m.Account = string(e.Account)
		m.Data = m.Party
	}),
	"device.approved": form(device.Catalogue, "device-approved", func(e device.Approved, m *Message) {
		m.Account = string(e.Account)
		m.Data = deviceApproved{Party: m.Party, Scope: string(e.Scope)}
	}),
	"device.denied": form(device.Catalogue, "device-denied", func(e device.Denied, m *Message) {
		m.Account = string(e.Account)
		m.Data = m.Party
	}),
}

// credentialForms tell how people may sign in, and when they did.
var credentialForms = Forms{
	"session.started": form(session.Catalogue, "signed-in", func(e session.Started, m *Message) {
		m.Data = signedIn{Party: m.Party, AMR: e.AMR, ExpiresAt: e.Until}
	}),
	"session.ended": form(session.Catalogue, "signed-out", func(e session.Ended, m *Message) {
		m.Data = signedOut{Party: m.Party, Reason: e.Reason}
	}),
	"account.signed_out": accountForm("signed-out-everywhere", func(e account.SignedOut, p Party) any {
		return signedOut{Party: p, Reason: e.Reason}
	}),
	"account.password_changed": accountForm("password-changed", func(_ account.PasswordChanged, p Party) any { return p }),
	"account.identity_linked": accountForm("identity-linked", func(e account.IdentityLinked, p Party) any {
		return identity{Party: p, Issuer: e.Issuer}
	}),
	"account.identity_unlinked": accountForm("identity-unlinked", func(e account.IdentityUnlinked, p Party) any {
		return identity{Party: p, Issuer: e.Issuer}
	}),
	"account.key_added": accountForm("access-key-added", func(e account.KeyAdded, p Party) any {
		return accessKeyAdded{Party: p, KeyID: e.ID, ExpiresAt: e.Expires}
	}),
	"account.key_removed": accountForm("access-key-removed", func(e account.KeyRemoved, p Party) any {
		return accessKeyRemoved{Party: p, KeyID: e.ID}
	}),
	"passkey.registered": form(passkey.Catalogue, "passkey-added", func(_ passkey.Registered, m *Message) { m.Data = m.Party }),
	"passkey.renamed":    form(passkey.Catalogue, "passkey-renamed", func(_ passkey.Renamed, m *Message) { m.Data = m.Party }),
	"passkey.removed":    form(passkey.Catalogue, "passkey-removed", func(_ passkey.Removed, m *Message) { m.Data = m.Party }),
	"passkey.used":       unlessSilent(form(passkey.Catalogue, "passkey-cloned", passkeyUsed)),
}

// passkeyUsed says nothing of a use, unless the passkey may have been copied.
func passkeyUsed(e passkey.Used, m *Message) {
	if e.Cloned {
		m.Data = m.Party
	}
}

// unlessSilent leaves out the facts about which there is nothing to say.
func unlessSilent(f Form) Form {
	return func(fact event.Fact, concerned Party) (*Message, error) {
		m, err := f(fact, concerned)
		if err != nil || m.Data == nil {
			return nil, err
		}
		return m, nil
	}
}
