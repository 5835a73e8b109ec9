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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGPIPE)
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

func (r *Report) measure(ctx context.Context, s *site, name string) (found, error) {
	measure, known := map[string]measurement{
		tableSection:      into(&r.Table, measureTable),
		relaySection:      into(&r.Relay, measureRelay),
		memorySection:     into(&r.Memory, measureMemory),
		poolSection:       into(&r.Pool, measurePool),
		replicasSection:   into(&r.Replicas, measureReplicas),
		overloadSection:   into(&r.Overload, measureOverload),
		pagesSection:      into(&r.Pages, measurePages),
		catchupSection:    into(&r.Catchup, measureCatchup),
		latencySection:    into(&r.Latency, measureLatency),
		revocationSection: into(&r.Revocation, measureRevocation),
		compareSection:    into(&r.Compared, measureCompared),
		largeSection:      into(&r.Large, measureLarge),
	}[name]
	if !known {
		return nil, errors.New("nobody measures it")
	}
	return measure(ctx, s)
}

type measurement func(context.Context, *site) (found, error)

// into measures a section into its place in the report.
func into[F found](place *F, measure func(context.Context, *site) (F, error)) measurement {
	return func(ctx context.Context, s *site) (_ found, err error) {
		*place, err = measure(ctx, s)
		return *place, err
	}
}
