package webauthn

import (
	"cmp"

	"github.com/go-webauthn/webauthn/protocol"
	fido "github.com/go-webauthn/webauthn/webauthn"

	"writ/domain/passkey"
	"writ/ports"
)

// person is an owner as the library sees one.
type person struct {
	ports.PasskeyOwner

	credentials []passkey.Credential
}

// WebAuthnID is the user handle: the account's id, which says nothing about the person.
func (p person) WebAuthnID() []byte { return []byte(p.Account) }

// WebAuthnName is what authenticators tell accounts apart by.
func (p person) WebAuthnName() string { return cmp.Or(p.Handle, p.Name, string(p.Account)) }

// WebAuthnDisplayName is what authenticators call the person.
func (p person) WebAuthnDisplayName() string { return cmp.Or(p.Name, p.WebAuthnName()) }

// WebAuthnCredentials are the credentials that the person may have signed with.
func (p person) WebAuthnCredentials() []fido.Credential { return recordsOf(p.credentials) }

func recordsOf(known []passkey.Credential) []fido.Credential {
	records := make([]fido.Credential, 0, len(known))
	for _, c := range known {
		records = append(records, recordOf(c))
	}
	return records
}

func recordOf(c passkey.Credential) fido.Credential {
	record := fido.Credential{
		ID: passkey.Bytes(c.ID), PublicKey: passkey.Bytes(c.PublicKey), AttestationFormat: c.Format,
		Flags: fido.CredentialFlags{
			UserPresent: c.UserPresent, UserVerified: c.UserVerified,
			BackupEligible: c.BackupEligible, BackupState: c.BackedUp,
		},
		Authenticator: fido.Authenticator{
			AAGUID: passkey.Bytes(c.AAGUID), SignCount: c.Counter, Attachment: protocol.AuthenticatorAttachment(c.Attachment),
		},
	}
	for _, t := range c.Transports {
		record.Transport = append(record.Transport, protocol.AuthenticatorTransport(t))
	}
	return record
}

// longestWord bounds what a browser says in words of the standard.
const longestWord = 32

func credentialOf(r *fido.Credential) passkey.Credential {
	c := passkey.Credential{
		ID: passkey.Binary(r.ID), PublicKey: passkey.Binary(r.PublicKey), AAGUID: passkey.Binary(r.Authenticator.AAGUID),
		Format: r.AttestationFormat, Attachment: clip(string(r.Authenticator.Attachment)), Counter: r.Authenticator.SignCount,
		UserPresent: r.Flags.UserPresent, UserVerified: r.Flags.UserVerified,
		BackupEligible: r.Flags.BackupEligible, BackedUp: r.Flags.BackupState,
	}
	for _, t := range r.Transport[:min(len(r.Transport), longestWord)] {
		c.Transports = append(c.Transports, clip(string(t)))
	}
	return c
}

func clip(s string) string { return s[:min(len(s), longestWord)] }
