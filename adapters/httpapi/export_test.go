package httpapi

import (
	"context"

	"writ/domain/client"
	"writ/ports"
)

// Parsed is a form as tests see it.
type Parsed struct {
	Values    map[string]string
	Resources []string
	Refused   bool
}

// ParseForm is parseForm.
func ParseForm(text string) Parsed {
	f := parseForm(text)
	p := Parsed{map[string]string{}, f.resources, f.check() != nil}
	for _, known := range f.parameters {
		if !known.faulty {
			p.Values[known.name] = known.value
		}
	}
	return p
}

// ParseBasic is parseBasic.
func ParseBasic(header string) (client.Credentials, bool) { return parseBasic(header) }

// StatusOf is statusOf.
var StatusOf = statusOf

// Admission is admission.
type Admission struct{ a *admission }

// NewAdmission is an admission with bounds of its own.
func NewAdmission(clock ports.Clock, places, benches int) Admission {
	return Admission{&admission{clock: clock, places: places, benches: benches}}
}

// Enter is enter.
func (t Admission) Enter(ctx context.Context) error { return t.a.enter(ctx) }

// Leave is leave.
func (t Admission) Leave() { t.a.leave() }

// Busy is busy.
func (t Admission) Busy() bool { return t.a.busy() }

// Counts tells how many are inside, and how many wait.
func (t Admission) Counts() (inside, waiting int) {
	t.a.mu.Lock()
	defer t.a.mu.Unlock()
	return t.a.inside, t.a.waiting.Len()
}

// ErrBusy is errBusy.
var ErrBusy = errBusy

// MostAdmitted is how many requests are inside or wait at most, for a number of processors.
func MostAdmitted(processors int) int {
	return processors * insidePerProcessor * (1 + waitingPerInside)
}

// MostLongAnswers is mostLongAnswers.
const MostLongAnswers = mostLongAnswers
