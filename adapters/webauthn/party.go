package webauthn

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	fido "github.com/go-webauthn/webauthn/webauthn"

	"writ/domain/oauth"
	"writ/domain/passkey"
	"writ/ports"
)

// Party is the relying party of one domain. It is safe for concurrent use.
type Party struct {
	fido *fido.WebAuthn // nil: there is no name that credentials could be made for
}

var _ ports.Passkeys = (*Party)(nil)

// Config says for whom credentials are made.
type Config struct {
	Domain  string   // the relying party's id: the host of the issuer, or a domain above it
	Name    string   // what authenticators show
	Origins []string // of the pages that may use the credentials
}

// New makes a relying party. One whose domain is an address or a name without a dot, other than
// localhost, has no ceremonies: each is passkey.ErrUnavailable (WebAuthn §5.4.2).
func New(cfg Config) (*Party, error) {
	if protocol.ValidateRPID(cfg.Domain) != nil {
		return &Party{}, nil //nolint:nilerr // that is no mistake: such a server has other ways to sign in
	}
	f, err := fido.New(&fido.Config{
		RPID: cfg.Domain, RPDisplayName: cfg.Name, RPOrigins: cfg.Origins,
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationRequired,
		},
		// Password managers tell of extensions that nobody asked for.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		return nil, fmt.Errorf("make a relying party of %s: %w", cfg.Domain, err)
	}
	return &Party{fido: f}, nil
}

// Available reports whether there can be ceremonies at all.
func (p *Party) Available() bool { return p.fido != nil }

// BeginRegistration implements ports.Passkeys.
func (p *Party) BeginRegistration(owner ports.PasskeyOwner, known []passkey.Credential) (ports.Ceremony, error) {
	if !p.Available() {
		return ports.Ceremony{}, passkey.ErrUnavailable
	}
	exclude := fido.WithExclusions(fido.Credentials(recordsOf(known)).CredentialDescriptors())
	options, state, err := p.fido.BeginRegistration(person{PasskeyOwner: owner}, exclude)
	return ceremonyOf(options, state, err)
}

// BeginSignIn implements ports.Passkeys.
func (p *Party) BeginSignIn() (ports.Ceremony, error) {
	if !p.Available() {
		return ports.Ceremony{}, passkey.ErrUnavailable
	}
	options, state, err := p.fido.BeginDiscoverableLogin()
	return ceremonyOf(options, state, err)
}

func ceremonyOf(options any, state *fido.SessionData, failed error) (ports.Ceremony, error) {
	asked, err := json.Marshal(options)
	kept, unkept := json.Marshal(state)
	err = errors.Join(failed, err, unkept)
	if err != nil {
		return ports.Ceremony{}, fmt.Errorf("begin a ceremony: %w", err)
	}
	return ports.Ceremony{Options: asked, State: kept}, nil
}

// FinishRegistration implements ports.Passkeys.
func (p *Party) FinishRegistration(owner ports.PasskeyOwner, state, answer []byte) (passkey.Credential, error) {
	if !p.Available() {
		return passkey.Credential{}, passkey.ErrUnavailable
	}
	session, err := stateOf(state)
	if err != nil {
		return passkey.Credential{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return passkey.Credential{}, passkey.ErrAnswer
	}
	made, err := p.fido.CreateCredential(person{PasskeyOwner: owner}, session, parsed)
	if err != nil {
		return passkey.Credential{}, passkey.ErrAnswer
	}
	return credentialOf(made), nil
}

func stateOf(kept []byte) (fido.SessionData, error) {
	var session fido.SessionData
	err := json.Unmarshal(kept, &session)
	if err != nil {
		return session, fmt.Errorf("read the state of a ceremony: %w", err)
	}
	return session, nil
}

// Presented implements ports.Passkeys.
func (p *Party) Presented(answer []byte) ([]byte, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return nil, passkey.ErrAnswer
	}
	return parsed.RawID, nil
}

// FinishSignIn implements ports.Passkeys.
func (p *Party) FinishSignIn(owner oauth.AccountID, c passkey.Credential, state, answer []byte) (ports.Assertion, error) {
	if !p.Available() {
		return ports.Assertion{}, passkey.ErrUnavailable
	}
	session, err := stateOf(state)
	if err != nil {
		return ports.Assertion{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return ports.Assertion{}, passkey.ErrAnswer
	}
	who := person{PasskeyOwner: ports.PasskeyOwner{Account: owner}, credentials: []passkey.Credential{c}}
	_, _, err = p.fido.ValidatePasskeyLogin(func(_, _ []byte) (fido.User, error) { return who, nil }, session, parsed)
	if err != nil {
		return ports.Assertion{}, passkey.ErrAnswer
	}
	signed := parsed.Response.AuthenticatorData
	return ports.Assertion{Counter: signed.Counter, BackedUp: signed.Flags.HasBackupState()}, nil
}
