package jwtsigner_test

import (
	"testing"

	"writ/adapters/jwtsigner"
	"writ/ports/portstest"
)

func open(*testing.T) portstest.Signing {
	ring := jwtsigner.New()
	return portstest.Signing{Keys: ring, Signer: ring, Verifier: ring}
}

func TestKeyRing(t *testing.T)  { portstest.KeyRing(t, open) }
func TestSigner(t *testing.T)   { portstest.Signer(t, open) }
func TestVerifier(t *testing.T) { portstest.Verifier(t, open) }
