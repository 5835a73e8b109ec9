package eventtest

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"writ/domain/event"
)

// Noon is when given facts happened unless At says otherwise.
var Noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// Happened is a given fact with a time of its own.
type Happened struct {
	Event any
	At    time.Time
}

// At gives a fact a time of its own.
func At(at time.Time, e any) Happened { return Happened{Event: e, At: at} }

// Scenario is an aggregate with a past. Its steps report to the test and return the scenario, so
// that they can be written as one sentence.
type Scenario struct {
	t         testing.TB
	aggregate event.Aggregate
	past      []Happened
	refusal   error
}

// Given lets the aggregate have a past: events of its catalogue, or those with a time by At.
func Given(t testing.TB, a event.Aggregate, past ...any) *Scenario {
	t.Helper()
	s := &Scenario{t: t, aggregate: a}
	for _, p := range past {
		h, timed := p.(Happened)
		if !timed {
			h = Happened{Event: p, At: Noon}
		}
		s.past = append(s.past, h)
		a.Replay(h.Event, h.At)
	}
	a.Core().Found(a.Core().Stream(), event.Version(len(past)))
	return s
}

// When asks the aggregate for something, and keeps what is refused.
func (s *Scenario) When(do func() error) *Scenario {
	s.refusal = do()
	return s
}

// Do asks for something that cannot be refused.
func (s *Scenario) Do(do func()) *Scenario {
	return s.When(func() error { do(); return nil })
}

// Then expects exactly these events to be recorded, none when none are given, and that a replay of
// them all gives the state at hand.
func (s *Scenario) Then(want ...any) *Scenario {
	s.t.Helper()
	var got []any
	for _, r := range s.aggregate.Core().Recorded() {
		got = append(got, r.Event)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		s.t.Errorf("recorded (-want +got):\n%s", diff)
	}
	ReplayGivesTheSame(s.t, s.aggregate, s.past)
	return s
}

// Refused expects the refusal, or none when it is nil.
func (s *Scenario) Refused(want error) *Scenario {
	s.t.Helper()
	if !errors.Is(s.refusal, want) {
		s.t.Errorf("refused %v, want %v", s.refusal, want)
	}
	return s
}

// Reporter is where a failure goes: a test, or a check of any history.
type Reporter interface {
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// ReplayGivesTheSame expects that replaying a past and what was recorded since gives the state that
// the aggregate has, and that its stored form reads back as the same.
func ReplayGivesTheSame(t Reporter, a event.Aggregate, past []Happened) {
	if a.State() == nil {
		return
	}
	live := reflect.ValueOf(a.State()).Elem()
	decided := reflect.New(live.Type())
	decided.Elem().Set(live)
	live.SetZero()
	for _, h := range append(past[:len(past):len(past)], recorded(a)...) {
		a.Replay(h.Event, h.At)
	}
	if diff := cmp.Diff(decided.Interface(), a.State(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("replay gives another state (-decided +replayed):\n%s", diff)
	}
	live.Set(decided.Elem())
	storedFormReadsBack(t, a.State())
}

func recorded(a event.Aggregate) []Happened {
	var all []Happened
	for _, r := range a.Core().Recorded() {
		all = append(all, Happened(r))
	}
	return all
}

func storedFormReadsBack(t Reporter, state event.State) {
	stored, err := json.Marshal(state)
	if err != nil {
		t.Fatalf("store %T: %v", state, err)
	}
	back := reflect.New(reflect.TypeOf(state).Elem())
	err = json.Unmarshal(stored, back.Interface())
	if err != nil {
		t.Fatalf("read %T back: %v", state, err)
	}
	if diff := cmp.Diff(state, back.Interface(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the stored form of %T reads back as another (-state +read):\n%s", state, diff)
	}
}
