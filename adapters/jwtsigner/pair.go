package jwtsigner

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"

	jose "github.com/go-jose/go-jose/v4"

	"writ/domain/oauth"
	"writ/ports"
)

// Generate implements ports.KeyRing: P-256 for ES256, 2048 bits for RS256, Ed25519 for EdDSA. An
// RSA key takes some 100 ms.
func (*Ring) Generate(alg oauth.SigningAlg) (ports.KeyPair, error) {
	private, err := generate(alg)
	if err != nil {
		return ports.KeyPair{}, fmt.Errorf("generate a key for %q: %w", alg, err)
	}
	return pairOf(private)
}

func generate(alg oauth.SigningAlg) (crypto.Signer, error) {
	switch alg {
	case oauth.ES256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case oauth.RS256:
		return rsa.GenerateKey(rand.Reader, leastRSABits)
	case oauth.EdDSA:
		_, private, err := ed25519.GenerateKey(rand.Reader)
		return private, err
	default:
		return nil, errors.New("there is no such algorithm")
	}
}

func pairOf(private crypto.Signer) (ports.KeyPair, error) {
	alg, err := algorithmOf(private.Public())
	if err != nil {
		return ports.KeyPair{}, err
	}
	public, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		return ports.KeyPair{}, fmt.Errorf("write the public key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return ports.KeyPair{}, fmt.Errorf("write the private key: %w", err)
	}
	id, err := thumbprint(private.Public())
	if err != nil {
		return ports.KeyPair{}, err
	}
	return ports.KeyPair{ID: id, Alg: alg, Public: public, Private: der}, nil
}

// thumbprint is RFC 7638's, with SHA-256 and in base64url.
func thumbprint(public crypto.PublicKey) (string, error) {
	jwk := jose.JSONWebKey{Key: public}
	sum, err := jwk.Thumbprint(crypto.SHA256)
	if err != nil {
		return "", fmt.Errorf("compute the thumbprint: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(sum), nil
}
