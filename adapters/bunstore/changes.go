package bunstore

import (
	"github.com/uptrace/bun"

	"writ/domain/event"
)

// changes is what one transaction writes, every row at most once.
type changes struct {
	head        event.Position // after the events; 0 events: as it was
	era         int64          // in which this was decided
	events      []eventRow
	states      []stateRow
	stood       []versionRow // row versions that were relied on and stay
	gone        []string     // streams that lose their state row
	revived     []string     // streams that have a row again after theirs was purged
	claimed     []keyRow
	freed       []keyRow
	accountKeys []accountKeyRow
	destroyed   []string // accounts that lose their key
}

// statement is a query of bun that is not yet bound to a connection.
type statement interface {
	bun.Query
	String() string
}

// empty reports whether there is nothing to write.
func (c changes) empty() bool { return len(c.events) == 0 && len(c.destroyed)+len(c.accountKeys) == 0 }

// statements writes the changes, set by set. None can meet a constraint, for all were checked
// under the lock; should one do so all the same, the transaction fails as a whole. The head moves first, for
// that makes room for the events.
func (c changes) statements(db bun.IDB) []statement {
	var all []statement
	if len(c.events) > 0 {
		all = append(all, db.NewRaw("UPDATE log_head SET position = ? WHERE one = 1", int64(c.head)),
			db.NewInsert().Model(&c.events))
	}
	all = append(all, c.stateStatements(db)...)
	return append(all, c.keyStatements(db)...)
}

func (c changes) stateStatements(db bun.IDB) (all []statement) {
	if len(c.states) > 0 {
		all = append(all, db.NewInsert().Model(&c.states).On("CONFLICT (stream) DO UPDATE"))
	}
	if len(c.gone) > 0 {
		all = append(all, db.NewRaw("DELETE FROM states WHERE stream IN (?)", bun.List(c.gone)))
	}
	if len(c.revived) > 0 {
		all = append(all, db.NewRaw("DELETE FROM purged WHERE stream IN (?)", bun.List(c.revived)))
	}
	return all
}

func (c changes) keyStatements(db bun.IDB) (all []statement) {
	for _, k := range c.freed {
		all = append(all, db.NewRaw("DELETE FROM unique_keys WHERE kind = ? AND digest = ?", k.Kind, k.Digest))
	}
	if len(c.claimed) > 0 {
		all = append(all, db.NewInsert().Model(&c.claimed).On("CONFLICT (kind, digest) DO UPDATE"))
	}
	if len(c.destroyed) > 0 {
		all = append(all, db.NewRaw("DELETE FROM account_keys WHERE account IN (?)", bun.List(c.destroyed)))
	}
	if len(c.accountKeys) > 0 {
		all = append(all, db.NewInsert().Model(&c.accountKeys))
	}
	return all
}
