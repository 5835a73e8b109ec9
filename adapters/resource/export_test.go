package resource

// ParseHeader reads the header of a token, encoded.
func ParseHeader(part string) (members map[string]string, err error) {
	h, err := parseHeader(part)
	return map[string]string{"alg": h.alg, "kid": h.kid, "typ": h.typ}, err
}

// MostRemembered is how many verified tokens are remembered at most.
const MostRemembered = shards * 2 * perGeneration

// Remember notes a token as if it had verified.
func Remember(v *Verifier, hash [32]byte) { v.keys.kept.Load().set.verified.add(hash, &seen{}) }

// Remembered counts the verified tokens that are remembered, some twice.
func Remembered(v *Verifier) (n int) {
	for i := range v.keys.kept.Load().set.verified.shards {
		s := &v.keys.kept.Load().set.verified.shards[i]
		s.mu.Lock()
		n += len(s.young) + len(s.old)
		s.mu.Unlock()
	}
	return n
}

// Forget makes a verifier forget what it verified.
func Forget(v *Verifier) {
	k := *v.keys.kept.Load()
	k.set = &keySet{keys: k.set.keys, of: k.set.of}
	v.keys.kept.Store(&k)
}

// Settle waits for a fetch of keys that is under way.
func Settle(v *Verifier) {
	v.keys.mu.Lock()
	f := v.keys.flight
	v.keys.mu.Unlock()
	if f != nil {
		<-f.done
	}
}
