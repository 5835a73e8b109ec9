package bunstore_test

import (
	"database/sql"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"writ/adapters/bunstore"
	"writ/adapters/bunstore/bunstoretest"
	"writ/domain/event"
	"writ/ports"
)

func TestTheDatabaseFileIsItsOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a?b#c %41.db")
	store := bunstoretest.SQLiteAt(t, path)
	err := store.Append(t.Context(), beginning(fresh()))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + "-wal", path + "-polls"} {
		file, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if mode := file.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o", name, mode)
		}
	}
}

func TestProcessesWakeEachOtherInADeepDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("deep", 30))
	err := os.Mkdir(dir, 0o700)
	if err != nil {
		t.Fatal(err)
	}
	here, there := bunstoretest.SQLiteAt(t, dir+"/writ.db"), bunstoretest.SQLiteAt(t, dir+"/writ.db")
	for n := range event.Position(3) {
		woken := inBackground(1, func(int) error { return here.Wait(t.Context(), n) })
		err := there.Append(t.Context(), beginning(fresh()))
		if err != nil {
			t.Fatal(err)
		}
		all(t, 1, woken)
	}
}

func TestASocketOfADeadProcessIsCleanedAway(t *testing.T) {
	dir := t.TempDir()
	store := bunstoretest.SQLiteAt(t, dir+"/writ.db")
	dead := filepath.Join(dir, "wake", "1-1.sock")
	err := os.Mkdir(filepath.Dir(dead), 0o700)
	if err != nil {
		t.Fatal(err)
	}
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: dead, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	err = socket.Close() // the file stays
	if err != nil {
		t.Fatal(err)
	}
	err = store.Append(t.Context(), beginning(fresh()))
	if err != nil {
		t.Fatal(err)
	}
	_, err = os.Stat(dead)
	if !os.IsNotExist(err) {
		t.Errorf("the socket is still there: %v", err)
	}
}

// TestNotesThatAreDamagedCanBeDeleted: what is said of them says so.
func TestNotesThatAreDamagedCanBeDeleted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "writ.db")
	if err := os.WriteFile(path+"-polls", []byte(strings.Repeat("torn", 1024)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := bunstore.OpenSQLite(path, quiet)
	if err == nil || !strings.Contains(err.Error(), "writ.db-polls, which can be deleted") {
		t.Fatalf("damaged notes: %v", err)
	}
	if err := os.Remove(path + "-polls"); err != nil {
		t.Fatal(err)
	}
	poll := ports.Polling{Device: "tv", Least: time.Second, At: time.UnixMicro(1), Forget: time.UnixMicro(1e9)}
	if _, err := bunstoretest.SQLiteAt(t, path).Poll(t.Context(), poll); err != nil {
		t.Error(err)
	}
}

func TestADirectoryThatDoesNotExistIsAnError(t *testing.T) {
	_, err := bunstore.OpenSQLite(filepath.Join(t.TempDir(), "none", "writ.db"), quiet)
	if err == nil {
		t.Error("a database was opened in a directory that does not exist")
	}
}

func TestTheHeadIsFoundWithoutReadingTheLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "writ.db")
	bunstoretest.SQLiteAt(t, path)
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	plan, err := db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+bunstore.AskHead)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = plan.Close() }()
	for plan.Next() {
		var id, parent, unused int
		var step string
		if err := plan.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(step, "SCAN events") {
			t.Errorf("the plan is to read everything: %s", step)
		}
	}
	if err := plan.Err(); err != nil {
		t.Fatal(err)
	}
}
