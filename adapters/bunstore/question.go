package bunstore

import (
	"strings"

	"github.com/uptrace/bun"

	"writ/domain/event"
	"writ/ports"
)

// keyName identifies a unique key; the digest is its raw bytes.
type keyName struct{ kind, digest string }

func keyNameOf(k ports.UniqueKey) keyName { return keyName{k.Kind, string(k.Digest)} }

// question is what must be known before commits can be judged, gathered over a whole batch.
type question struct {
	streams []string
	keys    []keyName
	asked   map[any]bool
}

func (q *question) stream(s event.Stream) {
	if name := s.String(); q.first(name) {
		q.streams = append(q.streams, name)
	}
}

func (q *question) key(k ports.UniqueKey) {
	if name := keyNameOf(k); q.first(name) {
		q.keys = append(q.keys, name)
	}
}

func (q *question) first(name any) bool {
	if q.asked == nil {
		q.asked = map[any]bool{}
	}
	known := q.asked[name]
	q.asked[name] = true
	return !known
}

// about adds what one commit depends on.
func (q *question) about(c ports.Commit) {
	for _, e := range c.Expects {
		q.stream(e.Stream)
	}
	for _, a := range c.Appends {
		q.stream(a.Stream)
		for _, k := range a.Claim {
			q.key(k)
		}
		for _, k := range a.Release {
			q.key(k)
		}
	}
}

// streamsQuery asks for the versions of streams. A stream without a state row is looked up in the
// log itself, by the end of an index, so that one whose row was purged is not begun again.
func (q *question) streamsQuery(gen bunQueries) *bun.RawQuery {
	args := make([]any, len(q.streams))
	for i, s := range q.streams {
		args[i] = s
	}
	values := strings.TrimSuffix(strings.Repeat("(?),", len(args)), ",")
	return gen.NewRaw(`WITH asked(stream) AS (VALUES `+values+`)
		SELECT asked.stream, COALESCE(s.version, 0) AS row_version, COALESCE(s.version,
			(SELECT MAX(e.version) FROM events AS e WHERE e.stream = asked.stream), 0) AS version
		FROM asked LEFT JOIN states AS s ON s.stream = asked.stream`, args...)
}

// keysQuery asks who holds keys. The condition is one per kind, for there are few kinds.
func (q *question) keysQuery(gen bunQueries) *bun.RawQuery {
	digests := map[string][][]byte{}
	for _, k := range q.keys {
		digests[k.kind] = append(digests[k.kind], []byte(k.digest))
	}
	var where []string
	var args []any
	for kind, of := range digests {
		where = append(where, "(kind = ? AND digest IN (?))")
		args = append(args, kind, bun.List(of))
	}
	return gen.NewRaw("SELECT kind, digest, stream FROM unique_keys WHERE "+strings.Join(where, " OR "), args...)
}

// bunQueries is the part of bun that builds queries; a database and a transaction both have it.
type bunQueries interface {
	NewRaw(query string, args ...any) *bun.RawQuery
}

// versionRow is one line of the answer to streamsQuery.
type versionRow struct {
	Stream     string `bun:"stream"`
	RowVersion int64  `bun:"row_version"`
	Version    int64  `bun:"version"`
}

// answers is what stood in the database while log_head was held.
type answers struct {
	head    event.Position
	streams []versionRow
	keys    []keyRow
}
