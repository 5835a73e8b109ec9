package webauthn

import "writ/domain/passkey"

// Round writes a credential as the library's record and reads it again.
func Round(c passkey.Credential) passkey.Credential {
	record := recordOf(c)
	return credentialOf(&record)
}
