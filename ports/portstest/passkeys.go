package portstest

import (
	"errors"
	"testing"

	"writ/domain/oauth"
	"writ/domain/passkey"
	"writ/ports"
)

// Authenticator is a device that a person has, and the browser before it. The suite of
// ports.Passkeys lets it answer ceremonies.
type Authenticator interface {
	// Create answers a registration with a new credential.
	Create(t *testing.T, options []byte) (answer []byte)

	// Sign answers a sign-in with the credential that was created last.
	Sign(t *testing.T, options []byte) (answer []byte)

	// At is the same device on a page of another origin.
	At(origin string) Authenticator

	// Careless is the same device when it does not verify who uses it.
	Careless() Authenticator
}

// PasskeyTrial is one case's party, with a device that has no credential yet.
type PasskeyTrial struct {
	Passkeys ports.Passkeys
	Device   Authenticator
	Other    Authenticator // another device
}

var odin = ports.PasskeyOwner{Account: "odin", Handle: "odin", Name: "Odin"}

// Passkeys is the contract of ports.Passkeys. Each case gets a fresh trial from open.
func Passkeys(t *testing.T, open func(t *testing.T) PasskeyTrial) {
	for _, c := range []struct {
		sentence string
		test     func(t *testing.T, p PasskeyTrial)
	}{
		{"a credential that was registered signs its owner in", passkeySignsIn},
		{"an answer names its credential", passkeyIsPresented},
		{"the counter is the authenticator's", passkeyCounts},
		{"an answer to another challenge proves nothing", passkeyOtherChallenge},
		{"an answer of another credential proves nothing", passkeyOfAnother},
		{"a credential does not sign another account in", passkeyOtherAccount},
		{"an answer from another origin proves nothing", passkeyOtherOrigin},
		{"an authenticator that does not verify its user proves nothing", passkeyCareless},
		{"a registration is its owner's alone", passkeyOtherOwner},
		{"what is no answer proves nothing", passkeyNonsense},
	} {
		t.Run(c.sentence, func(t *testing.T) { c.test(t, open(t)) })
	}
}

func (p PasskeyTrial) register(t *testing.T) passkey.Credential {
	t.Helper()
	begun := must(p.Passkeys.BeginRegistration(odin, nil))(t)
	return must(p.Passkeys.FinishRegistration(odin, begun.State, p.Device.Create(t, begun.Options)))(t)
}

func proves(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, passkey.ErrAnswer) {
		t.Errorf("got %v, want %v", err, passkey.ErrAnswer)
	}
}

func passkeySignsIn(t *testing.T, p PasskeyTrial) {
	c := p.register(t)
	if !c.UserPresent || !c.UserVerified || len(passkey.Bytes(c.ID)) == 0 || len(passkey.Bytes(c.PublicKey)) == 0 {
		t.Errorf("registered %+v", c)
	}
	for range 2 {
		begun := must(p.Passkeys.BeginSignIn())(t)
		_, err := p.Passkeys.FinishSignIn(odin.Account, c, begun.State, p.Device.Sign(t, begun.Options))
		if err != nil {
			t.Fatal(err)
		}
	}
}

func passkeyIsPresented(t *testing.T, p PasskeyTrial) {
	c := p.register(t)
	begun := must(p.Passkeys.BeginSignIn())(t)
	id := must(p.Passkeys.Presented(p.Device.Sign(t, begun.Options)))(t)
	if passkey.Binary(id) != c.ID {
		t.Errorf("presented %x, want %x", id, passkey.Bytes(c.ID))
	}
}

func passkeyCounts(t *testing.T, p PasskeyTrial) {
	c := p.register(t)
	last := c.Counter
	for range 3 {
		begun := must(p.Passkeys.BeginSignIn())(t)
		said := must(p.Passkeys.FinishSignIn(odin.Account, c, begun.State, p.Device.Sign(t, begun.Options)))(t)
		if said.Counter <= last {
			t.Errorf("counted %d after %d", said.Counter, last)
		}
		last = said.Counter
	}
}

