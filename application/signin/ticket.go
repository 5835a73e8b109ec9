package signin

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"writ/ports"
)

// tickets are given to a browser at the first half of a way to sign in, and come back with the
// second. Nothing is kept here meanwhile, so that whoever only begins costs nothing. A ticket tells
// nothing, cannot be changed, and is good for one purpose until it expires; what it carries says
// how it is used only once.
type tickets[T any] struct {
	vault   ports.Vault
	clock   ports.Clock
	purpose string
	lasts   time.Duration
}

// ticket is what is sealed.
type ticket[T any] struct {
	Until   time.Time `json:"until"`
	Carries T         `json:"carries"`
}

// errTicket says that a ticket is none, is for something else or has expired.
var errTicket = errors.New("the ticket is not good")

func (ts tickets[T]) issue(carries T) (string, error) {
	plain, err := json.Marshal(ticket[T]{Until: ts.clock.Now().Add(ts.lasts), Carries: carries})
	if err != nil {
		return "", fmt.Errorf("write a ticket for %s: %w", ts.purpose, err)
	}
	sealed, err := ts.vault.Seal(plain, ts.purpose)
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// collect reads a ticket, or returns errTicket.
func (ts tickets[T]) collect(text string) (T, error) {
	var t ticket[T]
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return t.Carries, errTicket
	}
	plain, err := ts.vault.Open(sealed, ts.purpose)
	if err != nil || json.Unmarshal(plain, &t) != nil || !ts.clock.Now().Before(t.Until) {
		return t.Carries, errTicket
	}
	return t.Carries, nil
}
