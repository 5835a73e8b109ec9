package jwtsigner

import (
	"crypto/sha256"
	"sync"
)

// digest stands for a token: the token itself is not kept.
type digest [sha256.Size]byte

// The verified tokens that one set of keys remembers at most, in shards so that processors seldom
// wait for each other.
const (
	shards        = 16
	perGeneration = 256 // two generations a shard: 8192 tokens, less than 1 MiB
)

// verified remembers which tokens have verified, so that a token which is used again costs a hash
// instead of a signature. It belongs to one state of the ring, and goes with it: a token is never
// judged by a key that was there before. A fact in it is only that this very token, byte for byte,
// was well formed and signed as a type of token; whatever can change, expiry and revocation above
// all, is not its business. Tokens that did not verify are not kept, so that nobody without a key
// can fill it. The zero value is ready, and safe for concurrent use.
type verified struct{ shards [shards]shard }

// shard forgets by generations: when the young one is full it becomes the old one, and what was not
// used since is gone.
type shard struct {
	mu         sync.Mutex
	young, old map[digest]string // the type that the token verified as
}

func (v *verified) shard(d digest) *shard { return &v.shards[d[0]%shards] }

// has reports whether a token verified as typ.
func (v *verified) has(d digest, typ string) bool {
	s := v.shard(d)
	s.mu.Lock()
	defer s.mu.Unlock()
	known, is := s.young[d]
	if is {
		return known == typ
	}
	known, is = s.old[d]
	if is {
		s.keep(d, known)
	}
	return is && known == typ
}

// add notes that a token verified as typ.
func (v *verified) add(d digest, typ string) {
	s := v.shard(d)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keep(d, typ)
}

func (s *shard) keep(d digest, typ string) {
	if s.young == nil || len(s.young) >= perGeneration {
		s.young, s.old = make(map[digest]string, perGeneration), s.young
	}
	s.young[d] = typ
}
