package eventtest_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"writ/domain/event"
	"writ/domain/event/eventtest"
)

// lamp is the smallest aggregate there is. Its faults are those that a scenario must find.
type lamp struct {
	event.Root

	state     lit
	forgetful bool // it decides more than it records
}

type (
	switched struct{ On bool }
	lit      struct {
		On    bool `json:"on"`
		Since time.Time
		Note  string `json:"-"`
	}
)

var (
	errLit  = errors.New("the lamp is on already")
	lights  = event.NewCatalogue("lamp", event.Define[switched]("switched"))
	evening = eventtest.Noon.Add(8 * time.Hour)
)

func (*lamp) Catalogue() *event.Catalogue { return lights }
func (l *lamp) State() event.State        { return &l.state }
func (*lit) Shape() int                   { return 1 }
func (*lit) Index() event.Index           { return event.Index{} }

func (l *lamp) Replay(e any, at time.Time) { l.state.On, l.state.Since = e.(switched).On, at }

func (l *lamp) light() error {
	if l.state.On {
		return errLit
	}
	e := switched{On: true}
	l.Record(e, evening)
	l.Replay(e, evening)
	if l.forgetful {
		l.state.Since = time.Time{}
	}
	return nil
}

// listener keeps what a scenario would tell a test.
type listener struct {
	testing.TB

	said []string
}

func (*listener) Helper() {}
func (l *listener) Errorf(format string, a ...any) {
	l.said = append(l.said, fmt.Sprintf(format, a...))
}

func TestAScenarioFindsFaults(t *testing.T) {
	on := switched{On: true}
	for name, tc := range map[string]struct {
		lamp    lamp
		given   []any
		then    []any
		refused error
		faults  int
	}{
		"what was expected":         {then: []any{on}},
		"a refusal":                 {given: []any{on}, refused: errLit},
		"a given time":              {given: []any{eventtest.At(evening, on), switched{}}, then: []any{on}},
		"another event":             {then: []any{switched{}}, faults: 1},
		"an event too many":         {then: nil, faults: 1},
		"no refusal where expected": {then: []any{on}, refused: errLit, faults: 1},
		"a refusal that came alone": {given: []any{on}, faults: 1},
		"a state nobody recorded":   {lamp: lamp{forgetful: true}, then: []any{on}, faults: 1},
		"a state nobody stores":     {lamp: lamp{state: lit{Note: "x"}}, then: []any{on}, faults: 2},
	} {
		t.Run(name, func(t *testing.T) {
			heard, l := &listener{TB: t}, tc.lamp
			l.Found(event.Stream{Kind: "lamp", ID: "1"}, 0)
			eventtest.Given(heard, &l, tc.given...).When(l.light).Then(tc.then...).Refused(tc.refused)
			if len(heard.said) != tc.faults {
				t.Errorf("it found %d faults, want %d: %q", len(heard.said), tc.faults, heard.said)
			}
			if l.Version() != event.Version(len(tc.given)) {
				t.Errorf("the aggregate is at version %d of %d", l.Version(), len(tc.given))
			}
		})
	}
}
