package bunstore

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"writ/domain/event"
	"writ/ports"
)

var _ ports.EventStore = (*Store)(nil)

// Append implements ports.EventStore. A caller whose ctx ends while its commit waits gets ctx's
// error, and the commit may happen all the same. A caller who commits alone does not notice that its
// ctx was cancelled, only that its deadline passed.
func (s *Store) Append(ctx context.Context, c ports.Commit) error {
	err := wellFormed(c)
	if err != nil {
		return fmt.Errorf("append: %w", err)
	}
	r := &request{ctx: ctx, commit: c, size: sizeOf(c), done: make(chan error, 1)}
	if s.writer.alone() {
		err = s.writer.writeAlone(ctx, r)
		if err == nil {
			c.RunBeside()
		}
		return err
	}
	err = s.writer.enqueue(r)
	if err != nil {
		return err
	}
	c.RunBeside()
	return s.writer.await(ctx, r)
}

// wellFormed refuses what no store could keep, before it comes into a batch with others.
func wellFormed(c ports.Commit) error {
	for _, a := range c.Appends {
		err := wellFormedAppend(a)
		if err != nil {
			return fmt.Errorf("stream %s: %w", a.Stream, err)
		}
	}
	for _, k := range c.NewKeys {
		if !storable(k.Account) {
			return fmt.Errorf("account %q: %w", k.Account, errText)
		}
	}
	for _, census := range c.Census {
		if !storable(census.Account, census.Kind) {
			return fmt.Errorf("census of account %q: %w", census.Account, errText)
		}
	}
	return nil
}

var errText = fmt.Errorf("text that is not UTF-8 or holds a NUL")

func wellFormedAppend(a ports.Append) error {
	if len(a.Facts) == 0 {
		return fmt.Errorf("no facts")
	}
	for i, f := range a.Facts {
		if f.Stream != a.Stream || f.Version != a.Expected+event.Version(i+1) {
			return fmt.Errorf("fact %d is version %d of %s, not %d", i, f.Version, f.Stream, a.Expected+event.Version(i+1))
		}
		if !storable(f.ID, f.Stream.Kind, f.Stream.ID, f.Name, f.Cause) {
			return errText
		}
	}
	last := a.Expected + event.Version(len(a.Facts))
	if a.Row != nil && (a.Row.Stream != a.Stream || a.Row.Version != last) {
		return fmt.Errorf("the row is version %d of %s, not %d", a.Row.Version, a.Row.Stream, last)
	}
	if a.Row != nil && !storable(a.Row.Account, a.Row.Client) {
		return errText
	}
	return nil
}

// storable reports whether both databases keep the texts: neither takes a NUL, and PostgreSQL
// nothing that is not UTF-8.
func storable(texts ...string) bool {
	for _, t := range texts {
		if strings.ContainsRune(t, 0) || !utf8.ValidString(t) {
			return false
		}
	}
	return true
}

func sizeOf(c ports.Commit) (n int) {
	for _, a := range c.Appends {
		for _, f := range a.Facts {
			n += len(f.Data)
		}
		if a.Row != nil {
			n += len(a.Row.Data)
		}
	}
	return n
}
