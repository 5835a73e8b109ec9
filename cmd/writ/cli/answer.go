package cli

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"text/tabwriter"
	"time"

	"github.com/lmittmann/tint"
	"go.uber.org/fx"

	"writ/cmd/writ/wiring"
)

// answer prints value as JSON, or what people prints for people.
func (t *terminal) answer(value any, people func()) error {
	if !t.json {
		people()
		return nil
	}
	e := json.NewEncoder(t.out)
	e.SetIndent("", "  ")
	return e.Encode(value)
}

// say prints a line for people.
func (t *terminal) say(format string, args ...any) { fmt.Fprintf(t.out, format+"\n", args...) }

// table prints rows in columns.
func (t *terminal) table(head []any, rows [][]any) { t.rows(append([][]any{head}, rows...)) }

// rows prints a table without a head.
func (t *terminal) rows(rows [][]any) {
	w := tabwriter.NewWriter(t.out, 0, 4, 2, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			fmt.Fprint(w, cell)
		}
		fmt.Fprintln(w)
	}
	_ = w.Flush() // to a terminal that is gone there is nothing to say
}

// log is JSON, unless a person reads it.
func (t *terminal) log() *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(t.settings.LogLevel)) // one of the enum's
	if f, is := t.err.(*os.File); is && isTerminal(f) {
		return slog.New(tint.NewTextHandler(f, &tint.Options{Level: level, TimeFormat: time.TimeOnly}))
	}
	return slog.New(slog.NewJSONHandler(t.err, &slog.HandlerOptions{Level: level}))
}

func isTerminal(f *os.File) bool {
	stat, err := f.Stat()
	return err == nil && stat.Mode()&os.ModeCharDevice != 0
}

// with runs do on the use cases that targets, pointers to them, are filled with.
func (t *terminal) with(do func() error, targets ...any) error {
	quiet := slog.New(slog.NewTextHandler(t.err, &slog.HandlerOptions{Level: slog.LevelError}))
	app := fx.New(wiring.Core(t.settings, quiet), fx.Populate(targets...))
	err := app.Start(t.ctx)
	if err != nil {
		return err
	}
	failed := do()
	err = app.Stop(t.ctx)
	if failed != nil {
		return failed
	}
	return err
}
