package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"
)

// The floor is what a token costs on this machine at the least: a request that is parsed and
// answered, one signature, and one row's share of a commit that many share.

// Cost is what one operation took, in microseconds.
type Cost struct {
	Wall float64 `json:"wall_us"`
	P50  float64 `json:"p50_us"` // of what was done at once: an operation, or a batch of them
	CPU  float64 `json:"cpu_us"` // of every process that worked for it
}

// repeat does something for a time, each time worth a number of operations, and gives the cost of
// one of them.
func repeat(ctx context.Context, d time.Duration, worth int, cpu func() time.Duration, do func() error) (Cost, error) {
	var took []time.Duration
	before, began, last := cpu(), time.Now(), time.Now()
	for last.Sub(began) < d || len(took) == 0 {
		err := errors.Join(ctx.Err(), do())
		if err != nil {
			return Cost{}, err
		}
		now := time.Now()
		took, last = append(took, now.Sub(last)), now
	}
	used, n := cpu()-before, float64(len(took)*worth)
	slices.Sort(took)
	return Cost{Wall: micros(last.Sub(began)) / n, P50: micros(took[len(took)/2]), CPU: micros(used) / n}, nil
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// signature is the cost of one ES256 signature (RFC 7518 §3.4).
func signature(ctx context.Context, d time.Duration) (Cost, error) {
	sign, err := newSigning()
	if err != nil {
		return Cost{}, err
	}
	return repeat(ctx, d, 1, ownCPU, sign)
}

// newSigning signs as much as a token has.
func newSigning() (sign func() error, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	text := []byte(bareAnswer["access_token"].(string))
	return func() error {
		sum := sha256.Sum256(text)
		_, _, err := ecdsa.Sign(rand.Reader, key, sum[:])
		return err
	}, err
}

// batchRows is how many rows share the commit of the floor.
const batchRows = 50

// ground is the floor's table in the database of a server.
type ground struct {
	db   *sql.DB
	cpu  func() time.Duration
	rows map[int]*sql.Stmt // inserts, by how many rows they insert
	next int
	args []any
}

// layGround makes a table, whose rows are those of a log, without its indices.
func layGround(ctx context.Context, driver, dsn, table string, cpu func() time.Duration) (*ground, error) {
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	g := &ground{db: db, cpu: cpu, rows: map[int]*sql.Stmt{}}
	kind := "bytea"
	if driver == "sqlite" {
		kind = "blob"
	}
	_, err = db.ExecContext(ctx, "CREATE TABLE "+table+" (position bigint PRIMARY KEY, stream text NOT NULL, data "+kind+" NOT NULL)")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make the table of the floor: %w", err), db.Close())
	}
	for _, n := range []int{1, batchRows} {
		g.rows[n], err = db.PrepareContext(ctx, insertOf(driver, table, n)) //nolint:sqlclosecheck // it ends with the database
		if err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return g, nil
}

// insertOf is one statement that inserts n rows.
func insertOf(driver, table string, n int) string {
	text := []byte("INSERT INTO " + table + " (position, stream, data) VALUES ")
	for i := range n {
		if i > 0 {
			text = append(text, ',')
		}
		if driver == "sqlite" {
			text = append(text, "(?,?,?)"...)
		} else {
			text = fmt.Appendf(text, "($%d,$%d,$%d)", 3*i+1, 3*i+2, 3*i+3)
		}
	}
	return string(text)
}

func (g *ground) close() error { return g.db.Close() }

// payload is as long as a fact.
var payload = []byte(strings.Repeat("x", 300))

// insert is the cost of one row when n of them share a durable commit.
func (g *ground) insert(ctx context.Context, d time.Duration, n int) (Cost, error) {
	cost, err := repeat(ctx, d, n, g.cpu, func() error { return g.commit(ctx, n) })
	if err != nil {
		return cost, fmt.Errorf("insert %d rows: %w", n, err)
	}
	return cost, nil
}

// commit writes n rows durably.
func (g *ground) commit(ctx context.Context, n int) error {
	g.args = g.args[:0]
	for range n {
		g.next++
		g.args = append(g.args, g.next, "token/d0000000000000000000", payload)
	}
	_, err := g.rows[n].ExecContext(ctx, g.args...)
	return err
}

// layGround opens the server's database once more, for the floor, and for a bare handler that does
// what a token needs at the least.
func (r *rig) layGround(ctx context.Context) (err error) {
	driver, dsn, cpu := "pgx", r.dsn, func() time.Duration { return ownCPU() + r.databaseCPU() }
	if r.dsn == "" {
		path := filepath.Join(r.dir, "writ.db")
		driver, dsn, cpu = "sqlite", "file:"+path+"?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=synchronous(FULL)", ownCPU
	}
	r.ground, err = layGround(ctx, driver, dsn, "bench_floor", cpu)
	if err != nil {
		return err
	}
	r.bare, err = startBare(ctx, r.site.options.Program, driver, dsn)
	return err
}
