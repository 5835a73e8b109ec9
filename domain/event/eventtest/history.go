package eventtest

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/domain/event"
)

var update = flag.Bool("update", false, "create the samples that are missing; those that exist are never changed")

// History fails for each fault of the samples in dir. Run with -update it first creates those that
// are missing.
func History(t *testing.T, dir string, catalogues ...*event.Catalogue) {
	t.Helper()
	if *update {
		create(t, dir, catalogues)
	}
	for _, fault := range Faults(dir, catalogues...) {
		t.Error(fault)
	}
}

// Faults holds the events of catalogues against the frozen samples in dir, one file for each
// revision of each event: <name>.<revision>.json. A fault is a sample that is missing, that cannot
// be read any more, or whose event no catalogue knows any more; and an event that is written today
// in another form than its sample shows, or with a field that the sample lacks: it needs a new
// revision.
func Faults(dir string, catalogues ...*event.Catalogue) []string {
	var faults []string
	known := map[string]bool{}
	for _, s := range samplesOf(dir, catalogues) {
		known[s.path] = true
		faults = append(faults, s.faults()...)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return append(faults, err.Error())
	}
	for _, file := range files {
		if !known[file] {
			faults = append(faults, file+" is of an event that is not declared any more")
		}
	}
	return faults
}

// sample is one form of one event, and where it is frozen.
type sample struct {
	catalogue *event.Catalogue
	name      string
	revision  event.Revision
	path      string
}

func samplesOf(dir string, catalogues []*event.Catalogue) []sample {
	var all []sample
	for _, c := range catalogues {
		for _, name := range c.Names() {
			for r := event.Revision(1); r <= c.Revision(name); r++ {
				all = append(all, sample{c, name, r, filepath.Join(dir, fmt.Sprintf("%s.%d.json", name, r))})
			}
		}
	}
	return all
}

func (s sample) faults() []string {
	frozen, err := os.ReadFile(s.path)
	if err != nil {
		return []string{fmt.Sprintf("there is no frozen sample (the test creates it with -update): %v", err)}
	}
	e, err := s.catalogue.Decode(s.name, s.revision, func(into any) error { return strictly(frozen, into) })
	switch {
	case err != nil:
		return []string{fmt.Sprintf("%s cannot be read any more: %v", s.path, err)}
	case s.revision < s.catalogue.Revision(s.name):
		return nil
	default:
		return s.differences(frozen, e)
	}
}

// differences holds what is written today against the frozen sample of the present revision.
func (s sample) differences(frozen []byte, e any) []string {
	written, err := json.Marshal(e)
	if err != nil {
		return []string{fmt.Sprintf("%T cannot be written: %v", e, err)}
	}
	var faults []string
	if diff := cmp.Diff(generic(frozen), generic(written)); diff != "" {
		faults = append(faults, fmt.Sprintf("%T is written in another form than %s; raise its revision (-frozen +written):\n%s", e, s.path, diff))
	}
	for _, field := range unset(reflect.ValueOf(e), "") {
		faults = append(faults, fmt.Sprintf("%T has %s, which %s lacks; raise its revision", e, field, s.path))
	}
	return faults
}

func strictly(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// generic is JSON as the reader of another program sees it.
func generic(data []byte) any {
	var v any
	err := json.Unmarshal(data, &v)
	if err != nil {
		return err
	}
	return v
}

// create freezes the present form of events without a sample.
func create(t *testing.T, dir string, catalogues []*event.Catalogue) {
	t.Helper()
	err := os.MkdirAll(dir, 0o750)
	for _, s := range samplesOf(dir, catalogues) {
		frozen, globbing := filepath.Glob(s.path)
		if err == nil && globbing == nil && !slices.Contains(frozen, s.path) {
			err = s.freeze()
		}
	}
	if err != nil {
		t.Fatalf("create samples: %v", err)
	}
}

func (s sample) freeze() error {
	_, err := s.catalogue.Decode(s.name, s.revision, func(into any) error {
		fill(reflect.ValueOf(into).Elem(), s.name)
		data, err := json.MarshalIndent(into, "", "  ")
		if err != nil {
			return err
		}
		return os.WriteFile(s.path, append(data, '\n'), 0o600)
	})
	return err
}
