package rotate_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/eventsourcing/ledgertest"
	"writ/application/rotate"
	"writ/domain/oauth"
	"writ/domain/signingkey"
	"writ/ports"
	"writ/ports/portstest/req"
)

// ring makes keys whose bytes say which they are, and remembers what was installed.
type ring struct {
	mu        sync.Mutex
	made      int
	installed []ports.InstalledKey
	down      error
}

func (r *ring) Generate(alg oauth.SigningAlg) (ports.KeyPair, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.made++
	id := fmt.Sprintf("%s-%d", alg, r.made)
	return ports.KeyPair{ID: id, Alg: alg, Public: []byte("public " + id), Private: []byte("private " + id)}, r.down
}

func (r *ring) Import(pem []byte) (ports.KeyPair, error) {
	return ports.KeyPair{ID: string(pem), Alg: oauth.ES256, Public: pem, Private: []byte("private " + string(pem))}, r.down
}

func (r *ring) Install(keys []ports.InstalledKey) error { r.installed = keys; return r.down }
func (*ring) KeySet() []byte                            { return nil }

type world struct {
	*ledgertest.World
	ring *ring
	keys *rotate.SigningKeys
}

func newWorld(t *testing.T) *world {
	w := &world{World: ledgertest.New(t), ring: &ring{}}
	w.keys = rotate.NewSigningKeys(w.Ledger, w.Directory, w.Keeper, w.ring, w.Server, w.Clock)
	return w
}

// install gives this process its keys, and says of each whether it signs.
func (w *world) install(t *testing.T) (signs map[string]bool, again time.Time) {
	t.Helper()
	again, err := w.keys.Install(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	signs = map[string]bool{}
	for _, k := range w.ring.installed {
		signs[k.ID] = k.Signs
		if string(k.Private) != "private "+k.ID {
			t.Errorf("the private key of %s is %q", k.ID, k.Private)
		}
	}
	return signs, again
}

func TestTheFirstKeysSignAtOnce(t *testing.T) {
	w := newWorld(t)
	for range 2 {
		if err := w.keys.Ensure(t.Context(), oauth.ES256, oauth.RS256); err != nil {
			t.Fatal(err)
		}
	}
	signs, again := w.install(t)
	if diff := cmp.Diff(map[string]bool{"ES256-1": true, "RS256-2": true}, signs); diff != "" || !again.IsZero() {
		t.Errorf("again at %s (-want +got):\n%s", again, diff)
	}
}

func TestOfSeveralServersOneMakesTheFirstKey(t *testing.T) {
	w := newWorld(t)
	const n = 4
	w.Store.Gather(n)
	errs := make([]error, n)
	var done sync.WaitGroup
	for i := range n {
		done.Go(func() { errs[i] = w.keys.Ensure(t.Context(), oauth.ES256) })
	}
	done.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	if signs, _ := w.install(t); len(signs) != 1 {
		t.Errorf("the keys are %v", signs)
	}
}

func TestRotationLeavesNoGap(t *testing.T) {
	req.Covers(t, "R-216", "R-217")
	w := newWorld(t)
	if err := w.keys.Ensure(t.Context(), oauth.ES256); err != nil {
		t.Fatal(err)
	}
	kid, err := w.keys.Rotate(t.Context(), oauth.ES256)
	if err != nil || kid != "ES256-2" {
		t.Fatalf("rotated to %s, %v", kid, err)
	}
	change := ledgertest.Noon.Add(rotate.CachePeriod)
	gone := change.Add(w.Server.Lifetimes.Access + rotate.CachePeriod)
	for _, step := range []struct {
		name  string
		at    time.Time
		want  map[string]bool
		again time.Time
	}{
		{"before it was seen by all", ledgertest.Noon, map[string]bool{"ES256-1": true, "ES256-2": false}, change},
		{"the change", change, map[string]bool{"ES256-1": false, "ES256-2": true}, gone},
		{"until the last token ended", gone.Add(-time.Second), map[string]bool{"ES256-1": false, "ES256-2": true}, gone},
		{"afterwards", gone, map[string]bool{"ES256-2": true}, time.Time{}},
	} {
		w.Clock.Pass(step.at.Sub(w.Clock.Now()))
		signs, again := w.install(t)
		if diff := cmp.Diff(step.want, signs); diff != "" || !again.Equal(step.again) {
			t.Errorf("%s: again at %s, want %s (-want +got):\n%s", step.name, again, step.again, diff)
		}
	}
}

func TestAForgottenKeyIsOutAtOnce(t *testing.T) {
	req.Covers(t, "R-217")
	w := newWorld(t)
	if err := w.keys.Ensure(t.Context(), oauth.ES256); err != nil {
		t.Fatal(err)
	}
	if _, err := w.keys.Import(t.Context(), []byte("mine")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := w.keys.Forget(t.Context(), "mine"); err != nil {
			t.Error(err)
		}
	}
	w.Clock.Pass(rotate.CachePeriod)
	signs, _ := w.install(t)
	if _, there := signs["mine"]; there || len(signs) != 2 { // the first, and one in its place
		t.Errorf("the keys are %v", signs)
	}
	if err := w.keys.Forget(t.Context(), "nobody's"); !errors.Is(err, ports.ErrNotFound) {
		t.Errorf("a key that is not there: %v", err)
	}
	states, err := w.keys.List(t.Context())
	if err != nil || len(states) != 3 {
		t.Errorf("%d keys are listed, %v", len(states), err)
	}
}

func TestAForgottenKeyIsReplaced(t *testing.T) {
	req.Covers(t, "R-216", "R-217")
	for name, tc := range map[string]struct {
		prepare func(t *testing.T, w *world) error
		forget  string
		signs   string
	}{
		"the only one": {func(*testing.T, *world) error { return nil }, "ES256-1", "ES256-2"},
		"one whose successor waits": {func(t *testing.T, w *world) error {
			_, err := w.keys.Rotate(t.Context(), oauth.ES256)
			return err
		}, "ES256-1", "ES256-3"},
		"one whose predecessor is on its way out": {func(t *testing.T, w *world) error {
			_, err := w.keys.Rotate(t.Context(), oauth.ES256)
			w.Clock.Pass(rotate.CachePeriod)
			return err
		}, "ES256-2", "ES256-3"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if err := w.keys.Ensure(t.Context(), oauth.ES256); err != nil {
				t.Fatal(err)
			}
			if err := tc.prepare(t, w); err != nil {
				t.Fatal(err)
			}
			if err := w.keys.Forget(t.Context(), tc.forget); err != nil {
				t.Fatal(err)
			}
			for _, later := range []time.Duration{0, rotate.CachePeriod, 365 * 24 * time.Hour} {
				w.Clock.Pass(later)
				if signs, _ := w.install(t); !signs[tc.signs] {
					t.Errorf("%s later %s does not sign: %v", later, tc.signs, signs)
				}
			}
		})
	}
}

