package rotate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"writ/domain/event"
	"writ/domain/oauth"
	"writ/domain/signingkey"
	"writ/ports"
)

// CachePeriod is how long others may keep the key set (RFC 9111): a new key is published this long
// before it signs.
const CachePeriod = time.Hour

// SigningKeys keeps the signing keys.
type SigningKeys struct {
	ledger ports.Ledger
	shelf  ports.Shelf
	vault  ports.Vault
	ring   ports.KeyRing
	server *oauth.Server
	clock  ports.Clock
}

// NewSigningKeys wires the use case.
func NewSigningKeys(l ports.Ledger, sh ports.Shelf, v ports.Vault, r ports.KeyRing, s *oauth.Server, c ports.Clock) *SigningKeys {
	return &SigningKeys{ledger: l, shelf: sh, vault: v, ring: r, server: s, clock: c}
}

// Install gives this process the keys of the store, and says when to do so again: zero when
// nothing is planned.
func (uc *SigningKeys) Install(ctx context.Context) (again time.Time, err error) {
	keys, err := uc.shelf.SigningKeys(ctx)
	if err != nil {
		return time.Time{}, fmt.Errorf("read the signing keys: %w", err)
	}
	now := uc.clock.Now()
	var installed []ports.InstalledKey
	for _, k := range keys {
		if !k.Verifies(now) {
			continue
		}
		pair, err := uc.open(k)
		if err != nil {
			return time.Time{}, err
		}
		signing, _ := signingkey.Signing(keys, k.View().Alg, now)
		installed = append(installed, ports.InstalledKey{KeyPair: pair, Signs: signing == k})
	}
	return signingkey.NextChange(keys, now), uc.ring.Install(installed)
}

func (uc *SigningKeys) open(k *signingkey.Key) (ports.KeyPair, error) {
	s := k.View()
	private, err := uc.vault.Open(s.Sealed, sealContext(s.KID))
	if err != nil {
		return ports.KeyPair{}, fmt.Errorf("open signing key %s: %w", s.KID, err)
	}
	return ports.KeyPair{ID: s.KID, Alg: s.Alg, Public: s.Public, Private: private}, nil
}

func sealContext(kid string) string { return "signing key " + kid }

// Ensure makes a key of each algorithm that this server signs with and has none of, or only such as
// are forgotten, do not sign yet or are on their way out. It signs at once. Several servers may do it at the same time;
// one of them makes the key.
func (uc *SigningKeys) Ensure(ctx context.Context, algs ...oauth.SigningAlg) error {
	keys, err := uc.shelf.SigningKeys(ctx)
	if err != nil {
		return fmt.Errorf("read the signing keys: %w", err)
	}
	for _, alg := range algs {
		if err := uc.ensure(ctx, alg, keys, keys); err != nil {
			return err
		}
	}
	return nil
}

// ensure makes a key of an algorithm unless one of those that stay lasts.
func (uc *SigningKeys) ensure(ctx context.Context, alg oauth.SigningAlg, keys, stay []*signingkey.Key) error {
	if signingkey.Lasts(stay, alg, uc.clock.Now()) {
		return nil
	}
	pair, err := uc.ring.Generate(alg)
	if err != nil {
		return fmt.Errorf("make a key for %s: %w", alg, err)
	}
	_, err = uc.publish(ctx, pair, ofAlg(keys, alg), uc.clock.Now())
	var taken *ports.TakenError
	if errors.As(err, &taken) {
		return nil
	}
	return err
}

func ofAlg(keys []*signingkey.Key, alg oauth.SigningAlg) []*signingkey.Key {
	var found []*signingkey.Key
	for _, k := range keys {
		if k.View().Alg == alg {
			found = append(found, k)
		}
	}
	return found
}

// Rotate publishes a new key of an algorithm. It signs when every cache has seen it; the one before
// stays in the key set until all that it signed has expired.
func (uc *SigningKeys) Rotate(ctx context.Context, alg oauth.SigningAlg) (kid string, err error) {
	pair, err := uc.ring.Generate(alg)
	if err != nil {
		return "", fmt.Errorf("make a key for %s: %w", alg, err)
	}
	return uc.Adopt(ctx, pair)
}

// Import publishes a key that was made elsewhere, given in PEM, as Rotate does with a new one.
func (uc *SigningKeys) Import(ctx context.Context, pem []byte) (kid string, err error) {
	pair, err := uc.ring.Import(pem)
	if err != nil {
		return "", err
	}
	return uc.Adopt(ctx, pair)
}

// ErrKnown refuses to publish a key a second time, above all one that was forgotten.
var ErrKnown = oauth.Refuse(oauth.InvalidRequest, "this key was published before")

// Adopt publishes a key pair as the next key of its algorithm.
func (uc *SigningKeys) Adopt(ctx context.Context, pair ports.KeyPair) (kid string, err error) {
	keys, err := uc.shelf.SigningKeys(ctx)
	if err != nil {
		return "", fmt.Errorf("read the signing keys: %w", err)
	}
	before := ofAlg(keys, pair.Alg)
	if slices.ContainsFunc(before, func(k *signingkey.Key) bool { return k.ID() == pair.ID }) {
		return "", ErrKnown
	}
	signs := uc.clock.Now()
	if signingkey.Lasts(before, pair.Alg, signs) {
		signs = signs.Add(CachePeriod)
	}
	return uc.publish(ctx, pair, before, signs)
}

// publish adds the key and retires those before it, in one commit.
func (uc *SigningKeys) publish(ctx context.Context, pair ports.KeyPair, before []*signingkey.Key, signs time.Time) (string, error) {
	sealed, err := uc.vault.Seal(pair.Private, sealContext(pair.ID))
	if err != nil {
		return "", fmt.Errorf("seal signing key %s: %w", pair.ID, err)
	}
	k := signingkey.Unpublished(pair.ID)
	about := []event.Aggregate{k}
	for _, b := range before {
		about = append(about, b)
	}
	until := signs.Add(uc.server.Lifetimes.Access + CachePeriod)
	err = uc.ledger.Decide(ctx, func() error {
		at := uc.clock.Now()
		k.Publish(signingkey.Published{
			Alg: pair.Alg, Ordinal: len(before) + 1, Public: pair.Public, Sealed: sealed, Signs: signs,
		}, at)
		for _, b := range before {
			b.Retire(signs, until, at)
		}
		return nil
	}, about...)
	return pair.ID, err
}

// Forget takes a key out of the key set at once: nothing that it signed is believed any more. Where
// none is left to go on with, another takes its place, before: there is no moment at which nothing
// signs, also when this process ends halfway.
func (uc *SigningKeys) Forget(ctx context.Context, kid string) error {
	keys, err := uc.shelf.SigningKeys(ctx)
	if err != nil {
		return fmt.Errorf("read the signing keys: %w", err)
	}
	at := slices.IndexFunc(keys, func(k *signingkey.Key) bool { return k.ID() == kid })
	if at < 0 {
		return ports.ErrNotFound
	}
	err = uc.ensure(ctx, keys[at].View().Alg, keys, slices.Delete(slices.Clone(keys), at, at+1))
	if err != nil {
		return err
	}
	k := signingkey.Named(kid)
	return uc.ledger.Decide(ctx, func() error {
		k.Forget(uc.clock.Now())
		return nil
	}, k)
}

// List gives all keys.
func (uc *SigningKeys) List(ctx context.Context) ([]signingkey.State, error) {
	keys, err := uc.shelf.SigningKeys(ctx)
	states := make([]signingkey.State, 0, len(keys))
	for _, k := range keys {
		states = append(states, k.View())
	}
	return states, err
}
