package resource

import (
	"crypto/sha256"
	"sync"
)

// digest stands for a token: the token itself is not kept.
type digest [sha256.Size]byte

// The verified tokens that are remembered at most, in shards so that processors seldom wait for each
// other.
const (
	shards        = 16
	perGeneration = 256 // two generations a shard: 8192 tokens
)

// memory remembers the claims of tokens that have verified, so that one which is used again costs a
// hash instead of a signature. Only what cannot change is in it: expiry and standing are looked at
// each time. Tokens that did not verify are not kept, so that nobody without a key can fill it. The
// zero value is ready, and safe for concurrent use.
type memory struct{ shards [shards]shard }

// shard forgets by generations: when the young one is full it becomes the old one, and what was not
// used since is gone.
type shard struct {
	mu         sync.Mutex
	young, old map[digest]*seen
}

// seen is a token that verified.
type seen struct {
	claims    Claims
	notBefore timestamp
}

func (m *memory) recall(d digest) *seen {
	s := &m.shards[d[0]%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, is := s.young[d]; is {
		return known
	}
	known, is := s.old[d]
	if is {
		s.keep(d, known)
	}
	return known
}

func (m *memory) add(d digest, known *seen) {
	s := &m.shards[d[0]%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keep(d, known)
}

func (s *shard) keep(d digest, known *seen) {
	if s.young == nil || len(s.young) >= perGeneration {
		s.young, s.old = make(map[digest]*seen), s.young
	}
	s.young[d] = known
}
