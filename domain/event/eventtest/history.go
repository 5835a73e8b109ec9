package eventtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/domain/event"
)

var update = flag.Bool("update", false, "create the samples that are missing; those that exist are never changed")

// History holds the events of a catalogue against the samples in dir, one file for each revision
// of each event: <name>.<revision>.json. It fails when a sample is missing or cannot be read any
// more, when an event as it is written today is not what its sample says, and when the present
// form has a field that the sample lacks: then the event needs a new revision.
func History(t *testing.T, c *event.Catalogue, dir string) {
	for _, name := range c.Names() {
		for r := event.Revision(1); r <= c.Revision(name); r++ {
			t.Run(fmt.Sprintf("%s.%d", name, r), func(t *testing.T) {
				holdSample(t, c, name, r, filepath.Join(dir, fmt.Sprintf("%s.%d.json", name, r)))
			})
		}
	}
}

func holdSample(t *testing.T, c *event.Catalogue, name string, r event.Revision, path string) {
	t.Helper()
	frozen := sampleAt(t, c, name, r, path)
	e, err := c.Decode(name, r, func(into any) error { return strictly(frozen, into) })
	if err != nil {
		t.Fatalf("the frozen sample cannot be read: %v", err)
	}
	if r != c.Revision(name) {
		return
	}
	written, err := json.Marshal(e)
	if err != nil {
		t.Fatalf("write %T: %v", e, err)
	}
	if diff := cmp.Diff(generic(t, frozen), generic(t, written)); diff != "" {
		t.Errorf("%T is written in another form than %s; raise its revision (-frozen +written):\n%s", e, path, diff)
	}
	for _, field := range unset(reflect.ValueOf(e), "") {
		t.Errorf("%T has %s, which %s lacks; raise its revision", e, field, path)
	}
}

// sampleAt reads the sample at path. When it is asked to, it first creates one that is missing.
func sampleAt(t *testing.T, c *event.Catalogue, name string, r event.Revision, path string) []byte {
	t.Helper()
	frozen, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && *update {
		frozen = create(t, c, name, r, path)
		err = nil
	}
	if err != nil {
		t.Fatalf("there is no frozen sample (run this test with -update): %v", err)
	}
	return frozen
}

func strictly(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

func generic(t *testing.T, data []byte) any {
	t.Helper()
	var v any
	err := json.Unmarshal(data, &v)
	if err != nil {
		t.Fatalf("read %s: %v", data, err)
	}
	return v
}

func create(t *testing.T, c *event.Catalogue, name string, r event.Revision, path string) []byte {
	t.Helper()
	var data []byte
	_, err := c.Decode(name, r, func(into any) (err error) {
		fill(reflect.ValueOf(into).Elem(), name)
		data, err = json.MarshalIndent(into, "", "  ")
		return err
	})
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o755)
	}
	if err == nil {
		err = os.WriteFile(path, append(data, '\n'), 0o644)
	}
	if err != nil {
		t.Fatalf("create %s: %v", path, err)
	}
	return data
}
