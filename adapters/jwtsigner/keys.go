package jwtsigner

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	jose "github.com/go-jose/go-jose/v4"

	"writ/domain/oauth"
	"writ/ports"
)

// keys is one state of the ring. It does not change once it is in use, but for what it remembers
// having verified.
type keys struct {
	byID     map[string]key
	signers  map[oauth.SigningAlg]*signer
	set      []byte
	verified verified
}

func (ks *keys) add(installed ports.InstalledKey) error {
	k, err := parseKey(installed.KeyPair)
	if err != nil {
		return err
	}
	if _, ok := ks.byID[k.id]; ok {
		return errors.New("there are two keys of this id")
	}
	ks.byID[k.id] = k
	if !installed.Signs {
		return nil
	}
	if _, ok := ks.signers[k.alg]; ok {
		return errors.New("another key signs with " + string(k.alg) + " already")
	}
	ks.signers[k.alg], err = newSigner(k, installed.Private)
	return err
}

// publish gives the public key set as JSON (RFC 7517 §5), ordered by algorithm and id.
func (ks *keys) publish() ([]byte, error) {
	set := jose.JSONWebKeySet{Keys: make([]jose.JSONWebKey, 0, len(ks.byID))}
	for _, k := range ks.byID {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: k.public, KeyID: k.id, Algorithm: string(k.alg), Use: "sig"})
	}
	slices.SortFunc(set.Keys, func(a, b jose.JSONWebKey) int {
		return strings.Compare(a.Algorithm+" "+a.KeyID, b.Algorithm+" "+b.KeyID)
	})
	return json.Marshal(set)
}
