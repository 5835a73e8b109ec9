package eventsourcing

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"writ/domain/account"
	"writ/domain/authorization"
	"writ/domain/client"
	"writ/domain/device"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/passkey"
	"writ/domain/session"
	"writ/domain/signingkey"
	"writ/domain/token"
	"writ/ports"
)

// Auditor compares the state rows and the unique keys with the log.
type Auditor struct {
	store  ports.EventStore
	feed   ports.EventFeed
	purged ports.PurgeRecord
	finder ports.Finder
	ledger *Ledger
}

// NewAuditor makes an auditor of a store.
func NewAuditor(store ports.EventStore, feed ports.EventFeed, purged ports.PurgeRecord, finder ports.Finder, ledger *Ledger) *Auditor {
	return &Auditor{store: store, feed: feed, purged: purged, finder: finder, ledger: ledger}
}

// Report is what an audit found.
type Report struct {
	Facts       int          `json:"facts"`
	Streams     int          `json:"streams"`
	Differences []Difference `json:"differences"`
}

// Difference is one stream whose row or unique keys are not what its facts say.
type Difference struct {
	Stream  string `json:"stream"`
	Problem string `json:"problem"`
}

// blank makes the aggregates of each kind that has state rows.
var blank = map[string]func(id string) event.Aggregate{
	account.Kind:         func(id string) event.Aggregate { return account.Named(oauth.AccountID(id)) },
	authorization.Kind:   func(id string) event.Aggregate { return authorization.Named(id) },
	client.Kind:          func(id string) event.Aggregate { return client.Named(oauth.ClientID(id)) },
	device.Kind:          func(id string) event.Aggregate { return device.Named(id) },
	grant.Kind:           func(id string) event.Aggregate { return grant.Named(id) },
	passkey.Kind:         func(id string) event.Aggregate { return passkey.Named(id) },
	session.Kind:         func(id string) event.Aggregate { return session.Named(id) },
	signingkey.Kind:      func(id string) event.Aggregate { return signingkey.Named(id) },
	token.RevocationKind: func(id string) event.Aggregate { return token.RevocationOf(id) },
}

const auditBatch = 1000

// Verify reads the whole log. Each stream is looked at when its first fact passes, so that the
// memory needed does not grow with the log. A row that was purged is no difference.
func (a *Auditor) Verify(ctx context.Context) (Report, error) {
	report := Report{Differences: []Difference{}}
	for after := event.Position(0); ; {
		facts, err := a.feed.Read(ctx, after, auditBatch)
		if err != nil || len(facts) == 0 {
			return report, err
		}
		for _, f := range facts {
			after = f.Position
			report.Facts++
			err = a.look(ctx, f, &report)
			if err != nil {
				return report, err
			}
		}
	}
}

func (a *Auditor) look(ctx context.Context, f event.Fact, report *Report) error {
	if f.Version != 1 {
		return nil
	}
	report.Streams++
	named, keeps := blank[f.Stream.Kind]
	if !keeps {
		return nil
	}
	row, found, err := a.row(ctx, f.Stream)
	if err != nil {
		return err
	}
	var problem string
	if found {
		problem, err = a.compare(ctx, row, named)
	} else {
		problem, err = a.missing(ctx, f.Stream)
	}
	if err != nil {
		problem = err.Error()
	}
	if problem != "" {
		report.Differences = append(report.Differences, Difference{f.Stream.String(), problem})
	}
	return nil
}

func (a *Auditor) row(ctx context.Context, s event.Stream) (row ports.Row, found bool, err error) {
	rows, err := a.store.Load(ctx, []event.Stream{s})
	for _, row := range rows {
		if row.Stream == s {
			return row, true, err
		}
	}
	return ports.Row{}, false, err
}

// missing tells a row that was purged from one that was lost.
func (a *Auditor) missing(ctx context.Context, s event.Stream) (string, error) {
	_, err := a.purged.Purged(ctx, s)
	if errors.Is(err, ports.ErrNotFound) {
		return "the row is missing, and was not purged", nil
	}
	return "", err
}

// compare replays the stream and compares states, not bytes: sealing gives other bytes each time.
func (a *Auditor) compare(ctx context.Context, row ports.Row, named func(string) event.Aggregate) (string, error) {
	stored, replayed := named(row.Stream.ID), named(row.Stream.ID)
	err := a.ledger.bring(ctx, stored, row)
	if err != nil {
		return "", err
	}
	err = a.ledger.replay(ctx, replayed, row.Version, always(row.Key))
	if err != nil {
		return "", err
	}
	if s, r := stored.Core().Version(), replayed.Core().Version(); s != r {
		return fmt.Sprintf("the row is at version %d, the log at %d", s, r), nil
	}
	left, err := json.Marshal(stored.State())
	if err != nil {
		return "", err
	}
	right, err := json.Marshal(replayed.State())
	if err != nil {
		return "", err
	}
	if !bytes.Equal(left, right) {
		return "the row is not what the facts make of it", nil
	}
	return a.holds(ctx, row, replayed.State().Index().Unique)
}

// holds looks whether the stream is found by each of its unique values. Where it has moved since the
// row was read, it may have given them back.
func (a *Auditor) holds(ctx context.Context, row ports.Row, unique []event.Unique) (string, error) {
	for _, u := range unique {
		holder, err := a.finder.Find(ctx, u)
		if err != nil && !errors.Is(err, ports.ErrNotFound) {
			return "", err
		}
		if holder == row.Stream {
			continue
		}
		now, found, err := a.row(ctx, row.Stream)
		if err != nil || !found || now.Version != row.Version {
			return "", err
		}
		return "its " + u.Kind + " is not held by it", nil
	}
	return "", nil
}
