package natsbus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// The streams.
const (
	EventsStream   = "WRIT"     // what Writ publishes
	AccountsStream = "ACCOUNTS" // what the owner of the accounts publishes
	RejectedStream = "REJECTED" // account messages that cannot be followed
)

const (
	eventsSubjects   = "writ.events.>"
	accountsSubjects = "accounts.>"
	rejectedSubject  = "writ.rejected"

	keepEvents    = 7 * 24 * time.Hour
	keepAccounts  = 30 * 24 * time.Hour
	keepRejected  = 7 * 24 * time.Hour
	eventsBytes   = 4 << 30
	accountsBytes = 256 << 20
	rejectedBytes = 64 << 20

	// How long a message of others is told from its repetition. Those of the relay are kept apart by
	// the sequence that each expects; for them it need not be longer than one may be under way, for
	// the broker remembers all of that time in memory.
	duplicates      = 5 * time.Minute
	eventDuplicates = 2 * publishWithin
)

// StreamOptions are how streams are made that do not exist yet.
type StreamOptions struct {
	Replicas int // copies in a cluster of brokers; 0 means 1
}

func (o StreamOptions) stream(name, subject string, age time.Duration, bytes int64) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name: name, Subjects: []string{subject},
		Storage: jetstream.FileStorage, Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardOld,
		MaxAge: age, MaxBytes: bytes, Duplicates: duplicates, Replicas: max(o.Replicas, 1),
		DenyDelete: true,
	}
}

func (o StreamOptions) events() jetstream.StreamConfig {
	config := o.stream(EventsStream, eventsSubjects, keepEvents, eventsBytes)
	config.Duplicates = eventDuplicates
	return config
}

// accounts keeps messages long enough for any outage, and not for good: they hold personal data.
func (o StreamOptions) accounts() jetstream.StreamConfig {
	return o.stream(AccountsStream, accountsSubjects, keepAccounts, accountsBytes)
}

func (o StreamOptions) rejected() jetstream.StreamConfig {
	return o.stream(RejectedStream, rejectedSubject, keepRejected, rejectedBytes)
}

// ensure makes a stream when it does not exist. One that does belongs to whoever runs the broker:
// only that it takes the subject is checked.
func ensure(ctx context.Context, l link, want jetstream.StreamConfig) (jetstream.Stream, error) {
	if err := l.usable(); err != nil {
		return nil, err
	}
	s, err := l.js.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		s, err = l.js.CreateStream(ctx, want)
	}
	if err != nil {
		return nil, fmt.Errorf("ensure stream %s: %w", want.Name, err)
	}
	if !slices.Contains(s.CachedInfo().Config.Subjects, want.Subjects[0]) {
		return nil, fmt.Errorf("stream %s does not take %s", want.Name, want.Subjects[0])
	}
	return s, nil
}

// Prepare makes the streams that do not exist yet, so that whoever comes first finds them. The
// relay and the consumer do so themselves, whenever the broker is there.
func (b *Broker) Prepare(ctx context.Context, o StreamOptions) error {
	_, events := ensure(ctx, b.events, o.events())
	_, accounts := ensure(ctx, b.accounts, o.accounts())
	_, rejected := ensure(ctx, b.accounts, o.rejected())
	return errors.Join(events, accounts, rejected)
}
