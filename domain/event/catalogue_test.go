package event_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/domain/event"
)

// An event with a history: it began with one word, then counted, then named its unit.
type (
	movedV1 struct {
		Far string `json:"far"`
	}
	movedV2 struct {
		Metres int `json:"metres"`
	}
	moved struct {
		Distance int    `json:"distance"`
		Unit     string `json:"unit"`
	}
	stopped struct{}
)

func fromV1(old movedV1) movedV2 { return movedV2{Metres: len(old.Far)} }
func fromV2(old movedV2) moved   { return moved{Distance: old.Metres, Unit: "m"} }

func catalogue() *event.Catalogue {
	return event.NewCatalogue("walk",
		event.Define[moved]("moved", event.Was(fromV1), event.Was(fromV2)),
		event.Define[stopped]("stopped"),
	)
}

func from(data string) func(any) error {
	return func(into any) error { return json.Unmarshal([]byte(data), into) }
}

func TestEveryRevisionIsReadAsThePresentOne(t *testing.T) {
	for name, tc := range map[string]struct {
		event    string
		revision event.Revision
		data     string
		want     any
	}{
		"the first revision climbs two steps": {"moved", 1, `{"far":"xxx"}`, moved{3, "m"}},
		"the second climbs one":               {"moved", 2, `{"metres":7}`, moved{7, "m"}},
		"the present one is read as it is":    {"moved", 3, `{"distance":9,"unit":"km"}`, moved{9, "km"}},
		"an event without a past":             {"stopped", 1, `{}`, stopped{}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := catalogue().Decode(tc.event, tc.revision, from(tc.data))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("decoded (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatABinaryDoesNotKnowIsAnError(t *testing.T) {
	for name, tc := range map[string]struct {
		event    string
		revision event.Revision
	}{
		"an unknown name":            {"flown", 1},
		"no name":                    {"", 1},
		"a revision from the future": {"moved", 4},
		"revision zero":              {"moved", 0},
		"a negative revision":        {"moved", -1},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := catalogue().Decode(tc.event, tc.revision, from(`{}`))
			if !errors.Is(err, event.ErrUnknown) {
				t.Errorf("got %v, want ErrUnknown", err)
			}
		})
	}
}

func TestDataThatCannotBeReadIsNotUnknown(t *testing.T) {
	broken := errors.New("broken")
	_, err := catalogue().Decode("moved", 1, func(any) error { return broken })
	if !errors.Is(err, broken) || errors.Is(err, event.ErrUnknown) {
		t.Errorf("got %v, want the reader's own error", err)
	}
}

func TestACatalogueDescribesItsEvents(t *testing.T) {
	c := catalogue()
	name, revision := c.Describe(moved{})
	if name != "moved" || revision != 3 {
		t.Errorf("described as %s revision %d, want moved revision 3", name, revision)
	}
	if diff := cmp.Diff([]string{"moved", "stopped"}, c.Names()); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if c.Kind() != "walk" || c.Revision("moved") != 3 || c.Revision("flown") != 0 {
		t.Errorf("kind %s, revisions %d and %d", c.Kind(), c.Revision("moved"), c.Revision("flown"))
	}
}

func TestTheNamesOfACatalogueCannotBeChanged(t *testing.T) {
	c := catalogue()
	c.Names()[0] = "changed"
	if c.Names()[0] != "moved" {
		t.Errorf("a caller changed the names to %v", c.Names())
	}
}

func TestMistakesOfTheProgramPanic(t *testing.T) {
	for name, mistake := range map[string]func(){
		"a name declared twice": func() {
			event.NewCatalogue("walk", event.Define[moved]("moved"), event.Define[stopped]("moved"))
		},
		"a type declared twice": func() {
			event.NewCatalogue("walk", event.Define[moved]("moved"), event.Define[moved]("went"))
		},
		"an event that is not declared": func() { catalogue().Describe(movedV1{}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("there was no panic")
				}
			}()
			mistake()
		})
	}
}
