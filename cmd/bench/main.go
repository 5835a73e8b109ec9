package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
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

// Run measures, prints what it found and keeps it in a file. It fails with the first wrong answer.
func Run(ctx context.Context, o Options, out io.Writer) (err error) {
	report := newReport(o)
	err = report.printHead(out)
	if err != nil {
		return fmt.Errorf("print the results: %w", err)
	}
	s := &site{options: o}
	defer func() { err = errors.Join(err, s.close()) }()
	for _, name := range append(slices.Clone(sections), compareSection, largeSection) {
		if !slices.Contains(o.Only, name) {
			continue
		}
		began := time.Now()
		s.note("%s …", name)
		err = report.section(ctx, s, name, out)
		s.note("%s took %s", name, time.Since(began).Round(time.Second))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return report.keep(o.Results)
}

// found is what a section found.
type found interface{ print(*printer) }

// section measures one and prints it.
func (r *Report) section(ctx context.Context, s *site, name string, out io.Writer) error {
	f, err := r.measure(ctx, s, name)
	if err != nil {
		return err
	}
	p := &printer{out: out}
	f.print(p)
	return p.err
}

func (r *Report) measure(ctx context.Context, s *site, name string) (_ found, err error) {
	switch name {
	case tableSection:
		r.Table, err = measureTable(ctx, s)
		return r.Table, err
	case relaySection:
		r.Relay, err = measureRelay(ctx, s)
		return r.Relay, err
	case memorySection:
		r.Memory, err = measureMemory(ctx, s)
		return r.Memory, err
	case poolSection:
		r.Pool, err = measurePool(ctx, s)
		return r.Pool, err
	case replicasSection:
		r.Replicas, err = measureReplicas(ctx, s)
		return r.Replicas, err
	case overloadSection:
		r.Overload, err = measureOverload(ctx, s)
		return r.Overload, err
	case pagesSection:
		r.Pages, err = measurePages(ctx, s)
		return r.Pages, err
	case catchupSection:
		r.Catchup, err = measureCatchup(ctx, s)
		return r.Catchup, err
	case latencySection:
		r.Latency, err = measureLatency(ctx, s)
		return r.Latency, err
	case revocationSection:
		r.Revocation, err = measureRevocation(ctx, s)
		return r.Revocation, err
	case compareSection:
		r.Compared, err = measureCompared(ctx, s)
		return r.Compared, err
	case largeSection:
		r.Large, err = measureLarge(ctx, s)
		return r.Large, err
	default:
		return nil, errors.New("nobody measures it")
	}
}
