package jwtsigner

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/golang-jwt/jwt/v5"

	"writ/domain/oauth"
	"writ/ports"
)

// leastRSABits is what RFC 7518 §3.3 demands.
const leastRSABits = 2048

// methods are the algorithms that may appear in a token, and how each is computed.
var methods = map[oauth.SigningAlg]jwt.SigningMethod{
	oauth.ES256: jwt.SigningMethodES256,
	oauth.RS256: jwt.SigningMethodRS256,
	oauth.EdDSA: jwt.SigningMethodEdDSA,
}

// key verifies. It is good for its one algorithm (RFC 8725 §3.1).
type key struct {
	id     string
	alg    oauth.SigningAlg
	method jwt.SigningMethod
	public crypto.PublicKey
}

func parseKey(pair ports.KeyPair) (key, error) {
	if pair.ID == "" {
		return key{}, errors.New("the key has no id")
	}
	public, err := x509.ParsePKIXPublicKey(pair.Public)
	if err != nil {
		return key{}, fmt.Errorf("read the public key: %w", err)
	}
	alg, err := algorithmOf(public)
	if err != nil {
		return key{}, err
	}
	if alg != pair.Alg {
		return key{}, fmt.Errorf("a key for %s cannot be used with %q", alg, pair.Alg)
	}
	return key{id: pair.ID, alg: alg, method: methods[alg], public: public}, nil
}

// algorithmOf is the one algorithm that a public key is used with. Keys that are too weak have none.
func algorithmOf(public crypto.PublicKey) (oauth.SigningAlg, error) {
	switch public := public.(type) {
	case *ecdsa.PublicKey:
		if public.Curve != elliptic.P256() {
			return "", fmt.Errorf("curve %s cannot be used: ES256 needs P-256", public.Curve.Params().Name)
		}
		return oauth.ES256, nil
	case *rsa.PublicKey:
		if public.N.BitLen() < leastRSABits {
			return "", fmt.Errorf("an RSA key of %d bits is too short: it needs %d or more", public.N.BitLen(), leastRSABits)
		}
		return oauth.RS256, nil
	case ed25519.PublicKey:
		if hasLowOrder(public) {
			return "", errors.New("the Ed25519 key is a point of low order, for which anybody can sign")
		}
		return oauth.EdDSA, nil
	default:
		return "", fmt.Errorf("a key of type %T signs with no supported algorithm", public)
	}
}
