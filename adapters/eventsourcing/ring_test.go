package eventsourcing_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"writ/adapters/eventsourcing"
)

// lastPut is what was put last under a name.
type lastPut struct {
	version uint64
	content []byte
}

// TestARingGivesTheNewestOrNothing holds a small ring, which has to forget all the time, against a map
// that forgets nothing.
func TestARingGivesTheNewestOrNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		ring, put := eventsourcing.NewRing(rapid.IntRange(64, 512).Draw(rt, "size")), map[string]lastPut{}
		name := rapid.SampledFrom([]string{"a", "b", "grant/c", strings.Repeat("d", 50), strings.Repeat("e", 50), strings.Repeat("f", 300)})
		rt.Repeat(map[string]func(*rapid.T){
			"put": func(rt *rapid.T) {
				n, k := name.Draw(rt, "name"), lastPut{rapid.Uint64Range(0, 5).Draw(rt, "version"), rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(rt, "content")}
				_, _, there := ring.Get(n)
				ring.Put(n, k.version, k.content)
				if !there || k.version >= put[n].version {
					put[n] = k
				}
			},
			"forget": func(rt *rapid.T) {
				n := name.Draw(rt, "name")
				ring.Forget(n)
				if _, _, there := ring.Get(n); there {
					rt.Fatalf("%s was forgotten and is there", n)
				}
			},
			"get": func(rt *rapid.T) {
				n := name.Draw(rt, "name")
				content, version, there := ring.Get(n)
				if there && (version != put[n].version || !bytes.Equal(content, put[n].content)) {
					rt.Fatalf("%s is %d %x, and was put as %d %x", n, version, content, put[n].version, put[n].content)
				}
			},
		})
	})
}

func TestARingKeepsWhatFitsAndForgetsTheOldest(t *testing.T) {
	const size, pieces = 10 << 10, 100 // of 100 bytes each, with their heads and names
	ring := eventsourcing.NewRing(size)
	for i := range 1000 {
		ring.Put(fmt.Sprintf("name%04d", i), 1, make([]byte, 68))
		if _, _, there := ring.Get(fmt.Sprintf("name%04d", max(i-pieces+1, 0))); !there {
			t.Fatalf("after %d the one %d before is forgotten", i, pieces-1)
		}
	}
	if n := ring.Names(); n < pieces || n > size/100 {
		t.Errorf("it holds %d pieces of 100 bytes in %d", n, size)
	}
	ring.Put("larger than all of it", 1, make([]byte, size))
	if _, _, there := ring.Get("name0999"); !there {
		t.Error("what does not fit pushed others out")
	}
}

func TestARingIsSharedByMany(t *testing.T) {
	ring := eventsourcing.NewRing(4 << 10)
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for i := range 2000 {
				name := fmt.Sprint(i % 50)
				ring.Put(name, uint64(i), bytes.Repeat([]byte(name), g+1))
				content, _, there := ring.Get(name)
				if there && strings.Trim(string(content), name) != "" {
					t.Errorf("under %s there is %s", name, content)
				}
			}
		})
	}
	all.Wait()
}
