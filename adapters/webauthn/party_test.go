package webauthn_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/descope/virtualwebauthn"
	"pgregory.net/rapid"

	"writ/adapters/webauthn"
	"writ/application/signin"
	"writ/domain/passkey"
	"writ/ports"
	"writ/ports/portstest"
)

const origin = "https://id.writ.test"

func party(t *testing.T) *webauthn.Party {
	t.Helper()
	p, err := webauthn.New(webauthn.Config{Domain: "id.writ.test", Name: "Writ", Origins: []string{origin}})
	if err != nil || !p.Available() {
		t.Fatalf("no party: %v", err)
	}
	return p
}

// device is an authenticator without hardware, in a browser on a page.
type device struct {
	keys   *virtualwebauthn.Credential
	origin string
	lazy   bool
}

func newDevice() device { return device{keys: new(virtualwebauthn.Credential), origin: origin} }

func (d device) page() virtualwebauthn.RelyingParty {
	return virtualwebauthn.RelyingParty{ID: "id.writ.test", Name: "Writ", Origin: d.origin}
}

func (d device) Create(t *testing.T, options []byte) []byte {
	t.Helper()
	asked, err := virtualwebauthn.ParseAttestationOptions(string(options))
	if err != nil {
		t.Fatal(err)
	}
	*d.keys = newKey()
	a := virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserNotVerified: d.lazy})
	return []byte(virtualwebauthn.CreateAttestationResponse(d.page(), a, *d.keys, *asked))
}

func (d device) Sign(t *testing.T, options []byte) []byte {
	t.Helper()
	asked, err := virtualwebauthn.ParseAssertionOptions(string(options))
	if err != nil {
		t.Fatal(err)
	}
	d.keys.Counter++
	a := virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{
		UserHandle: []byte("odin"), UserNotVerified: d.lazy,
	})
	return []byte(virtualwebauthn.CreateAssertionResponse(d.page(), a, *d.keys, *asked))
}

func (d device) At(origin string) portstest.Authenticator {
	d.origin = origin
	return d
}

func (d device) Careless() portstest.Authenticator {
	d.lazy = true
	return d
}

func TestParty(t *testing.T) {
	portstest.Passkeys(t, func(t *testing.T) portstest.PasskeyTrial {
		return portstest.PasskeyTrial{Passkeys: party(t), Device: newDevice(), Other: newDevice()}
	})
}

func TestWhatAnAuthenticatorIsAsked(t *testing.T) {
	d, p := newDevice(), party(t)
	owner := ports.PasskeyOwner{Account: "c0ffee0000000000000g", Handle: "odin", Name: "Odin"}
	first, err := p.BeginRegistration(owner, nil)
	if err != nil {
		t.Fatal(err)
	}
	known, err := p.FinishRegistration(owner, first.State, d.Create(t, first.Options))
	if err != nil {
		t.Fatal(err)
	}
	again, err := p.BeginRegistration(owner, []passkey.Credential{known})
	if err != nil {
		t.Fatal(err)
	}
	var asked struct {
		PublicKey struct {
			RP                     struct{ ID, Name string }
			User                   struct{ Name, DisplayName string }
			Attestation            string
			AuthenticatorSelection struct{ ResidentKey, UserVerification string }
			ExcludeCredentials     []struct{ ID string }
		}
	}
	if err := json.Unmarshal(again.Options, &asked); err != nil {
		t.Fatal(err)
	}
	k := asked.PublicKey
	if k.RP.ID != "id.writ.test" || k.User.Name != "odin" || k.User.DisplayName != "Odin" || k.Attestation != "none" && k.Attestation != "" ||
		k.AuthenticatorSelection.ResidentKey != "required" || k.AuthenticatorSelection.UserVerification != "required" {
		t.Errorf("asked for %+v", k)
	}
	if len(k.ExcludeCredentials) != 1 || k.ExcludeCredentials[0].ID != known.ID.Reveal() {
		t.Errorf("excludes %+v", k.ExcludeCredentials)
	}
	if strings.Contains(string(first.State), "odin") {
		t.Errorf("the state tells who it is: %s", first.State)
	}
}

func TestOnlyNamesHaveCeremonies(t *testing.T) {
	for domain, want := range map[string]bool{
		"localhost": true, "id.example.org": true, "127.0.0.1": false, "::1": false, "[::1]": false, "writ": false, "": false,
	} {
		p, err := webauthn.New(webauthn.Config{Domain: domain, Name: "Writ", Origins: []string{"http://" + domain + ":8080"}})
		if err != nil || p.Available() != want {
			t.Errorf("%q: available %v, %v", domain, p.Available(), err)
			continue
		}
		uc := signin.NewPasskeyBegin(p, nil, nil, nil)
		if uc.Offered() != want {
			t.Errorf("%q: offered %v", domain, !want)
		}
		_, begun := p.BeginSignIn()
		_, registered := p.BeginRegistration(ports.PasskeyOwner{Account: "odin"}, nil)
		_, finished := p.FinishSignIn("odin", passkey.Credential{}, []byte("{}"), nil)
		_, enrolled := p.FinishRegistration(ports.PasskeyOwner{}, []byte("{}"), nil)
		for _, err := range []error{begun, registered, finished, enrolled} {
			if errors.Is(err, passkey.ErrUnavailable) == want {
				t.Errorf("%q: %v", domain, err)
			}
		}
	}
}

func TestAStateThatIsNoneIsAFault(t *testing.T) {
	p := party(t)
	_, signedIn := p.FinishSignIn("odin", passkey.Credential{}, []byte("{"), nil)
	_, registered := p.FinishRegistration(ports.PasskeyOwner{}, nil, nil)
	for _, err := range []error{signedIn, registered} {
		if err == nil || errors.Is(err, passkey.ErrAnswer) {
			t.Errorf("got %v", err)
		}
	}
}

func TestACredentialComesBackAsItWasKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		flags := slices.Repeat([]bool{rapid.Bool().Draw(t, "flag")}, 2)
		want := passkey.Credential{
			ID: passkey.Binary([]byte("id")), PublicKey: passkey.Binary([]byte("key")), AAGUID: passkey.Binary(make([]byte, 16)),
			Format: "none", Transports: []string{"internal", "hybrid"}, Attachment: "platform",
			Counter: rapid.Uint32().Draw(t, "counter"), UserPresent: flags[0], UserVerified: rapid.Bool().Draw(t, "verified"),
			BackupEligible: flags[1], BackedUp: rapid.Bool().Draw(t, "backed up"),
		}
		if got := webauthn.Round(want); !same(got, want) {
			t.Fatalf("%+v came back as %+v", want, got)
		}
	})
}

func same(a, b passkey.Credential) bool {
	one, err := json.Marshal(a)
	two, err2 := json.Marshal(b)
	return errors.Join(err, err2) == nil && string(one) == string(two)
}

// newKey is a key whose coordinates have all their bytes, zeros in front included: the authenticator
// of the library leaves these out, which RFC 9053 §7.1.1 forbids, and one key in 128 has them.
func newKey() virtualwebauthn.Credential {
	const whole = 77 // bytes of a COSE key on P-256
	for {
		key := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
		if len(key.Key.AttestationData()) == whole {
			return key
		}
	}
}