func passkeyOtherChallenge(t *testing.T, p PasskeyTrial) {
	c := p.register(t)
	one, another := must(p.Passkeys.BeginSignIn())(t), must(p.Passkeys.BeginSignIn())(t)
	_, err := p.Passkeys.FinishSignIn(odin.Account, c, another.State, p.Device.Sign(t, one.Options))
	proves(t, err)
	first, second := must(p.Passkeys.BeginRegistration(odin, nil))(t), must(p.Passkeys.BeginRegistration(odin, nil))(t)
	_, err = p.Passkeys.FinishRegistration(odin, second.State, p.Device.Create(t, first.Options))
	proves(t, err)
}

func passkeyOfAnother(t *testing.T, p PasskeyTrial) {
	c := p.register(t)
	begun := must(p.Passkeys.BeginRegistration(odin, []passkey.Credential{c}))(t)
	_ = must(p.Passkeys.FinishRegistration(odin, begun.State, p.Other.Create(t, begun.Options)))(t)
	asked := must(p.Passkeys.BeginSignIn())(t)
	_, err := p.Passkeys.FinishSignIn(odin.Account, c, asked.State, p.Other.Sign(t, asked.Options))
	proves(t, err)
}

func passkeyOtherAccount(t *testing.T, p PasskeyTrial) {
	c := p.register(t)
	begun := must(p.Passkeys.BeginSignIn())(t)
	_, err := p.Passkeys.FinishSignIn(oauth.AccountID("loki"), c, begun.State, p.Device.Sign(t, begun.Options))
	proves(t, err)
}

func passkeyOtherOrigin(t *testing.T, p PasskeyTrial) {
	c := p.register(t)
	elsewhere := p.Device.At("https://evil.example")
	asked := must(p.Passkeys.BeginSignIn())(t)
	_, err := p.Passkeys.FinishSignIn(odin.Account, c, asked.State, elsewhere.Sign(t, asked.Options))
	proves(t, err)
	begun := must(p.Passkeys.BeginRegistration(odin, nil))(t)
	_, err = p.Passkeys.FinishRegistration(odin, begun.State, elsewhere.Create(t, begun.Options))
	proves(t, err)
}

func passkeyCareless(t *testing.T, p PasskeyTrial) {
	c := p.register(t)
	asked := must(p.Passkeys.BeginSignIn())(t)
	_, err := p.Passkeys.FinishSignIn(odin.Account, c, asked.State, p.Device.Careless().Sign(t, asked.Options))
	proves(t, err)
	begun := must(p.Passkeys.BeginRegistration(odin, nil))(t)
	_, err = p.Passkeys.FinishRegistration(odin, begun.State, p.Device.Careless().Create(t, begun.Options))
	proves(t, err)
}

func passkeyOtherOwner(t *testing.T, p PasskeyTrial) {
	begun := must(p.Passkeys.BeginRegistration(odin, nil))(t)
	_, err := p.Passkeys.FinishRegistration(ports.PasskeyOwner{Account: "loki"}, begun.State, p.Device.Create(t, begun.Options))
	proves(t, err)
}

func passkeyNonsense(t *testing.T, p PasskeyTrial) {
	c := p.register(t)
	for _, answer := range []string{"", "{}", "null", "[]", `{"id":"AA","rawId":"AA","type":"public-key","response":{}}`, "\xff"} {
		_, err := p.Passkeys.Presented([]byte(answer))
		proves(t, err)
		asked := must(p.Passkeys.BeginSignIn())(t)
		_, err = p.Passkeys.FinishSignIn(odin.Account, c, asked.State, []byte(answer))
		proves(t, err)
		begun := must(p.Passkeys.BeginRegistration(odin, nil))(t)
		_, err = p.Passkeys.FinishRegistration(odin, begun.State, []byte(answer))
		proves(t, err)
	}
}
