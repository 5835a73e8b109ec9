package ledgertest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"sync"

	"writ/domain/oauth"
	"writ/ports"
)

// Signer makes tokens that anybody can read and forge. It is safe for concurrent use.
type Signer struct {
	mu   sync.Mutex
	down error
}

var (
	_ ports.Signer   = (*Signer)(nil)
	_ ports.Verifier = (*Signer)(nil)
)

// Signed is what a token of a Signer says.
type Signed struct {
	Alg    oauth.SigningAlg `json:"alg"`
	Type   string           `json:"typ"`
	Claims json.RawMessage  `json:"claims"`
}

// Fail lets signing and verifying fail with err from now on; nil ends the outage.
func (s *Signer) Fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = err
}

func (s *Signer) outage() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.down
}

// Sign implements ports.Signer.
func (s *Signer) Sign(_ context.Context, alg oauth.SigningAlg, typ string, claims any) (string, error) {
	if err := s.outage(); err != nil {
		return "", err
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	token, err := json.Marshal(Signed{alg, typ, payload})
	return base64.RawURLEncoding.EncodeToString(token), err
}

// Ready implements ports.Signer.
func (s *Signer) Ready(oauth.SigningAlg) error { return s.outage() }

// Verify implements ports.Verifier.
func (s *Signer) Verify(_ context.Context, token, typ string, claims any) error {
	if err := s.outage(); err != nil {
		return err
	}
	signed, ok := Read(token)
	if !ok || signed.Type != typ || json.Unmarshal(signed.Claims, claims) != nil {
		return oauth.ErrTokenInvalid
	}
	return nil
}

// Read shows a token of a Signer, and reports false for anything else.
func Read(token string) (Signed, bool) {
	var signed Signed
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || json.Unmarshal(raw, &signed) != nil {
		return Signed{}, false
	}
	return signed, true
}

// Passwords takes a password itself for its hash, and counts how often it was asked. It is safe
// for concurrent use.
type Passwords struct {
	mu     sync.Mutex
	asked  int
	hashed int
}

var _ ports.Passwords = (*Passwords)(nil)

// Hash implements ports.Passwords.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hashed++
	return "hash of " + password, ctx.Err()
}

// Verify implements ports.Passwords.
func (p *Passwords) Verify(ctx context.Context, hash, password string) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	return hash == "hash of "+password, ctx.Err()
}

// Hashed is how many passwords were hashed.
func (p *Passwords) Hashed() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hashed
}

// Asked is how many passwords were verified.
func (p *Passwords) Asked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}
