package maintain

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/domain/passkey"
	"writ/domain/session"
	"writ/ports"
)

// PasskeyInvitation is what a browser is asked, and the state that it must bring back with the
// answer.
type PasskeyInvitation struct {
	State   string
	Options []byte // JSON for navigator.credentials.create
}

// registration is the state, sealed for the session that began it.
type registration struct {
	Until time.Time `json:"until"`
	State []byte    `json:"state"`
}

// registrationLasts is how long a person may take. Browsers give up after five minutes.
const registrationLasts = 10 * time.Minute

// Begin asks a visitor's browser for a new passkey. The visitor must have signed in a short while ago.
func (uc *Passkeys) Begin(ctx context.Context, v session.Visitor) (PasskeyInvitation, error) {
	at := uc.clock.Now()
	if err := v.Fresh(at); err != nil {
		return PasskeyInvitation{}, err
	}
	a := account.Named(v.Account)
	known, err := uc.known(ctx, v.Account)
	if err == nil {
		err = uc.ledger.Load(ctx, a)
	}
	if err != nil {
		return PasskeyInvitation{}, err
	}
	begun, err := uc.passkeys.BeginRegistration(ownerOf(a), known)
	if err != nil {
		return PasskeyInvitation{}, err
	}
	state, err := uc.seal(registration{Until: at.Add(registrationLasts), State: begun.State}, v)
	return PasskeyInvitation{State: state, Options: begun.Options}, err
}

// known are the credentials of an account, unless it may have no more of them.
func (uc *Passkeys) known(ctx context.Context, id oauth.AccountID) ([]passkey.Credential, error) {
	own, err := uc.own(ctx, id)
	if err == nil && len(own) >= maxPasskeys {
		err = passkey.ErrTooMany
	}
	known := make([]passkey.Credential, 0, len(own))
	for _, p := range own {
		known = append(known, p.View().Credential)
	}
	return known, err
}

func ownerOf(a *account.Account) ports.PasskeyOwner {
	p := a.View().Profile
	return ports.PasskeyOwner{Account: a.AccountID(), Handle: p.Handle.Reveal(), Name: p.Name.Reveal()}
}

// PasskeyCommand is the answer of a browser.
type PasskeyCommand struct {
	Visitor session.Visitor
	State   string
	Answer  []byte // JSON of the browser's PublicKeyCredential
	Name    string // what the person calls it; empty: it gets a name
}

// Finish registers the passkey that a browser's authenticator made.
func (uc *Passkeys) Finish(ctx context.Context, cmd PasskeyCommand) (Passkey, error) {
	r, err := uc.unseal(cmd.State, cmd.Visitor)
	if err != nil {
		return Passkey{}, err
	}
	s, a := session.Named(cmd.Visitor.Session), account.Named(cmd.Visitor.Account)
	err = uc.ledger.Load(ctx, a)
	if err != nil {
		return Passkey{}, err
	}
	made, err := uc.passkeys.FinishRegistration(ownerOf(a), r.State, cmd.Answer)
	if err != nil {
		return Passkey{}, err
	}
	p := passkey.Unregistered(made)
	err = uc.ledger.Decide(ctx, func() error {
		at := uc.clock.Now()
		if err := signedIn(s, a, at); err != nil {
			return err // it was begun by somebody who had signed in a short while ago
		}
		return p.Register(cmd.Visitor.Account, cmd.Name, made, at)
	}, p, s, a)
	if errors.Is(err, ports.ErrConflict) {
		err = passkey.ErrRegistered
	}
	return passkeyOf(p), err
}

// seal ties a registration to the session that began it.
func (uc *Passkeys) seal(r registration, v session.Visitor) (string, error) {
	plain, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("write the state of a registration: %w", err)
	}
	sealed, err := uc.vault.Seal(plain, registrationOf(v))
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

func (uc *Passkeys) unseal(text string, v session.Visitor) (registration, error) {
	var r registration
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return r, passkey.ErrAnswer
	}
	plain, err := uc.vault.Open(sealed, registrationOf(v))
	if err != nil || json.Unmarshal(plain, &r) != nil || !uc.clock.Now().Before(r.Until) {
		return r, passkey.ErrAnswer
	}
	return r, nil
}

func registrationOf(v session.Visitor) string { return "register a passkey in session " + v.Session }

func streamsOf[A event.Aggregate](all []A) []event.Stream {
	streams := make([]event.Stream, 0, len(all))
	for _, a := range all {
		streams = append(streams, a.Core().Stream())
	}
	return streams
}
