package crash_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"writ/cmd/writ/e2e/harness"
)

// load is what clients do at some servers until they are told to stop. A client whose server does
// not answer goes to the next one; with one server alone it gives up.
type load struct {
	answers chan struct{} // one for each answer with tokens, as long as there is room
	stop    chan struct{}
	running sync.WaitGroup
}

// begin lets the chains refresh and the visitors come and go.
func begin(ctx context.Context, s *site, all []*chain, visitors []*visitor) *load {
	l := &load{answers: make(chan struct{}, 1<<16), stop: make(chan struct{})}
	for i, c := range all {
		l.running.Go(func() { l.run(s.servers, i, c.goesOn, func(at *harness.Server) bool { return c.step(ctx, at) }) })
	}
	for i, v := range visitors {
		l.running.Go(func() { l.run(s.servers, i, v.goesOn, func(at *harness.Server) bool { return v.step(ctx, at) }) })
	}
	return l
}

func (l *load) run(servers []*harness.Server, turn int, goesOn func() bool, step func(*harness.Server) bool) {
	for goesOn() && !l.stopped() {
		if step(servers[turn%len(servers)]) {
			l.note()
			continue
		}
		if len(servers) == 1 {
			return
		}
		turn++
	}
}

func (l *load) stopped() bool {
	select {
	case <-l.stop:
		return true
	default:
		return false
	}
}

func (l *load) note() {
	select {
	case l.answers <- struct{}{}:
	default:
	}
}

// after returns when so many more answers have come, from now on.
func (l *load) after(t *testing.T, answers int) {
	t.Helper()
	for range len(l.answers) {
		<-l.answers
	}
	tooLong := time.After(30 * time.Second)
	for range answers {
		select {
		case <-l.answers:
		case <-tooLong:
			t.Fatal("the load does not go on")
		}
	}
}

// end lets everybody finish the request that is under way.
func (l *load) end() {
	close(l.stop)
	l.running.Wait()
}

// visitor opens grants and gives them up again, and remembers what was acknowledged.
type visitor struct {
	person  *person
	client  *client
	opened  []string // grants
	revoked []string // grants
	tokens  []string // refresh tokens of the revoked
	odd     error
}

// step opens a grant and revokes it. It reports whether both were acknowledged.
func (v *visitor) step(ctx context.Context, at *harness.Server) bool {
	code, err := v.person.authorize(ctx, at, v.client.id, scope)
	if err != nil {
		return false
	}
	a, err := v.client.redeem(ctx, at, code)
	if err != nil || a.Status != http.StatusOK {
		v.doubt(a.Status)
		return false
	}
	v.opened = append(v.opened, grantOf(a.Access))
	status, err := v.client.revoke(ctx, at, a.Refresh)
	if err != nil || status != http.StatusOK {
		v.doubt(status)
		return false
	}
	v.revoked, v.tokens = append(v.revoked, grantOf(a.Access)), append(v.tokens, a.Refresh)
	return true
}

// doubt notes an answer by which a server says that it is at fault. None at all is 0.
func (v *visitor) doubt(status int) {
	if status >= http.StatusInternalServerError {
		v.odd = fmt.Errorf("a visitor is answered %d", status)
	}
}

func (v *visitor) goesOn() bool { return v.odd == nil }

// check fails the test unless the log has everything that was acknowledged, and the last grant
// that was given up stays so.
func (v *visitor) check(t *testing.T, at *harness.Server, log map[string][]fact) {
	t.Helper()
	if v.odd != nil {
		t.Error(v.odd)
	}
	for _, g := range v.opened {
		if !slices.Contains(names(log["grant/"+g]), "opened") {
			t.Errorf("grant %s was opened, and the log does not know it", g)
		}
	}
	for _, g := range v.revoked {
		if !slices.Contains(names(log["grant/"+g]), "revoked") {
			t.Errorf("grant %s was revoked, and the log does not know of it", g)
		}
	}
	if len(v.tokens) == 0 {
		return
	}
	a, err := v.client.refresh(t.Context(), at, v.tokens[len(v.tokens)-1])
	if err != nil || a.String() != "400 invalid_grant" {
		t.Errorf("a token of a revoked grant is answered %v %v, want 400 invalid_grant", a, err)
	}
}

// unbroken fails the test unless every code that was spent opened its grant and every grant that
// a code opened spent it: both are one commit.
func unbroken(t *testing.T, log map[string][]fact) {
	t.Helper()
	codes := 0
	for stream, facts := range log {
		kind, id, _ := strings.Cut(stream, "/")
		if kind != "authorization" {
			continue
		}
		codes++
		spent := slices.Contains(names(facts), "redeemed")
		opened := slices.Contains(names(log["grant/"+id]), "opened")
		if spent != opened {
			t.Errorf("authorization %s: the code is spent: %t, its grant is open: %t", id, spent, opened)
		}
	}
	if codes == 0 {
		t.Error("the log has no authorization")
	}
}
