package eventsourcing

import (
	"encoding/binary"

	"writ/domain/authorization"
	"writ/domain/device"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/ports"
)

// passing keeps the rows of what people and devices carry about, as they were last read or written
// here: codes, and the grants behind refresh tokens. Each is looked at again soon, mostly at the server
// that gave it out, and is another one afterwards. What it holds is used as a memory is, and is kept as
// the bytes that a store would bring.
//
// Codes have room of their own: each that is redeemed leaves a grant, so that in one ring those that were
// redeemed would push out those that are next.
type passing struct{ codes, grants *ring }

// Room for some 11000 codes and 4500 grants.
const (
	codeBytes  = 6 << 20
	grantBytes = 3 << 20
)

// passes reports whether a kind is kept.
func passes(kind string) bool {
	return kind == grant.Kind || kind == authorization.Kind || kind == device.Kind
}

func newPassing() passing { return passing{newRing(codeBytes), newRing(grantBytes)} }

// ring is where a kind is kept, or nil.
func (p passing) ring(kind string) *ring {
	switch kind {
	case authorization.Kind, device.Kind:
		return p.codes
	case grant.Kind:
		return p.grants
	default:
		return nil
	}
}

// keep remembers a row that was read or written in an era; 0: it is not known in which.
func (p passing) keep(row ports.Row) {
	rows := p.ring(row.Stream.Kind)
	switch {
	case rows == nil:
	case row.Era == 0:
		rows.forget(row.Stream.String())
	default:
		content := make([]byte, 0, 3*binary.MaxVarintLen64+len(row.Key)+len(row.Data))
		content = binary.AppendVarint(content, row.Era)
		content = binary.AppendVarint(content, int64(row.Shape))
		content = binary.AppendUvarint(content, uint64(len(row.Key)))
		content = append(append(content, row.Key...), row.Data...)
		rows.put(row.Stream.String(), uint64(row.Version), content)
	}
}

// of is the row that is remembered of a stream, as far as it says what the state is.
func (p passing) of(s event.Stream) (row ports.Row, is bool) {
	rows := p.ring(s.Kind)
	if rows == nil {
		return row, false
	}
	content, version, is := rows.get(s.String())
	if !is {
		return row, false
	}
	row = ports.Row{Stream: s, Version: event.Version(version)}
	var n int
	row.Era, n = binary.Varint(content)
	content = content[n:]
	shape, n := binary.Varint(content)
	content = content[n:]
	row.Shape = int(shape)
	key, n := binary.Uvarint(content)
	row.Key, row.Data = content[n:n+int(key):n+int(key)], content[n+int(key):]
	if key == 0 {
		row.Key = nil
	}
	return row, true
}

func (p passing) forget(s event.Stream) {
	if rows := p.ring(s.Kind); rows != nil {
		rows.forget(s.String())
	}
}
