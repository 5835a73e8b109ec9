package eventsourcing_test

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/bunstore"
	"writ/adapters/bunstore/bunstoretest"
	"writ/adapters/eventsourcing"
	"writ/adapters/masterkey"
	"writ/adapters/system"
	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
)

// archive is a real store with a ledger, an auditor and a rebuilder over it.
type archive struct {
	t         *testing.T
	comparer  *eventsourcing.Comparer
	ledger    *eventsourcing.Ledger
	auditor   *eventsourcing.Auditor
	rebuilder *eventsourcing.Rebuilder
	finder    ports.Finder
	rewriter  ports.Rewriter
	purger    ports.Purger
	driver    string // of database/sql, for what happens behind the store's back
	dsn       string
}

func newArchive(t *testing.T) archive {
	t.Helper()
	return sqliteArchives(t)()
}

// onBothStores gives a test archives that are processes on one database.
func onBothStores(t *testing.T, test func(t *testing.T, open func() archive)) {
	t.Run("SQLite", func(t *testing.T) { test(t, sqliteArchives(t)) })
	t.Run("PostgreSQL", func(t *testing.T) {
		dsn := bunstoretest.Postgres(t)
		test(t, func() archive { return openArchive(t, bunstoretest.PostgresStore(t, dsn, 4), "pgx", dsn) })
	})
}

