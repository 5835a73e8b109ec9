package resource

// ParseHeader reads the header of a token, encoded.
func ParseHeader(part string) (alg, kid, typ string, err error) {
	h, err := parseHeader(part)
	return h.alg, h.kid, h.typ, err
}

// MostRemembered is how many verified tokens are remembered at most.
const MostRemembered = shards * 2 * perGeneration

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
