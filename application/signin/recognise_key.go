package signin

import (
	"context"
	"errors"

	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
)

// ErrKey refuses an access key, whatever is wrong with it.
var ErrKey = oauth.Refuse(oauth.InvalidToken, "the access key is unknown, expired or removed, or its account may not use keys")

// RecogniseKey tells by an access key for whom a program acts.
type RecogniseKey struct {
	ledger   ports.Ledger
	finder   ports.Finder
	stamps   ports.Stamps
	failures ports.Limits
	clock    ports.Clock
}

// NewRecogniseKey wires the use case. Failures are counted for each source.
func NewRecogniseKey(l ports.Ledger, f ports.Finder, st ports.Stamps, at Attempts, c ports.Clock) *RecogniseKey {
	return &RecogniseKey{ledger: l, finder: f, stamps: st, failures: at.BySource, clock: c}
}

// KeyCommand presents an access key.
type KeyCommand struct {
	Key    oauth.Secret
	Source string // the address that the request came from
}

// Execute recognises the account of the key. The permission to use keys is looked at each time.
func (uc *RecogniseKey) Execute(ctx context.Context, cmd KeyCommand) (Recognised, error) {
	source := neighbours(cmd.Source)
	if wait := uc.failures.Blocked(source, uc.clock.Now()); wait > 0 {
		return Recognised{}, &oauth.LimitError{RetryAfter: wait}
	}
	who, err := uc.recognise(ctx, cmd.Key)
	if errors.Is(err, ErrKey) {
		uc.failures.Fail(source, uc.clock.Now())
	}
	return who, err
}

func (uc *RecogniseKey) recognise(ctx context.Context, presented oauth.Secret) (Recognised, error) {
	id, ok := account.ParseKey(presented)
	if !ok {
		return Recognised{}, ErrKey
	}
	stream, err := uc.finder.Find(ctx, account.KeyID(id))
	if errors.Is(err, ports.ErrNotFound) {
		return Recognised{}, ErrKey
	}
	a := account.Named(oauth.AccountID(stream.ID))
	if err == nil {
		err = uc.ledger.Load(ctx, a)
	}
	if err != nil {
		return Recognised{}, err
	}
	at, key := uc.clock.Now(), a.Key(id)
	if !key.Opens(presented, at) || !a.MayUseKeys() {
		return Recognised{}, ErrKey
	}
	uc.stamps.Touch(event.Stream{Kind: account.KeyID(id).Kind, ID: id}, at)
	return Recognised{
		Visitor: session.Visitor{Key: id, Account: a.AccountID(), AuthTime: key.Created}, Profile: a.View(),
	}, nil
}
