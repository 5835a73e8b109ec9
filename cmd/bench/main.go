package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	forgetSettings()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := Command(ctx, os.Args[1:], os.Stdout)
	if err != nil && ctx.Err() != nil {
		err = errors.New("interrupted") // what was killed on the way says much, and nothing new
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// forgetSettings makes the servers here start from their defaults, whatever surrounds this process.
func forgetSettings() {
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "WRIT_") {
			_ = os.Unsetenv(name) // fails for malformed names only
		}
	}
}

// Options say what to measure, and for how long.
type Options struct {
	Server      string        // the writ program
	Program     string        // this program, which serves the bare handler
	Version     string        // of the server; it names the file of results
	Results     string        // directory for that file
	Stores      []string      // sqlite, postgres
	Connections []int         // how many at once; one cell each
	Rounds      int           // how often each cell is measured
	Cell        time.Duration // how long each time
	Scope       string        // that people grant; with openid an ID token is signed as well
}

// Command is this program with its arguments and its standard output.
func Command(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 1 && args[0] == bareCommand {
		return serveBare(ctx, out)
	}
	o, err := parse(args)
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

func parse(args []string) (Options, error) {
	var o Options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&o.Server, "writ", "", "the writ program; default built from ./cmd/writ")
	flags.StringVar(&o.Version, "version", "dev", "name of the file of results")
	flags.StringVar(&o.Results, "results", filepath.Join(".cache", "bench"), "directory of the files of results")
	flags.IntVar(&o.Rounds, "rounds", 3, "how often each cell is measured")
	flags.DurationVar(&o.Cell, "cell", 2*time.Second, "how long a cell is measured")
	flags.StringVar(&o.Scope, "scope", "READ_PROFILE offline_access", "what people grant; with openid an ID token is signed as well")
	stores := flags.String("stores", "sqlite,postgres", "which databases")
	connections := flags.String("connections", "1,8,32,64", "how many connections at once")
	short := flags.Bool("short", false, "one round of short cells: whether it works, not how fast")
	err := flags.Parse(args)
	if err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("%q is no flag", flags.Arg(0))
	}
	if *short {
		o.Rounds, o.Cell = 1, 200*time.Millisecond
	}
	o.Stores = strings.Split(*stores, ",")
	o.Connections, err = numbers(*connections)
	if err != nil {
		return o, fmt.Errorf("-connections %s: %w", *connections, err)
	}
	return o, o.check()
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
	maxConnections = 256
	maxRounds      = 100
	maxCell        = time.Minute
)

func (o Options) check() error {
	for _, s := range o.Stores {
		if !slices.Contains([]string{sqliteStore, postgresStore}, s) {
			return fmt.Errorf("-stores: %q is neither %s nor %s", s, sqliteStore, postgresStore)
		}
	}
	for _, n := range o.Connections {
		if n < 1 || n > maxConnections {
			return fmt.Errorf("-connections: %d is not from 1 to %d", n, maxConnections)
		}
	}
	switch {
	case o.Rounds < 1 || o.Rounds > maxRounds:
		return fmt.Errorf("-rounds: %d is not from 1 to %d", o.Rounds, maxRounds)
	case o.Cell < 10*time.Millisecond || o.Cell > maxCell:
		return fmt.Errorf("-cell: %s is not from 10ms to %s", o.Cell, maxCell)
	default:
		return nil
	}
}

// Run measures, prints what it found and keeps it in a file. It fails with the first wrong answer.
func Run(ctx context.Context, o Options, out io.Writer) error {
	b, err := open(ctx, o)
	if err != nil {
		return err
	}
	report, err := b.measure(ctx)
	err = errors.Join(err, b.close(ctx))
	if err != nil {
		return err
	}
	report.Machine = Machine{CPUs: runtime.NumCPU(), System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version()}
	err = report.print(out)
	if err != nil {
		return fmt.Errorf("print the results: %w", err)
	}
	return report.keep(o.Results)
}
