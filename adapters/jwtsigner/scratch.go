package jwtsigner

import (
	"bytes"
	"encoding/json"
	"sync"
)

// scratch is where a token is written, before it becomes a string of its own. What it holds is no
// secret from this process, and is written over.
type scratch struct {
	claims bytes.Buffer
	encode *json.Encoder // into claims
	text   []byte
}

var scratches = sync.Pool{New: func() any {
	s := &scratch{}
	s.encode = json.NewEncoder(&s.claims)
	return s
}}

// largestKept keeps one unusual token from holding its memory for ever, in bytes.
const largestKept = 8 << 10

// release gives the scratch back. Nothing of it may be used any more.
func (s *scratch) release() {
	if s.claims.Cap() <= largestKept && cap(s.text) <= largestKept {
		scratches.Put(s)
	}
}

// write gives the JSON of claims, which lasts until the scratch is used again.
func (s *scratch) write(claims any) ([]byte, error) {
	s.claims.Reset()
	err := s.encode.Encode(claims)
	return bytes.TrimSuffix(s.claims.Bytes(), []byte("\n")), err
}
