package bunstore

import (
	"strings"
	"time"

	"github.com/uptrace/bun"

	"writ/domain/event"
	"writ/ports"
)

// eventRow is a fact as its table keeps it.
type eventRow struct {
	bun.BaseModel `bun:"table:events"`

	Position int64  `bun:"position,pk"`
	ID       string `bun:"id"`
	Stream   string `bun:"stream"`
	Kind     string `bun:"kind"`
	Version  int64  `bun:"version"`
	Name     string `bun:"name"`
	Revision int    `bun:"revision"`
	At       int64  `bun:"at"`
	Cause    string `bun:"cause"`
	Data     []byte `bun:"data"`
}

func eventRowOf(f event.Fact, position event.Position) eventRow {
	return eventRow{
		Position: int64(position), ID: f.ID, Stream: f.Stream.String(), Kind: f.Stream.Kind,
		Version: int64(f.Version), Name: f.Name, Revision: int(f.Revision), At: micros(f.At),
		Cause: f.Cause, Data: present(f.Data),
	}
}

func (r eventRow) fact() event.Fact {
	return event.Fact{
		ID: r.ID, Stream: streamOf(r.Stream), Version: event.Version(r.Version),
		Position: event.Position(r.Position), Name: r.Name, Revision: event.Revision(r.Revision),
		At: timeOf(r.At), Cause: r.Cause, Data: r.Data,
	}
}

// stateRow is a state as its table keeps it.
type stateRow struct {
	bun.BaseModel `bun:"table:states,alias:s"`

	Stream  string `bun:"stream,pk"`
	Kind    string `bun:"kind"`
	Version int64  `bun:"version"`
	Shape   int    `bun:"shape"`
	Account string `bun:"account"`
	Client  string `bun:"client"`
	Ends    int64  `bun:"ends"`
	Keep    int64  `bun:"keep"`
	Data    []byte `bun:"data"`

	was int64 // the version of the row that this one replaces; 0: it begins
}

func stateRowOf(r ports.Row) stateRow {
	return stateRow{
		Stream: r.Stream.String(), Kind: r.Stream.Kind, Version: int64(r.Version), Shape: r.Shape,
		Account: r.Account, Client: r.Client, Ends: micros(r.Ends), Keep: micros(r.Keep),
		Data: present(r.Data),
	}
}

// keyedRow is a state with the wrapped key of its account, as queries bring it.
type keyedRow struct {
	stateRow `bun:",extend"`

	Wrapped []byte `bun:"wrapped"`
}

// isAccount reports whether the row is that of the account which it belongs to.
func (r keyedRow) isAccount() bool { return r.Stream == "account/"+r.Account }

func (r keyedRow) row() ports.Row {
	return ports.Row{
		Stream: streamOf(r.Stream), Version: event.Version(r.Version), Shape: r.Shape,
		Account: r.Account, Client: r.Client, Ends: timeOf(r.Ends), Keep: timeOf(r.Keep),
		Data: r.Data, Key: r.Wrapped,
	}
}

// keyRow is a unique key and the stream that holds it.
type keyRow struct {
	bun.BaseModel `bun:"table:unique_keys"`

	Kind   string `bun:"kind,pk"`
	Digest []byte `bun:"digest,pk"`
	Stream string `bun:"stream"`
}

// draftKeyRow is a unique key that a stream has in a draft, whoever else has it there.
type draftKeyRow struct {
	bun.BaseModel `bun:"table:draft_keys"`

	Stream string `bun:"stream,pk"`
	Kind   string `bun:"kind,pk"`
	Digest []byte `bun:"digest,pk"`
}

// accountKeyRow is the wrapped key of an account.
type accountKeyRow struct {
	bun.BaseModel `bun:"table:account_keys"`

	Account string `bun:"account,pk"`
	Wrapped []byte `bun:"wrapped"`
}

// purgedRow says that a stream had a state row, whom that belonged to, and at which version it was
// purged.
type purgedRow struct {
	bun.BaseModel `bun:"table:purged"`

	Stream  string `bun:"stream,pk"`
	Version int64  `bun:"version"`
	Account string `bun:"account"`
	Client  string `bun:"client"`
}

// streamOf reads a stream's stored name. A kind has no slash, an id may have.
func streamOf(name string) event.Stream {
	kind, id, _ := strings.Cut(name, "/")
	return event.Stream{Kind: kind, ID: id}
}

// micros is how a time is stored: microseconds since 1970, and 0 for the zero time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func timeOf(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// present makes a missing payload an empty one, for columns do not take NULL.
func present(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
