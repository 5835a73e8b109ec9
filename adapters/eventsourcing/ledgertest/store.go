package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"sync/atomic"

	"writ/domain/event"
	"writ/ports"
)

// Store keeps the log, the state rows and the unique keys in memory. It is safe for concurrent use.
type Store struct {
	mu       sync.Mutex
	log      []event.Fact
	versions map[event.Stream]event.Version
	rows     map[event.Stream]ports.Row
	purged   map[event.Stream]ports.Row // as they were
	ids      map[string]bool            // of all facts
	unique   map[string]event.Stream
	wrapped  map[string][]byte
	era      int64 // of the rows; another begins when one is altered
	hooks    hooks
	reads    atomic.Int64
	confirms atomic.Int64
}

var (
	_ ports.EventStore = (*Store)(nil)
	_ ports.Directory  = (*Store)(nil)
	_ ports.EventFeed  = (*Store)(nil)
)

// NewStore makes an empty store.
func NewStore() *Store {
	return &Store{
		versions: map[event.Stream]event.Version{}, rows: map[event.Stream]ports.Row{}, purged: map[event.Stream]ports.Row{}, ids: map[string]bool{},
		unique: map[string]event.Stream{}, wrapped: map[string][]byte{}, era: 1,
	}
}

// Append implements ports.EventStore.
func (s *Store) Append(ctx context.Context, c ports.Commit) error {
	err := s.hooks.beforeAppend(ctx)
	if err != nil {
		return err
	}
	c.RunBeside()
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.judge(c)
	if err != nil {
		return err
	}
	for _, k := range c.NewKeys {
		s.wrapped[k.Account] = k.Wrapped
	}
	for _, a := range c.Appends {
		s.write(a)
	}
	for _, account := range c.Destroy {
		delete(s.wrapped, account)
	}
	return nil
}

func (s *Store) judge(c ports.Commit) error {
	if c.Era != 0 && c.Era != s.era {
		return fmt.Errorf("rows of era %d were read: %w", c.Era, ports.ErrConflict)
	}
	for _, a := range c.Appends {
		err := s.wellFormed(a)
		if err != nil {
			return err
		}
		if s.versions[a.Stream] != a.Expected {
			return fmt.Errorf("%s is at version %d, not %d: %w", a.Stream, s.versions[a.Stream], a.Expected, ports.ErrConflict)
		}
	}
	for _, e := range c.Expects {
		if s.rows[e.Stream].Version != e.Version {
			return fmt.Errorf("%s was read at version %d: %w", e.Stream, e.Version, ports.ErrConflict)
		}
	}
	for _, census := range c.Census {
		if !s.counts(census) {
			return fmt.Errorf("the live %ss of account %s: %w", census.Kind, census.Account, ports.ErrConflict)
		}
	}
	return s.judgeKeys(c)
}

var errMalformed = errors.New("malformed append")

func (s *Store) wellFormed(a ports.Append) error {
	if len(a.Facts) == 0 || a.Row != nil && a.Row.Stream != a.Stream {
		return errMalformed
	}
	for i, f := range a.Facts {
		if f.ID == "" || s.ids[f.ID] || f.Version != a.Expected+event.Version(i)+1 || slices.Contains([]byte(f.Cause), 0) {
			return errMalformed
		}
	}
	return nil
}

// judgeKeys looks at what would be held after all releases of the commit.
func (s *Store) judgeKeys(c ports.Commit) error {
	released, claimed := map[string]bool{}, map[string]event.Stream{}
	for _, a := range c.Appends {
		for _, k := range a.Release {
			released[name(k)] = released[name(k)] || s.unique[name(k)] == a.Stream
		}
	}
	for _, a := range c.Appends {
		for _, k := range a.Claim {
			holder, held := s.unique[name(k)]
			other, twice := claimed[name(k)]
			if held && holder != a.Stream && !released[name(k)] || twice && other != a.Stream {
				return &ports.TakenError{Kind: k.Kind}
			}
			claimed[name(k)] = a.Stream
		}
	}
	return nil
}

func name(k ports.UniqueKey) string { return k.Kind + "\x00" + string(k.Digest) }

func (s *Store) write(a ports.Append) {
	for _, f := range a.Facts {
		f.Stream, f.Position = a.Stream, event.Position(len(s.log)+1)
		s.log, s.ids[f.ID] = append(s.log, f), true
	}
	s.versions[a.Stream] += event.Version(len(a.Facts))
	if a.Row != nil {
		s.rows[a.Stream] = *a.Row
		delete(s.purged, a.Stream)
	} else {
		delete(s.rows, a.Stream)
	}
	for _, k := range a.Release {
		if s.unique[name(k)] == a.Stream {
			delete(s.unique, name(k))
		}
	}
	for _, k := range a.Claim {
		s.unique[name(k)] = a.Stream
	}
}

// Load implements ports.EventStore.
func (s *Store) Load(ctx context.Context, streams []event.Stream) ([]ports.Row, error) {
	s.reads.Add(1)
	err := s.hooks.outage(ctx)
	if err != nil {
		return nil, err
	}
	return s.load(streams), nil
}

func (s *Store) load(streams []event.Stream) []ports.Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	wanted := map[event.Stream]bool{}
	for _, stream := range streams {
		wanted[stream] = true
		if row, exists := s.rows[stream]; exists {
			wanted[event.Stream{Kind: "account", ID: row.Account}] = true
			wanted[event.Stream{Kind: "client", ID: row.Client}] = true
		}
	}
	var found []ports.Row
	for stream := range wanted {
		if row, exists := s.rows[stream]; exists {
			row.Key, row.Era = s.wrapped[row.Account], s.era
			found = append(found, row)
		}
	}
	return found
}

// Confirm implements ports.EventStore.
func (s *Store) Confirm(ctx context.Context, read []ports.Expectation, era int64) (bool, error) {
	s.confirms.Add(1)
	err := s.hooks.outage(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range read {
		if s.rows[e.Stream].Version != e.Version {
			return false, err
		}
	}
	return era == s.era, err
}

// History implements ports.EventStore.
func (s *Store) History(ctx context.Context, of event.Stream, after event.Version) iter.Seq2[event.Fact, error] {
	return func(yield func(event.Fact, error) bool) {
		err := s.hooks.outage(ctx)
		if err != nil {
			yield(event.Fact{}, err)
			return
		}
		for _, f := range s.Facts() {
			if f.Stream == of && f.Version > after && !yield(f, nil) {
				return
			}
		}
	}
}

// Reads is how often something was loaded or looked for.
func (s *Store) Reads() int { return int(s.reads.Load()) }

// Confirms is how often the store was asked whether something stands.
func (s *Store) Confirms() int { return int(s.confirms.Load()) }

// Facts is the whole log.
func (s *Store) Facts() []event.Fact {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}

// Rows are all state rows, in no order.
func (s *Store) Rows() []ports.Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []ports.Row
	for _, row := range s.rows {
		row.Key = s.wrapped[row.Account]
		all = append(all, row)
	}
	return all
}

// Alter changes a state row behind the ledger's back, as another binary could have left it.
func (s *Store) Alter(stream event.Stream, change func(*ports.Row)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	row := s.rows[stream]
	change(&row)
	s.rows[stream] = row
	s.era++
}
