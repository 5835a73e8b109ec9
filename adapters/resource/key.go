package resource

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/golang-jwt/jwt/v5"
)

// methods are the algorithms that there are, and how each verifies. None of them is symmetric: a
// public key is never a secret (RFC 8725 §2.1).
var methods = map[string]jwt.SigningMethod{
	"ES256": jwt.SigningMethodES256,
	"RS256": jwt.SigningMethodRS256,
	"EdDSA": jwt.SigningMethodEdDSA,
}

// leastRSABits is what RFC 7518 §3.3 demands.
const leastRSABits = 2048

// key verifies signatures of its one algorithm (RFC 8725 §3.1).
type key struct {
	alg    string
	public crypto.PublicKey
}

func (k key) verify(text string, signature []byte) error {
	if methods[k.alg].Verify(text, signature, k.public) != nil {
		return errors.New("its signature is wrong")
	}
	return nil
}

// jwk is a public key of a key set (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2).
type jwk struct {
	Type       string   `json:"kty"`
	Use        string   `json:"use"`
	Operations []string `json:"key_ops"`
	Algorithm  string   `json:"alg"`
	ID         string   `json:"kid"`
	Curve      string   `json:"crv"`
	X          string   `json:"x"`
	Y          string   `json:"y"`
	N          string   `json:"n"`
	E          string   `json:"e"`
}

var errOtherKey = errors.New("it is for something else")

// key reads a key that verifies signatures here. The error says why one does not.
func (j jwk) key() (k key, err error) {
	if j.ID == "" || j.Use != "" && j.Use != "sig" || len(j.Operations) > 0 && !slices.Contains(j.Operations, "verify") {
		return k, errOtherKey
	}
	switch {
	case j.Type == "EC" && j.Curve == "P-256":
		k.alg = "ES256"
		k.public, err = j.elliptic()
	case j.Type == "RSA":
		k.alg = "RS256"
		k.public, err = j.rsa()
	case j.Type == "OKP" && j.Curve == "Ed25519":
		k.alg = "EdDSA"
		k.public, err = j.edwards()
	default:
		return k, errOtherKey
	}
	if err == nil && j.Algorithm != "" && j.Algorithm != k.alg {
		err = errOtherKey
	}
	return k, err
}

func (j jwk) elliptic() (*ecdsa.PublicKey, error) {
	x, err := decode(j.X)
	y, other := decode(j.Y)
	if errors.Join(err, other) != nil || len(x) != 32 || len(y) != 32 {
		return nil, errors.New("it has no point")
	}
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
}

func (j jwk) rsa() (*rsa.PublicKey, error) {
	n, err := decode(j.N)
	e, other := decode(j.E)
	if errors.Join(err, other) != nil || len(e) == 0 || len(e) > 4 {
		return nil, errors.New("it has no numbers")
	}
	public := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
	if bits := public.N.BitLen(); bits < leastRSABits || public.E < 3 || public.E%2 == 0 {
		return nil, fmt.Errorf("%d bits with exponent %d are too weak", bits, public.E)
	}
	return public, nil
}

func (j jwk) edwards() (ed25519.PublicKey, error) {
	x, err := decode(j.X)
	if err != nil || len(x) != ed25519.PublicKeySize {
		return nil, errors.New("it has no point")
	}
	return x, nil
}
