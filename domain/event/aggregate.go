package event

import "time"

// Aggregate is what storage sees of a thing that decides. Implementations embed Root and are not
// safe for concurrent use: each decision works on its own copy.
type Aggregate interface {
	// Core gives the identity, the version and what was recorded.
	Core() *Root
	// Catalogue says how the aggregate's events are stored.
	Catalogue() *Catalogue
	// State points at what the state row keeps; storage fills it and writes it. Several aggregates
	// may be filled with one state whose slices and pointers they share, so events replace what is
	// behind these and never write into it. Aggregates that are never read, such as a single
	// issuance, have nil and no row.
	State() State
	// Replay applies an event of the catalogue that happened at the time given. It decides
	// nothing: history is never refused.
	Replay(e any, at time.Time)
}

// State is what the state row of an aggregate keeps, so that loading it is one read however long
// its history is.
type State interface {
	// Shape numbers the form of the state. A row of another shape is not read: the stream is
	// replayed instead.
	Shape() int
	// Index says how the row is found.
	Index() Index
}

// Index is how a state row is found, and when it has served its time.
type Index struct {
	Account string    // the account it belongs to, or empty
	Client  string    // the client it belongs to, or empty
	Ends    time.Time // from here on it is no longer live; zero: it does not end by itself
	Keep    time.Time // from here on the row may be purged; zero: never
	Unique  []Unique  // what no other stream may hold at the same time
}

// Unique is a value that at most one stream holds, such as a handle.
type Unique struct{ Kind, Value string }

// Links are the ids that other aggregates of a decision are found by: those of the account and
// the client that a state row belongs to.
func (i Index) Links(kind string) string {
	switch kind {
	case "account":
		return i.Account
	case "client":
		return i.Client
	default:
		return ""
	}
}

// Recorded is an event that a decision recorded and that is not yet in the log.
type Recorded struct {
	Event any
	At    time.Time
}

// Root is the part that all aggregates share: which stream they are, how far it was read and what
// was recorded since.
type Root struct {
	stream   Stream
	version  Version
	unborn   bool
	cause    string
	recorded []Recorded
}

// Existing is the root of an aggregate that storage is to look for.
func Existing(kind, id string) Root { return Root{stream: Stream{Kind: kind, ID: id}} }

// Unborn is the root of an aggregate that is to begin: storage does not look for it, and its
// first event is refused when the stream exists after all.
func Unborn(kind, id string) Root { return Root{stream: Stream{Kind: kind, ID: id}, unborn: true} }

// Core implements Aggregate for whatever embeds a Root.
func (r *Root) Core() *Root { return r }

// Stream is the aggregate's own.
func (r *Root) Stream() Stream { return r.stream }

// ID is the id within the kind.
func (r *Root) ID() string { return r.stream.ID }

// Version is that of the stream as it was read, without what was recorded since.
func (r *Root) Version() Version { return r.version }

// IsUnborn reports whether the aggregate was made to begin a stream.
func (r *Root) IsUnborn() bool { return r.unborn }

// Exists reports whether the stream has any fact, recorded ones included.
func (r *Root) Exists() bool { return r.version > 0 || len(r.recorded) > 0 }

// Record keeps an event for the commit. The aggregate applies it itself.
func (r *Root) Record(e any, at time.Time) {
	r.recorded = append(r.recorded, Recorded{Event: e, At: at})
}

// CausedBy names the message from outside that the next events follow from.
func (r *Root) CausedBy(message string) { r.cause = message }

// Cause is that message's id, or empty.
func (r *Root) Cause() string { return r.cause }

// Recorded is what was recorded since the aggregate was read, oldest first.
func (r *Root) Recorded() []Recorded { return r.recorded }

// Found says which stream was read, and up to which version. Storage calls it, when it filled the
// state and before the decision.
func (r *Root) Found(s Stream, v Version) { r.stream, r.version, r.recorded = s, v, nil }
