package resource

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
)

// keyName is what a token chooses a key by. Keys of different algorithms may share an id
// (RFC 7517 §4.5).
type keyName struct{ id, alg string }

// keySet is the issuer's keys, as they were fetched together. It does not change, but for what it
// remembers having verified, and that is gone with it.
type keySet struct {
	keys     map[keyName]key
	of       digest // of the document
	verified memory
}

// parseKeySet reads a JWK set (RFC 7517 §5). Keys that cannot be used here are left out.
func parseKeySet(body []byte, log *slog.Logger) (*keySet, error) {
	var document struct {
		Keys []jwk `json:"keys"`
	}
	if err := json.Unmarshal(body, &document); err != nil {
		return nil, fmt.Errorf("read the key set: %w", err)
	}
	set := &keySet{keys: map[keyName]key{}, of: sha256.Sum256(body)}
	for _, j := range document.Keys {
		k, err := j.key()
		if err != nil {
			log.Debug("a key of the issuer is not used", "kid", j.ID, "kty", j.Type, "err", err)
			continue
		}
		set.keys[keyName{j.ID, k.alg}] = k
	}
	if len(set.keys) == 0 {
		return nil, errors.New("read the key set: no key in it can be used")
	}
	return set, nil
}
