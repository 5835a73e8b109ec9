package bunstore_test

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"writ/adapters/bunstore"
	"writ/domain/event"
	"writ/ports"
)

// reference is what a log should be: maps, and one commit after the other. Its streams and keys are
// few, so that commits meet, and its own, so that one log serves many references.
type reference struct {
	streams  []event.Stream
	keys     []string
	from     event.Position // of the log, when the reference began
	versions map[event.Stream]event.Version
	rows     map[event.Stream]event.Version
	holders  map[string]event.Stream
	owned    map[event.Stream]bool // rows that belong to the account of a census
}

func newReference(from event.Position) *reference {
	own := rand.Text()
	m := &reference{from: from, keys: []string{"x" + own, "y" + own, "z" + own}}
	for _, kind := range []string{"account", "client", "grant", "token"} {
		m.streams = append(m.streams, event.Stream{Kind: kind, ID: own})
	}
	return m.empty()
}

// empty is a reference of the same streams and keys in which nothing happened.
func (m *reference) empty() *reference {
	e := *m
	e.versions, e.rows = map[event.Stream]event.Version{}, map[event.Stream]event.Version{}
	e.holders, e.owned = map[string]event.Stream{}, map[event.Stream]bool{}
	return &e
}

func (m *reference) clone() *reference {
	c := *m
	c.versions, c.rows, c.holders = maps.Clone(m.versions), maps.Clone(m.rows), maps.Clone(m.holders)
	c.owned = maps.Clone(m.owned)
	return &c
}

// append is the contract of EventStore.Append, word by word.
func (m *reference) append(c ports.Commit) error {
	for _, e := range c.Expects {
		if m.rows[e.Stream] != e.Version {
			return ports.ErrConflict
		}
	}
	for _, a := range c.Appends {
		if m.versions[a.Stream] != a.Expected {
			return ports.ErrConflict
		}
	}
	for _, census := range c.Census {
		if !m.counts(census) {
			return ports.ErrConflict
		}
	}
	holders := maps.Clone(m.holders)
	for _, a := range c.Appends {
		for _, k := range a.Release {
			if holders[string(k.Digest)] == a.Stream {
				delete(holders, string(k.Digest))
			}
		}
	}
	for _, a := range c.Appends {
		for _, k := range a.Claim {
			holder, held := holders[string(k.Digest)]
			if held && holder != a.Stream {
				return &ports.TakenError{Kind: k.Kind}
			}
			holders[string(k.Digest)] = a.Stream
		}
	}
	m.holders = holders
	for _, a := range c.Appends {
		m.versions[a.Stream] += event.Version(len(a.Facts))
		delete(m.rows, a.Stream)
		delete(m.owned, a.Stream)
		if a.Row != nil {
			m.rows[a.Stream] = a.Row.Version
			if a.Row.Account != "" {
				m.owned[a.Stream] = true
			}
		}
	}
	return nil
}

func (m *reference) counts(c ports.Census) bool {
	live := 0
	for s := range m.owned {
		if s.Kind == c.Kind {
			live++
		}
	}
	for _, s := range c.Streams {
		if !m.owned[s] {
			return false
		}
	}
	return live == len(c.Streams)
}

// drawCommit makes a commit that is right about most of what it expects.
func (m *reference) drawCommit(t *rapid.T) ports.Commit {
	var c ports.Commit
	order := rapid.Permutation(m.streams).Draw(t, "streams")
	moved := rapid.IntRange(1, 2).Draw(t, "moved")
	for _, s := range order[:moved] {
		off := event.Version(rapid.SampledFrom([]int{0, 0, 0, 0, 1}).Draw(t, "off"))
		c.Appends = append(c.Appends, m.drawAppend(t, s, m.versions[s]+off))
	}
	for _, s := range order[moved : moved+rapid.IntRange(0, 1).Draw(t, "read")] {
		off := event.Version(rapid.SampledFrom([]int{0, 0, 0, 1}).Draw(t, "off"))
		c.Expects = append(c.Expects, ports.Expectation{Stream: s, Version: m.rows[s] + off})
	}
	if rapid.IntRange(0, 3).Draw(t, "census") == 0 {
		c.Census = []ports.Census{m.drawCensus(t)}
	}
	return c
}

// drawCensus is right about half of the time. Each kind has one stream.
func (m *reference) drawCensus(t *rapid.T) ports.Census {
	s := rapid.SampledFrom(m.streams).Draw(t, "counted")
	c := ports.Census{Account: "of " + m.streams[0].ID, Kind: s.Kind, Live: time.UnixMicro(1)}
	if rapid.Bool().Draw(t, "live") {
		c.Streams = []event.Stream{s}
	}
	return c
}

func (m *reference) drawAppend(t *rapid.T, s event.Stream, expected event.Version) ports.Append {
	a := ports.Append{Stream: s, Expected: expected}
	for range rapid.IntRange(1, 2).Draw(t, "facts") {
		v := expected + event.Version(len(a.Facts)+1)
		a.Facts = append(a.Facts, event.Fact{ID: rand.Text(), Stream: s, Version: v, Name: "happened", Revision: 1})
	}
	if rapid.IntRange(0, 4).Draw(t, "row") > 0 && s.Kind != "token" {
		a.Row = &ports.Row{Stream: s, Version: expected + event.Version(len(a.Facts)), Shape: 1}
		if rapid.Bool().Draw(t, "owned") {
			a.Row.Account = "of " + m.streams[0].ID
		}
	}
	for _, k := range rapid.SliceOfNDistinct(rapid.SampledFrom(m.keys), 0, 2, rapid.ID).Draw(t, "keys") {
		key := ports.UniqueKey{Kind: "handle", Digest: []byte(k)}
		if rapid.Bool().Draw(t, "claim") {
			a.Claim = append(a.Claim, key)
		} else {
			a.Release = append(a.Release, key)
		}
	}
	return a
}

