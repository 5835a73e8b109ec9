package jwtsigner

import "maps"

// Concatenated is concatenated.
func Concatenated(der []byte) ([]byte, error) { return concatenated(der) }

// MostRemembered is how many verified tokens are remembered at most.
const MostRemembered = shards * 2 * perGeneration

// Remembered counts the verified tokens that a ring remembers.
func Remembered(r *Ring) (n int) {
	v := &r.keys.Load().verified
	for i := range v.shards {
		s := &v.shards[i]
		s.mu.Lock()
		all := maps.Clone(s.young)
		if all == nil {
			all = map[digest]string{}
		}
		maps.Insert(all, maps.All(s.old))
		n += len(all)
		s.mu.Unlock()
	}
	return n
}

// Remember notes a token as if it had verified.
func Remember(r *Ring, hash [32]byte) { r.keys.Load().verified.add(hash, "at+jwt") }

// Remembers reports whether a token is remembered.
func Remembers(r *Ring, hash [32]byte) bool { return r.keys.Load().verified.has(hash, "at+jwt") }

// Forget makes a ring forget what it verified.
func Forget(r *Ring) {
	ks := r.keys.Load()
	r.keys.Store(&keys{byID: ks.byID, signers: ks.signers, set: ks.set})
}