func sqliteArchives(t *testing.T) func() archive {
	path := filepath.Join(t.TempDir(), "writ.db")
	return func() archive {
		return openArchive(t, bunstoretest.SQLiteAt(t, path), "sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	}
}

func openArchive(t *testing.T, store *bunstore.Store, driver, dsn string) archive {
	t.Helper()
	ring, err := masterkey.Parse(oauth.Secret(base64.StdEncoding.EncodeToString(make([]byte, 32))))
	if err != nil {
		t.Fatal(err)
	}
	ledger := eventsourcing.NewLedger(store, ring, system.NewEntropy())
	finder := eventsourcing.NewDirectory(store, ledger)
	return archive{
		t: t, driver: driver, dsn: dsn, ledger: ledger, rewriter: store, finder: finder, purger: store,
		comparer:  eventsourcing.NewComparer(store, ledger),
		auditor:   eventsourcing.NewAuditor(store, store, store, finder, ledger),
		rebuilder: eventsourcing.NewRebuilder(store, ledger),
	}
}

func (a archive) decide(do func() error, about ...event.Aggregate) {
	a.t.Helper()
	err := a.ledger.Decide(a.t.Context(), do, about...)
	if err != nil {
		a.t.Fatal(err)
	}
}

func (a archive) differences() []eventsourcing.Difference {
	a.t.Helper()
	report, err := a.auditor.Verify(a.t.Context())
	if err != nil {
		a.t.Fatal(err)
	}
	return report.Differences
}

// people are two accounts, one of them erased, with a session and a grant of the other.
func (a archive) people() {
	now := system.NewClock().Now()
	for _, id := range []oauth.AccountID{"ada", "bob"} {
		person, visit := account.Named(id), session.Unstarted("session-of-"+string(id))
		a.decide(func() error {
			visit.Start(session.Started{Account: id, UserAgent: "a browser", AMR: []string{"pwd"}}, now)
			return person.Open(account.Opening{Profile: account.Profile{Handle: event.Personal(id), Name: "A Person"}, At: now})
		}, person, visit)
	}
	g, bob := grant.Named("g"), account.Named("bob")
	a.decide(func() error {
		return g.Open(grant.Opening{Client: "app", Account: "ada", Scope: "openid", At: now})
	}, g)
	a.decide(func() error { return bob.Delete(now) }, bob)
}

// spoil puts something else into the place of a row, and takes its unique keys away.
func (a archive) spoil(streams ...event.Stream) {
	for _, s := range streams {
		facts := 0
		for _, err := range historyOf(a.t.Context(), a.rewriter.(ports.EventStore), s) {
			if err != nil {
				a.t.Fatal(err)
			}
			facts++
		}
		err := a.rewriter.Rewrite(a.t.Context(), ports.Row{Stream: s, Version: event.Version(facts), Shape: 1, Data: []byte("{}")}, nil)
		if err != nil {
			a.t.Fatal(err)
		}
	}
}

func historyOf(ctx context.Context, s ports.EventStore, stream event.Stream) func(func(event.Fact, error) bool) {
	return s.History(ctx, stream, 0)
}

func TestRowsAndKeysAreDerivedFromTheLogAgain(t *testing.T) {
	a := newArchive(t)
	a.people()
	if found := a.differences(); len(found) != 0 {
		t.Fatalf("differences from the start: %v", found)
	}
	a.spoil(event.Stream{Kind: "account", ID: "ada"}, event.Stream{Kind: "session", ID: "session-of-ada"}, event.Stream{Kind: "grant", ID: "g"})
	if found := a.differences(); len(found) != 3 {
		t.Fatalf("of three spoilt rows these are noticed: %v", found)
	}

	n, err := a.rebuilder.Rebuild(t.Context())

	if err != nil || n != 5 {
		t.Errorf("rebuilt %d streams (%v), want 5", n, err)
	}
	if found := a.differences(); len(found) != 0 {
		t.Errorf("differences afterwards: %v", found)
	}
	stream, err := a.finder.Find(t.Context(), event.Unique{Kind: "handle", Value: "ada"})
	if err != nil || stream.ID != "ada" {
		t.Errorf("the handle is held by %v (%v)", stream, err)
	}
	ada := account.Named("ada")
	err = a.ledger.Load(t.Context(), ada)
	if err != nil || ada.View().Profile.Name != "A Person" {
		t.Errorf("the name is %q (%v)", ada.View().Profile.Name.Reveal(), err)
	}
	bob := session.Named("session-of-bob")
	err = a.ledger.Load(t.Context(), bob)
	if err != nil || bob.View().UserAgent != event.Erased {
		t.Errorf("the erased account's browser is %q (%v)", bob.View().UserAgent.Reveal(), err)
	}
}

func TestARebuildLeavesDecisionsAloneThatWereRight(t *testing.T) {
	a := newArchive(t)
	a.people()
	store := a.rewriter.(ports.EventStore)
	var decided ports.Commit
	for _, s := range []event.Stream{{Kind: "account", ID: "ada"}, {Kind: "session", ID: "session-of-ada"}, {Kind: "grant", ID: "g"}} {
		rows, err := store.Load(t.Context(), []event.Stream{s})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			decided.Expects, decided.Era = append(decided.Expects, ports.Expectation{Stream: row.Stream, Version: row.Version}), row.Era
		}
	}
	for _, spoil := range []bool{false, true} {
		if spoil {
			a.lose("UPDATE states SET data = '{}' WHERE stream = 'grant/g'")
		}
		if _, err := a.rebuilder.Rebuild(t.Context()); err != nil {
			t.Fatal(err)
		}
		err := store.Append(t.Context(), decided)
		if errors.Is(err, ports.ErrConflict) != spoil {
			t.Errorf("with a spoilt row %t, what was decided before gave %v", spoil, err)
		}
	}
}

// lose runs SQL behind the store's back.
func (a archive) lose(statement string) {
	a.t.Helper()
	db, err := sql.Open(a.driver, a.dsn)
	if err != nil {
		a.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(a.t.Context(), statement); err != nil {
		a.t.Fatal(err)
	}
}

func TestWhatIsLostIsNoticed(t *testing.T) {
	a := newArchive(t)
	a.people()
	a.lose("DELETE FROM states WHERE stream = 'grant/g'")
	a.lose("DELETE FROM unique_keys WHERE stream = 'account/ada' AND kind = 'handle'")
	want := []eventsourcing.Difference{
		{Stream: "account/ada", Problem: "its handle is not held by it"},
		{Stream: "grant/g", Problem: "the row is missing, and was not purged"},
	}
	if diff := cmp.Diff(want, a.differences()); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
	if _, err := a.rebuilder.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found := a.differences(); len(found) != 0 {
		t.Errorf("differences afterwards: %v", found)
	}
}

func TestWhatWasPurgedIsNotMissed(t *testing.T) {
	a := newArchive(t)
	a.people()
	n, err := a.purger.Purge(t.Context(), system.NewClock().Now().Add(365*24*time.Hour), 100)
	if err != nil || n == 0 {
		t.Fatalf("%d rows were purged, %v", n, err)
	}
	if found := a.differences(); len(found) != 0 {
		t.Errorf("differences: %v", found)
	}
}
