package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Options say what to measure, and for how long.
type Options struct {
	Server      string        // the writ program
	Old         string        // another one, to compare with
	Program     string        // this program, which serves the bare handler
	Version     string        // of the server; it names the file of results
	Results     string        // directory for that file
	Only        []string      // which sections
	Stores      []string      // sqlite, postgres
	Rows        []string      // of the table and of a comparison; empty: all
	Connections []int         // how many at once; one cell each
	Rounds      int           // how often each cell is measured
	Cell        time.Duration // how long each time
	Scope       string        // that people grant
	Sizes       []int         // of the large store, in grants
	Loud        bool          // say on standard error what is being done
}

// databaseSettings are those of PostgreSQL: its defaults, unless it is to hold millions of rows.
func (o Options) databaseSettings() ([]string, error) {
	if slices.Contains(o.Only, largeSection) && !o.brief() {
		return roomy()
	}
	return nil, nil
}

// sections are all that a run has when it is not told which.
var sections = []string{tableSection, relaySection, memorySection, poolSection, replicasSection, overloadSection, pagesSection, catchupSection, latencySection, revocationSection}

// The sections. A comparison and a large store have to be asked for.
const (
	tableSection      = "table"
	relaySection      = "relay"
	memorySection     = "memory"
	poolSection       = "pool"
	replicasSection   = "replicas"
	overloadSection   = "overload"
	pagesSection      = "pages"
	catchupSection    = "catchup"
	latencySection    = "latency"
	revocationSection = "revocation"
	compareSection    = "compare"
	largeSection      = "large"
)

// lists are the flags that hold several words.
type lists struct{ only, stores, rows, connections, sizes *string }

func parse(args []string, out io.Writer) (Options, error) {
	o := Options{Loud: true}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&o.Server, "writ", "", "the writ program; default built from ./cmd/writ")
	flags.StringVar(&o.Old, "base", "", "the writ program to compare with")
	flags.StringVar(&o.Version, "version", "dev", "name of the file of results")
	flags.StringVar(&o.Results, "results", filepath.Join(".cache", "bench"), "directory of the files of results")
	flags.IntVar(&o.Rounds, "rounds", 5, "how often each cell is measured")
	flags.DurationVar(&o.Cell, "cell", 1200*time.Millisecond, "how long a cell is measured")
	flags.StringVar(&o.Scope, "scope", "READ_PROFILE offline_access", "what people grant; openid is added where an ID token is to come")
	l := lists{
		only:        flags.String("only", strings.Join(sections, ","), "which sections; "+compareSection+" and "+largeSection+" have to be asked for"),
		stores:      flags.String("stores", sqliteStore+","+postgresStore, "which databases"),
		rows:        flags.String("rows", "", "which rows of the table, at every number of connections; default all"),
		connections: flags.String("connections", "1,32,64", "how many connections at once; but for 32 only client_credentials is measured"),
		sizes:       flags.String("sizes", "100000,1000000,10000000", "how many grants a large store has, one after the other"),
	}
	short := flags.Bool("short", false, "one round of short cells: whether it works, not how fast")
	err := flags.Parse(args)
	if err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("%q is no flag", flags.Arg(0))
	}
	if *short {
		o.shorten()
	}
	return o, errors.Join(o.list(l), o.check())
}

// shorten makes everything as short as it can be.
func (o *Options) shorten() { o.Rounds, o.Cell = 1, 200*time.Millisecond }

// brief reports whether a run is to show that it works, and not more.
func (o Options) brief() bool { return o.Cell < time.Second/2 }

func (o *Options) list(l lists) error {
	o.Only, o.Stores, o.Rows = words(*l.only), words(*l.stores), words(*l.rows)
	var err, other error
	o.Connections, err = numbers(*l.connections)
	if err != nil {
		err = fmt.Errorf("-connections %s: %w", *l.connections, err)
	}
	o.Sizes, other = numbers(*l.sizes)
	if other != nil {
		other = fmt.Errorf("-sizes %s: %w", *l.sizes, other)
	}
	return errors.Join(err, other)
}

func words(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

func numbers(list string) ([]int, error) {
	var all []int
	for word := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(word)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, nil
}

// The bounds of a run: what it is asked to do ends.
const (
	maxConnections = grants / chainsEach
	maxRounds      = 100
	maxCell        = time.Minute
	maxGrants      = 100_000_000
)

func (o Options) check() error {
	err := o.checkWords()
	for _, n := range o.Connections {
		if n < 1 || n > maxConnections {
			err = errors.Join(err, fmt.Errorf("-connections: %d is not from 1 to %d", n, maxConnections))
		}
	}
	for _, n := range o.Sizes {
		if n < 1 || n > maxGrants {
			err = errors.Join(err, fmt.Errorf("-sizes: %d is not from 1 to %d", n, maxGrants))
		}
	}
	if o.Rounds < 1 || o.Rounds > maxRounds {
		err = errors.Join(err, fmt.Errorf("-rounds: %d is not from 1 to %d", o.Rounds, maxRounds))
	}
	if o.Cell < 10*time.Millisecond || o.Cell > maxCell {
		err = errors.Join(err, fmt.Errorf("-cell: %s is not from 10ms to %s", o.Cell, maxCell))
	}
	return err
}

func (o Options) checkWords() error {
	var names []string
	for _, r := range rows {
		names = append(names, r.name)
	}
	every := append(slices.Clone(sections), compareSection, largeSection)
	err := errors.Join(
		known("-stores", o.Stores, []string{sqliteStore, postgresStore}),
		known("-only", o.Only, every),
		known("-rows", o.Rows, names),
	)
	if slices.Contains(o.Only, compareSection) && o.Old == "" {
		err = errors.Join(err, errors.New("-only compare needs -base, the program to compare with"))
	}
	return err
}

func known(flag string, given, all []string) error {
	for _, word := range given {
		if !slices.Contains(all, word) {
			return fmt.Errorf("%s: %q is none of %s", flag, word, strings.Join(all, ", "))
		}
	}
	return nil
}

// Command is this program with its arguments and its standard output.
func Command(ctx context.Context, args []string, out io.Writer) error {
	if len(args) > 0 && args[0] == bareCommand {
		return serveBare(ctx, args[1:], out)
	}
	o, err := parse(args, out)
	if err != nil {
		return err
	}
	o.Program, err = os.Executable()
	if err != nil {
		return err
	}
	if o.Server != "" {
		return Run(ctx, o, out)
	}
	dir, err := os.MkdirTemp("", "writ-bench-bin")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	o.Server = filepath.Join(dir, "writ")
	err = build(ctx, o.Server, "./cmd/writ")
	if err != nil {
		return err
	}
	return Run(ctx, o, out)
}
