package jwtsigner

import (
	"bytes"
	"fmt"
	"sync/atomic"

	"writ/domain/oauth"
	"writ/ports"
)

var (
	_ ports.KeyRing  = (*Ring)(nil)
	_ ports.Signer   = (*Ring)(nil)
	_ ports.Verifier = (*Ring)(nil)
)

// Ring holds the keys of this process. It is safe for concurrent use: all keys are replaced by
// one atomic store, so that a token is never judged by half of a change.
type Ring struct{ keys atomic.Pointer[keys] }

// New gives a ring without keys, which can neither sign nor verify until Install.
func New() *Ring {
	r := &Ring{}
	r.keys.Store(&keys{set: []byte(`{"keys":[]}`)})
	return r
}

// Install implements ports.KeyRing. It refuses keys that do not fit their algorithm, a private
// key that is not the public key's, two keys of one id, and two that sign with one algorithm; the
// keys that were installed before stay then.
func (r *Ring) Install(installed []ports.InstalledKey) error {
	next := &keys{byID: map[string]key{}, signers: map[oauth.SigningAlg]*signer{}}
	for _, k := range installed {
		err := next.add(k)
		if err != nil {
			return fmt.Errorf("install signing key %s: %w", k.ID, err)
		}
	}
	set, err := next.publish()
	if err != nil {
		return fmt.Errorf("publish the key set: %w", err)
	}
	next.set = set
	r.keys.Store(next)
	return nil
}

// KeySet implements ports.KeyRing. The same keys give the same bytes, in whatever order they were
// installed.
func (r *Ring) KeySet() []byte { return bytes.Clone(r.keys.Load().set) }
