package jwtsigner

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"writ/ports"
)

var errEncrypted = errors.New("the private key is encrypted: decrypt it first")

// Import implements ports.KeyRing. Blocks of other types, such as EC parameters or certificates,
// are passed over; there must be exactly one private key.
func (*Ring) Import(text []byte) (ports.KeyPair, error) {
	block, err := onlyPrivateKey(text)
	if err != nil {
		return ports.KeyPair{}, fmt.Errorf("import a key: %w", err)
	}
	private, err := parsePrivate(block)
	if err != nil {
		return ports.KeyPair{}, fmt.Errorf("import a key from the PEM block %q: %w", block.Type, err)
	}
	pair, err := pairOf(private)
	if err != nil {
		return ports.KeyPair{}, fmt.Errorf("import a key: %w", err)
	}
	return pair, nil
}

func onlyPrivateKey(text []byte) (*pem.Block, error) {
	var only *pem.Block
	for {
		var block *pem.Block
		block, text = pem.Decode(text)
		switch {
		case block == nil && only == nil:
			return nil, errors.New("there is no private key in PEM form")
		case block == nil:
			return only, nil
		case !strings.HasSuffix(block.Type, "PRIVATE KEY"):
		case only != nil:
			return nil, errors.New("there is more than one private key")
		default:
			only = block
		}
	}
}

func parsePrivate(block *pem.Block) (crypto.Signer, error) {
	if block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "" {
		return nil, errEncrypted
	}
	switch block.Type {
	case "PRIVATE KEY":
		return parsePKCS8(block.Bytes)
	case "RSA PRIVATE KEY":
		return x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		return x509.ParseECPrivateKey(block.Bytes)
	default:
		return nil, errors.New("it is neither PKCS#8, PKCS#1 nor SEC 1")
	}
}

func parsePKCS8(der []byte) (crypto.Signer, error) {
	private, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, err
	}
	signer, ok := private.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a key of type %T cannot sign", private)
	}
	return signer, nil
}
