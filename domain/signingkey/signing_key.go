package signingkey

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"writ/domain/event"
	"writ/domain/oauth"
)

// Event is a fact about a Key.
//
//sumtype:decl
type Event interface{ isKeyEvent() }

// Published says that a key stands in the key set, and from when on it signs.
type Published struct {
	Alg     oauth.SigningAlg `json:"alg"`
	Ordinal int              `json:"ordinal"` // the how-manieth key of its algorithm, from 1
	Public  []byte           `json:"public"`  // PKIX in DER
	Sealed  []byte           `json:"sealed"`  // the private key, sealed under the master key
	Signs   time.Time        `json:"signs"`
}

// Retired says that a successor signs from a moment on, and how long this key still verifies.
type Retired struct {
	At    time.Time `json:"at"`
	Until time.Time `json:"until"`
}

// Forgotten says that nothing this key signed is believed any more.
type Forgotten struct{}

func (Published) isKeyEvent() {}
func (Retired) isKeyEvent()   {}
func (Forgotten) isKeyEvent() {}

// Kind is the kind of a key's stream; its id is the kid.
const Kind = "signing_key"

// Catalogue is the only place that knows how key events are stored.
var Catalogue = event.NewCatalogue(Kind,
	event.Define[Published]("published"),
	event.Define[Retired]("retired"),
	event.Define[Forgotten]("forgotten"),
)

// Key is one signing key.
type Key struct {
	event.Root
	state State
}

// State is what the row of a key keeps.
type State struct {
	Published
	KID       string    `json:"kid"`
	Created   time.Time `json:"created"`
	RetiredAt time.Time `json:"retired_at,omitzero"`
	Until     time.Time `json:"until,omitzero"` // zero: it was not retired
	Forgotten bool      `json:"forgotten,omitempty"`
}

// Named is the key with a kid, to be loaded.
func Named(kid string) *Key { return &Key{Root: event.Existing(Kind, kid)} }

// Unpublished is the key that publishing is to begin.
func Unpublished(kid string) *Key { return &Key{Root: event.Unborn(Kind, kid)} }

// Publish begins the key.
func (k *Key) Publish(e Published, at time.Time) { k.record(e, at) }

// Retire ends the key's signing when its successor begins. Doing it again changes nothing.
func (k *Key) Retire(successorSigns, until, at time.Time) {
	if k.Exists() && !k.state.Forgotten && k.state.Until.IsZero() {
		k.record(Retired{At: successorSigns, Until: until}, at)
	}
}

// Forget takes the key out of the key set at once. Doing it again changes nothing.
func (k *Key) Forget(at time.Time) {
	if k.Exists() && !k.state.Forgotten {
		k.record(Forgotten{}, at)
	}
}

// Verifies reports whether the key stands in the key set at a moment.
func (k *Key) Verifies(at time.Time) bool {
	return k.Exists() && !k.state.Forgotten && (k.state.Until.IsZero() || at.Before(k.state.Until))
}

// View is the state, for those who show it.
func (k *Key) View() State { return k.state }

// Signing picks, of all keys, the one of alg that signs at a moment: the newest whose time has
// come.
func Signing(keys []*Key, alg oauth.SigningAlg, at time.Time) (*Key, bool) {
	var candidates []*Key
	for _, k := range keys {
		if k.state.Alg == alg && k.Verifies(at) && !at.Before(k.state.Signs) {
			candidates = append(candidates, k)
		}
	}
	if len(candidates) == 0 {
		return nil, false
	}
	return slices.MaxFunc(candidates, func(a, b *Key) int { return cmp.Compare(a.state.Ordinal, b.state.Ordinal) }), true
}

// Lasts reports whether a key of alg signs at a moment, and one signs from then on until it is
// replaced. When not, signing with alg comes to an end, or has.
func Lasts(keys []*Key, alg oauth.SigningAlg, at time.Time) bool {
	_, signs := Signing(keys, alg, at)
	return signs && slices.ContainsFunc(keys, func(k *Key) bool {
		return k.state.Alg == alg && k.Verifies(at) && k.state.Until.IsZero()
	})
}

// NextChange is the first moment after at when another key signs or one leaves the key set; zero
// when nothing is planned.
func NextChange(keys []*Key, at time.Time) time.Time {
	var next time.Time
	for _, k := range keys {
		for _, t := range []time.Time{k.state.Signs, k.state.Until} {
			if t.After(at) && (next.IsZero() || t.Before(next)) {
				next = t
			}
		}
	}
	return next
}

func (k *Key) record(e Event, at time.Time) { k.Record(e, at); k.apply(e, at) }

// Catalogue implements event.Aggregate.
func (k *Key) Catalogue() *event.Catalogue { return Catalogue }

// State implements event.Aggregate.
func (k *Key) State() event.State { return &k.state }

// Replay implements event.Aggregate.
func (k *Key) Replay(e any, at time.Time) { k.apply(e.(Event), at) }

func (k *Key) apply(e Event, at time.Time) {
	switch e := e.(type) {
	case Published:
		k.state.Published, k.state.KID, k.state.Created = e, k.ID(), at
	case Retired:
		k.state.RetiredAt, k.state.Until = e.At, e.Until
	case Forgotten:
		k.state.Forgotten = true
		k.state.Sealed = nil
	}
}

// Shape implements event.State.
func (*State) Shape() int { return 1 }

// Index implements event.State. Of two servers that both want to publish the next key of an
// algorithm, the ordinal lets one.
func (s *State) Index() event.Index {
	return event.Index{Unique: []event.Unique{{Kind: "signing_key", Value: string(s.Alg) + "#" + strconv.Itoa(s.Ordinal)}}}
}
