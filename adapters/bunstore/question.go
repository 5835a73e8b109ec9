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

// question is what must be known before commits can be judged, gathered over a whole batch, and
// what the commits themselves take to be the answer.
type question struct {
	streams []string
	keys    []keyName
	asked   map[string]event.Version // what is assumed of each
	about   map[keyName]string
	assumed answers // without the head
	unusual bool    // commits contradict each other, or do what assumptions alone cannot settle

	censuses map[censusName]int64 // since when rows must be known
}

func newQuestion(batch []*request, era int64) *question {
	q := &question{asked: make(map[string]event.Version, 4*len(batch)), about: map[keyName]string{}}
	q.assumed.era = era
	for _, r := range batch {
		q.add(r.commit)
	}
	return q
}

// add adds what one commit depends on.
func (q *question) add(c ports.Commit) {
	for _, e := range c.Expects {
		q.stream(e.Stream, e.Version)
	}
	for _, a := range c.Appends {
		name := q.stream(a.Stream, a.Expected)
		for _, k := range a.Claim {
			q.key(k, "")
		}
		for _, k := range a.Release {
			q.key(k, name)
		}
		q.unusual = q.unusual || a.Row == nil && a.Expected > 0
	}
	for _, census := range c.Census {
		q.census(census)
	}
	q.unusual = q.unusual || len(c.NewKeys)+len(c.Destroy) > 0
}

// stream asks for a stream, which is taken to be at v and to have a row there, if v is not 0.
func (q *question) stream(s event.Stream, v event.Version) (name string) {
	name = s.String()
	assumed, known := q.asked[name]
	q.unusual = q.unusual || known && assumed != v
	if !known {
		q.asked[name] = v
		q.streams = append(q.streams, name)
		q.assumed.streams = append(q.assumed.streams, versionRow{Stream: name, RowVersion: int64(v), Version: int64(v)})
	}
	return name
}

// key asks for a key, which is taken to be held by holder, or by nobody.
func (q *question) key(k ports.UniqueKey, holder string) {
	name := keyNameOf(k)
	assumed, known := q.about[name]
	q.unusual = q.unusual || known && assumed != holder
	if known {
		return
	}
	q.about[name] = holder
	q.keys = append(q.keys, name)
	if holder != "" {
		q.assumed.keys = append(q.assumed.keys, keyRow{Kind: name.kind, Digest: k.Digest, Stream: holder})
	}
}

// streamsQuery asks for the versions of streams. One whose row was purged is known by the note of that, so
// that it is not begun again. One that never had a row is looked up in the log: in all of it when it is
// taken to have begun, which is rare, and else in its end, for whoever begins one makes its id.
func (q *question) streamsQuery(db *bun.DB) *bun.RawQuery {
	args := make([]any, 0, 2*len(q.streams))
	for _, s := range q.streams {
		args = append(args, s, int64(q.asked[s]))
	}
	values := strings.TrimSuffix(strings.Repeat("(?,?),", len(q.streams)), ",")
	return db.NewRaw(`WITH asked(stream, version) AS (VALUES `+values+`),
		known AS (SELECT asked.stream, asked.version > 0 AS begun, s.version AS row_version, COALESCE(s.version, p.version) AS version
			FROM asked LEFT JOIN states AS s ON s.stream = asked.stream LEFT JOIN purged AS p ON p.stream = asked.stream),
		logged AS (SELECT l.* FROM log_head AS h, versions_in_log(
				ARRAY(SELECT stream FROM known WHERE version IS NULL AND NOT begun), h.position - h.stride) AS l
			UNION ALL SELECT * FROM versions_in_log(ARRAY(SELECT stream FROM known WHERE version IS NULL AND begun), 0))
		SELECT known.stream, COALESCE(known.row_version, 0), COALESCE(known.version, logged.version, 0)
		FROM known LEFT JOIN logged ON logged.stream = known.stream`, args...)
}

// keysQuery asks who holds keys. The condition is one per kind, for there are few kinds.
func (q *question) keysQuery(db *bun.DB) *bun.RawQuery {
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
	return db.NewRaw("SELECT kind, digest, stream FROM unique_keys WHERE "+strings.Join(where, " OR "), args...)
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
	era     int64
	streams []versionRow
	keys    []keyRow
	rolls   map[censusName]roll // nil: no commit of the batch has a census
}
