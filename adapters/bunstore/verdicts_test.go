package bunstore_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"writ/adapters/bunstore"
	"writ/domain/event"
	"writ/ports"
)

// pairs is how many times a wrong commit and a right one come together, so that many of them share
// a batch in this order.
const pairs = 128

// In a batch, what a refused commit took for granted must not be held against the next.
func TestAWrongCommitIsNotBelievedAboutAPurgedStream(t *testing.T) {
	onBoth(t, func(t *testing.T, open opener) {
		store, purged := open(t)(), [pairs]event.Stream{}
		for i := range purged {
			purged[i] = fresh()
			c := beginning(purged[i])
			c.Appends[0].Row.Keep = time.Unix(1, 0)
			mustAppend(t, store, c)
		}
		_, err := store.Purge(t.Context(), time.Unix(2, 0), pairs)
		if err != nil {
			t.Fatal(err)
		}
		wrongThenRight(t, store,
			func(i int) ports.Commit { return beginning(purged[i]) },
			func(i int) ports.Commit { return moving(purged[i], 1) })
	})
}

func TestAWrongCommitIsNotBelievedAboutAKey(t *testing.T) {
	onBoth(t, func(t *testing.T, open opener) {
		key := func(i int) []ports.UniqueKey {
			return []ports.UniqueKey{{Kind: "code", Digest: fmt.Append(nil, i)}}
		}
		wrongThenRight(t, open(t)(),
			func(i int) ports.Commit {
				c := beginning(fresh())
				c.Appends[0].Release = key(i)
				return c
			},
			func(i int) ports.Commit {
				c := beginning(fresh())
				c.Appends[0].Claim = key(i)
				return c
			})
	})
}

// wrongThenRight appends pairs of commits that differ about a stream, which is as the right one says.
func wrongThenRight(t *testing.T, store *bunstore.Store, wrong, right func(i int) ports.Commit) {
	t.Helper()
	differ := fresh()
	mustAppend(t, store, beginning(differ))
	all(t, 2*pairs, inBackground(2*pairs, func(i int) error {
		c, version, want := right(i/2), event.Version(1), error(nil)
		if i%2 == 1 { // comes before the next right one
			c, version, want = wrong((i/2+1)%pairs), 5, ports.ErrConflict
		}
		c.Expects = []ports.Expectation{{Stream: differ, Version: version}}
		err := store.Append(t.Context(), c)
		if !errors.Is(err, want) {
			return fmt.Errorf("commit %d gave %v, want %v", i, err, want)
		}
		return nil
	}))
}

func TestARowIsFoundByWhatItMovedTo(t *testing.T) {
	onBoth(t, func(t *testing.T, open opener) {
		store, id := open(t)(), fresh()
		for v, owner := range []string{"ann", "ann", "bob"} {
			c := moving(id, event.Version(v))
			c.Appends[0].Row.Account, c.Appends[0].Row.Client, c.Appends[0].Row.Keep = owner, owner, time.Unix(int64(v+1), 0)
			mustAppend(t, store, c)
		}
		for owner, want := range map[string]int{"ann": 0, "bob": 1} {
			for _, q := range []ports.Query{{Kind: id.Kind, Account: owner}, {Kind: id.Kind, Client: owner}} {
				rows, _, err := store.List(t.Context(), q)
				if err != nil || len(rows) != want {
					t.Errorf("%+v gave %d rows, want %d (%v)", q, len(rows), want, err)
				}
			}
		}
		purged, err := store.Purge(t.Context(), time.Unix(3, 0), 10)
		if err != nil || purged != 0 {
			t.Errorf("%d rows were purged before their time (%v)", purged, err)
		}
	})
}

func mustAppend(t *testing.T, store *bunstore.Store, c ports.Commit) {
	t.Helper()
	err := store.Append(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
}
