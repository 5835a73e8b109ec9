package eventsourcing

import (
	"bytes"
	"reflect"
	"sync"

	"writ/domain/account"
	"writ/domain/authorization"
	"writ/domain/client"
	"writ/domain/device"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/ports"
)

// memory keeps states as they were last read or written here, for most decisions are made on what
// was seen a moment ago: nearly every token on the same few clients and accounts, and what people and
// devices carry along, codes and the grants behind refresh tokens, mostly where it was given out.
// What it holds may be stale at any moment, so there are two ways to use it and no other:
//
//   - It counts only once the store has confirmed that every stream that was looked at is where it was
//     remembered: the commit of a decision does, and of what records nothing, a refusal or a question,
//     a look at the versions after the call began. What they do not confirm is read, and decided again.
//   - Where a row was read, a remembered state saves decoding and decrypting it again, if the row is
//     the same to the byte.
//
// What confirms, confirms versions and the era in which the rows were read: when a row is derived again
// without a new version, because it had been wrong, another era begins, and what is remembered of the
// one before confirms nothing.
//
// It is bounded, and so is the personal data in it, which is that of accounts lately seen. What this
// process changes or erases goes out of it at once, or is remembered as it is now; what another one
// did, when it is next looked at or pushed out. It is safe for concurrent use.
type memory struct {
	lasting shelf // what many decisions look at and few change
	passing shelf // what few decisions look at, most of which change it
}

func newMemory(lasting, passing int) *memory {
	m := &memory{}
	m.lasting.open(lasting)
	m.passing.open(passing)
	return m
}

// remembered is one state with the row that it was read from. It is never written to: aggregates
// decide on a copy, and copy what they change behind its slices and pointers.
type remembered struct {
	row   ports.Row   // of what passes without its data
	state event.State // nil: nothing older than the row's version may be remembered
	index event.Index
}

// The bounds of how many states a ledger keeps.
const (
	maxLasting = 4096
	maxPassing = 8192 // some 6 MiB
)

// shelf is where states of a kind are kept; nil: nowhere.
func (m *memory) shelf(kind string) *shelf {
	switch kind {
	case client.Kind, account.Kind:
		return &m.lasting
	case grant.Kind, authorization.Kind, device.Kind:
		return &m.passing
	default:
		return nil
	}
}

// of is what is remembered of a stream, or nil.
func (m *memory) of(s event.Stream) *remembered {
	on := m.shelf(s.Kind)
	if on == nil {
		return nil
	}
	return on.of(s)
}

// keep remembers a state that was read from a row.
func (m *memory) keep(row ports.Row, state event.State, index event.Index) {
	row.Key = bytes.Clone(row.Key) // this and the data may be parts of a larger answer
	switch on := m.shelf(row.Stream.Kind); on {
	case nil:
	case &m.lasting:
		row.Data = bytes.Clone(row.Data)
		on.put(&remembered{row: row, state: copyOf(state), index: index})
	case &m.passing:
		row.Data = nil
		on.put(&remembered{row: row, state: copyOf(state), index: index})
	}
}

// moved remembers the state in which this process has left a stream. Of what lasts it only forgets
// what was before: that is read again the next time, with whatever others are changing about it. A
// slower reader does not bring back what it saw before.
func (m *memory) moved(row ports.Row, state event.State, index event.Index) {
	switch on := m.shelf(row.Stream.Kind); {
	case on == nil:
	case on == &m.lasting, row.Era == 0:
		on.put(&remembered{row: ports.Row{Stream: row.Stream, Version: row.Version}})
	default:
		row.Data = nil
		on.put(&remembered{row: row, state: copyOf(state), index: index})
	}
}

// forget lets go of a stream altogether.
func (m *memory) forget(s event.Stream) {
	if on := m.shelf(s.Kind); on != nil {
		on.forget(s)
	}
}

// shelf is a bounded part of a memory. It is safe for concurrent use.
type shelf struct {
	mu    sync.RWMutex
	half  int // of the bound
	young map[event.Stream]*remembered
	old   map[event.Stream]*remembered // what was not asked for since young was empty goes next
}

func (h *shelf) open(most int) {
	h.half, h.young = (most+1)/2, map[event.Stream]*remembered{}
}

func (h *shelf) of(s event.Stream) *remembered {
	h.mu.RLock()
	r, aged := h.young[s], false
	if r == nil {
		r = h.old[s]
		aged = r != nil
	}
	h.mu.RUnlock()
	if aged {
		h.put(r)
	}
	if r == nil || r.state == nil {
		return nil
	}
	return r
}

// put lets the newest version win.
func (h *shelf) put(r *remembered) {
	s := r.row.Stream
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, known := range []*remembered{h.young[s], h.old[s]} {
		if known != nil && known.row.Version > r.row.Version {
			return
		}
	}
	if len(h.young) >= h.half && h.young[s] == nil {
		h.young, h.old = make(map[event.Stream]*remembered, h.half), h.young
	}
	h.young[s] = r
	delete(h.old, s)
}

func (h *shelf) forget(s event.Stream) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.young, s)
	delete(h.old, s)
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
