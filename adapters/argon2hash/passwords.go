package argon2hash

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/crypto/argon2"

	"writ/ports"
)

var _ ports.Passwords = (*Passwords)(nil)

// MaxLength is how long a password may be, in bytes.
const MaxLength = 1024

// ErrTooLong refuses to hash a password of more than MaxLength bytes.
var ErrTooLong = errors.New("the password is longer than 1024 bytes")

// Passwords hashes with one cost. It is safe for concurrent use; as many hashes are computed at a
// time as the machine has processors, so that a flood of sign-ins cannot take all memory.
type Passwords struct {
	cost  Cost
	turns chan struct{}
}

// New hashes at the Recommended cost.
func New() *Passwords { return NewWithCost(Recommended) }

// NewWithCost hashes at another cost. It panics on one that Verify would refuse to read back.
func NewWithCost(cost Cost) *Passwords {
	err := cost.check()
	if err != nil {
		panic(err)
	}
	return &Passwords{cost: cost, turns: make(chan struct{}, runtime.NumCPU())}
}

// Hash implements ports.Passwords. It returns ErrTooLong, or ctx's error when ctx ends before its
// turn has come.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	if len(password) > MaxLength {
		return "", ErrTooLong
	}
	h := hash{cost: p.cost, salt: make([]byte, saltSize)}
	rand.Read(h.salt)
	sum, err := p.compute(ctx, password, h, sumSize)
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	h.sum = sum
	return h.String(), nil
}

// Verify implements ports.Passwords. A password that is too long to have a hash is false at once,
// whoever's it should be; a hash that cannot be read is an error.
func (p *Passwords) Verify(ctx context.Context, hash, password string) (bool, error) {
	if len(password) > MaxLength {
		return false, nil
	}
	h, err := p.expected(hash)
	if err != nil {
		return false, fmt.Errorf("read a password hash: %w", err)
	}
	sum, err := p.compute(ctx, password, h, len(h.sum))
	if err != nil {
		return false, fmt.Errorf("verify a password: %w", err)
	}
	return subtle.ConstantTimeCompare(sum, h.sum) == 1 && hash != "", nil
}

// NeedsRehash reports whether a hash was made at another cost than the present one, so that it
// should be made again when its password is next at hand. A hash that cannot be read needs it.
func (p *Passwords) NeedsRehash(hash string) bool {
	h, err := parse(hash)
	return err != nil || h.cost != p.cost || len(h.salt) != saltSize || len(h.sum) != sumSize
}

// expected is what to compare with. Nobody's password has the empty hash, which costs the same.
func (p *Passwords) expected(text string) (hash, error) {
	if text == "" {
		return hash{cost: p.cost, salt: make([]byte, saltSize), sum: make([]byte, sumSize)}, nil
	}
	return parse(text)
}

func (p *Passwords) compute(ctx context.Context, password string, h hash, size int) ([]byte, error) {
	err := ctx.Err() // a free turn must not win over an ended context
	if err != nil {
		return nil, err
	}
	select {
	case p.turns <- struct{}{}:
		defer func() { <-p.turns }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	c := h.cost
	return argon2.IDKey([]byte(password), h.salt, c.Passes, c.MemoryKiB, c.Lanes, uint32(size)), nil
}