func TestAppendIsWhatTheContractSays(t *testing.T) {
	for name, open := range map[string]opener{"SQLite": sqliteProcesses, "PostgreSQL": postgresProcesses} {
		t.Run(name, func(t *testing.T) {
			store := open(t)()
			t.Run("one after the other", func(t *testing.T) {
				rapid.Check(t, func(r *rapid.T) { followsReference(t, r, store) })
			})
			t.Run("at once", func(t *testing.T) {
				rapid.Check(t, func(r *rapid.T) { serialises(t, r, store) })
			})
		})
	}
}

func begin(t *testing.T, s *bunstore.Store) *reference {
	t.Helper()
	head, err := s.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return newReference(head)
}

func followsReference(t *testing.T, r *rapid.T, s *bunstore.Store) {
	m := begin(t, s)
	for i := range rapid.IntRange(1, 20).Draw(r, "commits") {
		c := m.drawCommit(r)
		want, got := m.append(c), s.Append(t.Context(), c)
		if outcome(want) != outcome(got) {
			r.Fatalf("commit %d gave %v, want %v: %+v", i, got, want, c)
		}
	}
	agree(t, r, s, m)
}

// serialises runs commits at once, and then wants that those which succeeded are what the reference
// makes of them in the order of their positions.
func serialises(t *testing.T, r *rapid.T, s *bunstore.Store) {
	m := begin(t, s)
	for range rapid.IntRange(1, 4).Draw(r, "rounds") {
		commits := make([]ports.Commit, rapid.IntRange(2, 12).Draw(r, "commits"))
		for i := range commits {
			commits[i] = m.drawCommit(r)
		}
		errs := make([]error, len(commits))
		all(t, len(commits), inBackground(len(commits), func(i int) error {
			errs[i] = s.Append(t.Context(), commits[i])
			return nil
		}))
		replay(t, r, s, m, commits, errs)
		agree(t, r, s, m)
	}
}

func replay(t *testing.T, r *rapid.T, s *bunstore.Store, m *reference, commits []ports.Commit, errs []error) {
	won := 0
	positions := positionsOf(t, s, m.from)
	order := make([]int, len(commits))
	for i := range order {
		order[i] = i
		if errs[i] == nil {
			won++
		} else if outcome(errs[i]) == "outage" {
			r.Fatalf("commit %d: %v", i, errs[i])
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Compare(positions[commits[a].Appends[0].Facts[0].ID], positions[commits[b].Appends[0].Facts[0].ID])
	})
	for _, i := range order {
		committed := positions[commits[i].Appends[0].Facts[0].ID] > 0
		if committed != (errs[i] == nil) {
			r.Fatalf("commit %d gave %v, and is in the log: %t", i, errs[i], committed)
		}
		if !committed {
			continue
		}
		err := m.append(commits[i])
		if err != nil {
			r.Fatalf("commit %d succeeded, want %v", i, err)
		}
	}
	for i, c := range commits { // with nobody else at work, one that failed without reason succeeds
		if won == 0 && m.clone().append(c) == nil {
			r.Fatalf("nobody won, and commit %d gave %v", i, errs[i])
		}
	}
}

func positionsOf(t *testing.T, s *bunstore.Store, after event.Position) map[string]event.Position {
	facts, err := s.Read(t.Context(), after, 10000)
	if err != nil {
		t.Fatal(err)
	}
	positions := map[string]event.Position{}
	for i, f := range facts {
		if f.Position != after+event.Position(i+1) {
			t.Fatalf("fact %d has position %d", i, f.Position)
		}
		positions[f.ID] = f.Position
	}
	return positions
}

// agree compares what the store holds with what the reference does.
func agree(t *testing.T, r *rapid.T, s *bunstore.Store, m *reference) {
	rows, err := s.Load(t.Context(), m.streams)
	if err != nil {
		r.Fatal(err)
	}
	got := m.empty()
	for _, row := range rows {
		got.rows[row.Stream] = row.Version
		if row.Account != "" {
			got.owned[row.Stream] = true
		}
	}
	for _, stream := range m.streams {
		for f, err := range s.History(t.Context(), stream, 0) {
			if err != nil {
				r.Fatal(err)
			}
			got.versions[stream] = f.Version
		}
	}
	for _, k := range m.keys {
		holder, err := s.Find(t.Context(), ports.UniqueKey{Kind: "handle", Digest: []byte(k)})
		if err == nil {
			got.holders[k] = holder
		}
	}
	if diff := gocmp.Diff(m, got, gocmp.AllowUnexported(reference{})); diff != "" {
		r.Fatalf("the store differs from the reference (-want +got):\n%s", diff)
	}
}

func outcome(err error) string {
	var taken *ports.TakenError
	switch {
	case err == nil:
		return "committed"
	case errors.Is(err, ports.ErrConflict):
		return "conflict"
	case errors.As(err, &taken):
		return fmt.Sprintf("%s taken", taken.Kind)
	default:
		return "outage"
	}
}
