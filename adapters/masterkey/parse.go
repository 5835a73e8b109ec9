package masterkey

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"writ/domain/oauth"
)

// Generate makes a new master key in the form that Parse reads.
func Generate() oauth.Secret {
	secret := make([]byte, keySize)
	rand.Read(secret)
	return oauth.Secret(base64.StdEncoding.EncodeToString(secret))
}

// Parse reads one or more master keys, separated by commas, the current one first. Each is 32
// bytes in base64, of either alphabet, with padding or without. The error names every key that is
// wrong by its place and shows none.
func Parse(text oauth.Secret) (*Ring, error) {
	var (
		secrets [][]byte
		wrong   []error
	)
	parts := strings.Split(text.Reveal(), ",")
	for i, part := range parts {
		secret, err := decode(strings.TrimSpace(part))
		if err != nil {
			wrong = append(wrong, fmt.Errorf("master key %d of %d %w", i+1, len(parts), err))
		}
		secrets = append(secrets, secret)
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	return distinct(newRing(secrets))
}

var alphabet = strings.NewReplacer("-", "+", "_", "/")

func decode(part string) ([]byte, error) {
	if part == "" {
		return nil, errors.New("is empty")
	}
	text := alphabet.Replace(strings.TrimRight(part, "="))
	secret, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("is not base64") // the cause would quote the key
	}
	if len(secret) != keySize {
		return nil, fmt.Errorf("has %d bytes instead of %d", len(secret), keySize)
	}
	return secret, nil
}

// distinct refuses keys that could not be told apart by their ids.
func distinct(r *Ring) (*Ring, error) {
	place := map[keyID]int{}
	for i, k := range r.keys {
		if first, ok := place[k.id]; ok {
			return nil, fmt.Errorf("master keys %d and %d have the same id %s: give each key once", first+1, i+1, k.id)
		}
		place[k.id] = i
	}
	return r, nil
}
