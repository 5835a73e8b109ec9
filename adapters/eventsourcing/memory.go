package eventsourcing

import (
	"bytes"
	"reflect"
	"sync"

	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/event"
	"writ/ports"
)

// memory keeps the states of clients and accounts as they were last read, for nearly every token is
// decided on the same few of them. What it holds may be stale at any moment, so there are two ways
// to use it and no other:
//
//   - It counts only once the store has confirmed that every stream that was looked at is where it was
//     remembered: the commit of a decision does, and of what records nothing, a refusal or a question,
//     a look at the versions after the call began. What they do not confirm is read, and decided again.
//   - Where a row was read, a remembered state saves decoding and decrypting it again, if the row is
//     the same to the byte.
//
// What confirms, confirms versions, and the era in which the rows were read: when a row is derived again
// without a new version, because it had been wrong, another era begins, and what is remembered of the
// one before confirms nothing.
//
// It is bounded, and so is the personal data in it, which is that of accounts lately seen. What this
// process changes or erases goes out of it at once; what another one did, when it is next looked at
// or pushed out. It is safe for concurrent use.
type memory struct {
	mu    sync.RWMutex
	half  int // of the bound
	young map[event.Stream]*remembered
	old   map[event.Stream]*remembered // what was not asked for since young was empty goes next
}

// remembered is one state with the row that it was read from. It is never written to: aggregates
// decide on a copy, and copy what they change behind its slices and pointers.
type remembered struct {
	row   ports.Row
	state event.State // nil: nothing older than the row's version may be remembered
	index event.Index
}

// maxRemembered bounds how many states a ledger keeps.
const maxRemembered = 4096

func newMemory(most int) *memory {
	return &memory{half: (most + 1) / 2, young: map[event.Stream]*remembered{}}
}

// memorable are the kinds that many decisions look at and few change.
func memorable(kind string) bool { return kind == client.Kind || kind == account.Kind }

// of is what is remembered of a stream, or nil.
func (m *memory) of(s event.Stream) *remembered {
	if !memorable(s.Kind) {
		return nil
	}
	m.mu.RLock()
	r, aged := m.young[s], false
	if r == nil {
		r = m.old[s]
		aged = r != nil
	}
	m.mu.RUnlock()
	if aged {
		m.put(r)
	}
	if r == nil || r.state == nil {
		return nil
	}
	return r
}

// keep remembers a state that was read from a row.
func (m *memory) keep(row ports.Row, state event.State, index event.Index) {
	if !memorable(row.Stream.Kind) {
		return
	}
	row.Data, row.Key = bytes.Clone(row.Data), bytes.Clone(row.Key) // these may be parts of a larger answer
	m.put(&remembered{row: row, state: copyOf(state), index: index})
}

// outdate forgets what is remembered of a stream that this process has moved to a version. A slower
// reader does not bring back what it saw before.
func (m *memory) outdate(s event.Stream, v event.Version) {
	if memorable(s.Kind) {
		m.put(&remembered{row: ports.Row{Stream: s, Version: v}})
	}
}

// put lets the newest version win.
func (m *memory) put(r *remembered) {
	s := r.row.Stream
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, known := range []*remembered{m.young[s], m.old[s]} {
		if known != nil && known.row.Version > r.row.Version {
			return
		}
	}
	if len(m.young) >= m.half && m.young[s] == nil {
		m.young, m.old = make(map[event.Stream]*remembered, m.half), m.young
	}
	m.young[s] = r
	delete(m.old, s)
}

// forget lets go of a stream altogether.
func (m *memory) forget(s event.Stream) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.young, s)
	delete(m.old, s)
}

// isOf reports whether the state is what reading the row again would give.
func (r *remembered) isOf(row *ports.Row) bool {
	return r.row.Version == row.Version && r.row.Shape == row.Shape && r.row.Account == row.Account &&
		bytes.Equal(r.row.Data, row.Data) && bytes.Equal(r.row.Key, row.Key)
}

// fill gives an aggregate a copy of the state to decide on.
func (r *remembered) fill(a event.Aggregate) {
	a.Core().Found(r.row.Stream, r.row.Version)
	reflect.ValueOf(a.State()).Elem().Set(reflect.ValueOf(r.state).Elem())
}

func copyOf(s event.State) event.State {
	c := reflect.New(reflect.TypeOf(s).Elem())
	c.Elem().Set(reflect.ValueOf(s).Elem())
	return c.Interface().(event.State)
}
