package passkey

import (
	"encoding/base64"

	"writ/domain/event"
	"writ/domain/oauth"
)

// Credential is all that must be kept to check what an authenticator signs (WebAuthn §4, credential
// record). Its attestation is not kept, for none is asked for. Id and key are personal, since they
// tell one person's authenticator from every other; they go with the account's key.
type Credential struct {
	ID             event.Personal `json:"id"`               // base64url
	PublicKey      event.Personal `json:"public_key"`       // base64url of its COSE form
	AAGUID         event.Personal `json:"aaguid,omitempty"` // base64url; the make of the authenticator
	Format         string         `json:"format,omitempty"`
	Transports     []string       `json:"transports,omitempty"`
	Attachment     string         `json:"attachment,omitempty"`
	Counter        uint32         `json:"counter,omitempty"`
	UserPresent    bool           `json:"user_present,omitempty"`
	UserVerified   bool           `json:"user_verified,omitempty"`
	BackupEligible bool           `json:"backup_eligible,omitempty"`
	BackedUp       bool           `json:"backed_up,omitempty"`
}

// Binary is a credential's binary value, such as its id, as it is kept.
func Binary(b []byte) event.Personal { return event.Personal(base64.RawURLEncoding.EncodeToString(b)) }

// Bytes reads a binary value. What is none, such as one that was erased, reads as nothing.
func Bytes(p event.Personal) []byte {
	b, err := base64.RawURLEncoding.Strict().DecodeString(p.Reveal())
	if err != nil || p == event.Erased {
		return nil
	}
	return b
}

// StreamOf is the id of the stream of a credential. The id of a credential is known to whoever
// presents it, and may be of any length, so its digest is taken.
func StreamOf(credential []byte) string { return string(oauth.DigestOf(credential)) }
