package ports

import (
	"context"

	"writ/domain/event"
)

// Ledger brings aggregates and keeps what they record. It is the way in which use cases decide.
type Ledger interface {
	// Load fills each aggregate with its state at some moment after the call began, in one read.
	// One that was never written stays at version 0. One without an id is the account or the
	// client that an aggregate given before it belongs to.
	Load(ctx context.Context, into ...event.Aggregate) error

	// Recall is Load without asking the store where that is possible: what it fills in so may be
	// outdated, and counts once what it gives is confirmed.
	Recall(ctx context.Context, into ...event.Aggregate) (Reading, error)

	// Decide loads the aggregates, lets decide act on them, and commits everything that they
	// recorded in one transaction, on the condition that none of them moved since, those that
	// recorded nothing included. What was recorded is kept also when decide refuses, for a
	// refusal may itself be a fact. When another writer was first all is done again on fresh
	// state, so decide must be repeatable; it runs until ctx ends. When nothing was recorded,
	// nothing is written. decide's error is returned as it is, a *TakenError comes from a unique
	// value that is taken, and any other error means that it is not known what the log holds.
	Decide(ctx context.Context, decide func() error, about ...event.Aggregate) error

	// DecideBeside is Decide, and calls beside when the commit is under way or done, if decide did not
	// refuse: for work that the commit need not wait for, such as signing what was decided. Each
	// try calls it again, and it has returned when DecideBeside returns.
	DecideBeside(ctx context.Context, decide func() error, beside func(), about ...event.Aggregate) error
}
