package masterkey

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"

	"writ/domain/oauth"
)

// keySize is the size of a master key and of every key derived from it, in bytes.
const keySize = 32

// The labels under which keys are derived. They are part of the stored format: another label is
// another key.
const (
	labelID     = "writ key id"
	labelSeal   = "writ seal"
	labelWrap   = "writ wrap"
	labelToken  = "writ token"
	labelCheck  = "writ check"
	labelDigest = "writ digest/"
)

// keyID names a key without telling anything about it.
type keyID [4]byte

func (id keyID) String() string { return hex.EncodeToString(id[:]) }

// key is one master key, as the keys that are derived from it.
type key struct {
	root  root
	id    keyID
	seal  box
	wrap  box
	token oauth.TokenKey
	check [keySize]byte
}

func newKey(secret []byte) key {
	r := rootOf(secret)
	id := r.id()
	return key{
		root:  r,
		id:    id,
		seal:  newBox(id, r.derive(labelSeal, keySize)),
		wrap:  newBox(id, r.derive(labelWrap, keySize)),
		token: oauth.TokenKey{ID: id, Secret: [keySize]byte(r.derive(labelToken, keySize))},
		check: [keySize]byte(r.derive(labelCheck, keySize)),
	}
}

// root is the pseudorandom key of HKDF, from which all others come.
type root []byte

func rootOf(secret []byte) root {
	prk, err := hkdf.Extract(sha256.New, secret, nil)
	return root(must(prk, err))
}

func (r root) id() keyID { return keyID(r.derive(labelID, len(keyID{}))) }

func (r root) derive(label string, size int) []byte {
	out, err := hkdf.Expand(sha256.New, r, label, size)
	return must(out, err)
}

// must is for calls that only fail on arguments that this package never gives.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