// A key that is forgotten goes when another has come: between the two there is no commit after which
// nothing signs, for the process may end there.
func TestThereIsAlwaysAKeyThatSigns(t *testing.T) {
	w := newWorld(t)
	if err := w.keys.Ensure(t.Context(), oauth.ES256); err != nil {
		t.Fatal(err)
	}
	if err := w.keys.Forget(t.Context(), "ES256-1"); err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, f := range w.Store.Facts() {
		if f.Stream.Kind == signingkey.Kind {
			order = append(order, f.Stream.ID+" "+f.Name)
		}
	}
	want := []string{"ES256-1 published", "ES256-2 published", "ES256-1 retired", "ES256-1 forgotten"}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
}

func TestAKeyIsPublishedOnce(t *testing.T) {
	for name, forgotten := range map[string]bool{"a key that is there": false, "a key that was forgotten": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if _, err := w.keys.Import(t.Context(), []byte("mine")); err != nil {
				t.Fatal(err)
			}
			if forgotten {
				if err := w.keys.Forget(t.Context(), "mine"); err != nil {
					t.Fatal(err)
				}
			}
			before := w.Names(signingkey.Kind)
			_, err := w.keys.Import(t.Context(), []byte("mine"))
			if !errors.Is(err, rotate.ErrKnown) {
				t.Errorf("imported again: %v", err)
			}
			if diff := cmp.Diff(before, w.Names(signingkey.Kind)); diff != "" {
				t.Errorf("the log (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPrivateKeysAreStoredSealed(t *testing.T) {
	req.Covers(t, "R-261")
	w := newWorld(t)
	if err := w.keys.Ensure(t.Context(), oauth.ES256); err != nil {
		t.Fatal(err)
	}
	for _, f := range w.Store.Facts() {
		if f.Stream.Kind == signingkey.Kind && bytes.Contains(f.Data, []byte("private")) {
			t.Errorf("a private key stands in %s", f.Data)
		}
	}
}

func TestAKeyThatCannotBeMadeOrReadIsAnError(t *testing.T) {
	w, broken := newWorld(t), errors.New("broken")
	if err := w.keys.Ensure(t.Context(), oauth.ES256); err != nil {
		t.Fatal(err)
	}
	w.Store.Fail(broken)
	_, err := w.keys.Install(t.Context())
	_, rotating := w.keys.Rotate(t.Context(), oauth.ES256)
	_, listing := w.keys.List(t.Context())
	for _, err := range []error{err, rotating, listing, w.keys.Ensure(t.Context(), oauth.RS256), w.keys.Forget(t.Context(), "ES256-1")} {
		if !errors.Is(err, broken) {
			t.Errorf("without a store: %v", err)
		}
	}
	w.Store.Fail(nil)
	w.ring.down = broken
	_, err = w.keys.Rotate(t.Context(), oauth.ES256)
	_, importing := w.keys.Import(t.Context(), []byte("x"))
	for _, err := range []error{err, importing, w.keys.Ensure(t.Context(), oauth.RS256)} {
		if !errors.Is(err, broken) {
			t.Errorf("without a ring: %v", err)
		}
	}
}
