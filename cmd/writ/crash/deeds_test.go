package crash_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	neturl "net/url"
	"slices"
	"strings"
	"testing"
)

// deed is one thing that was asked of a server, and what that leaves in the log.
type deed struct {
	what     string
	facts    []string // kinds and names, such as grant.opened
	answered bool
}

// deeds are what was asked since some moment. They are not safe for concurrent use.
type deeds struct {
	all []deed
	odd error // the first answer that nobody should get
}

// note writes down what became of a request, and reports whether the answer is the one that it
// should be.
func (d *deeds) note(what string, facts []string, err error) bool {
	d.all = append(d.all, deed{what, facts, err == nil})
	if err != nil && !unanswered(err) && d.odd == nil {
		d.odd = fmt.Errorf("%s: %w", what, err)
	}
	return err == nil
}

// unanswered reports whether an error means that no answer came, or not a whole one.
func unanswered(err error) bool {
	var lost *neturl.Error
	var broken *net.OpError
	return errors.Is(err, errUnavailable) || errors.As(err, &lost) || errors.As(err, &broken) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errGone)
}

// errGone says that whoever should answer has ended.
var errGone = errors.New("the server is gone")

// check fails the test unless these facts are what was asked: all that each answered request
// leaves, of each other all or nothing, and nothing besides.
func (d *deeds) check(t *testing.T, log []fact) {
	t.Helper()
	if d.odd != nil {
		t.Errorf("nobody should be answered so: %v", d.odd)
	}
	left, open := tallyOf(log), []deed{}
	for _, done := range d.all {
		if !done.answered {
			open = append(open, done)
			continue
		}
		for _, name := range done.facts {
			left[name]--
		}
	}
	if !explained(left, open) {
		maps.DeleteFunc(left, func(_ string, n int) bool { return n == 0 })
		t.Errorf("the log differs from what was answered by %v, and what was not answered, %v, does not explain that\nasked: %v\nlog: %v",
			left, open, d.all, kindsOf(log))
	}
}

// explained reports whether some of the open requests, each as a whole, leave exactly these facts.
func explained(left map[string]int, open []deed) bool {
	if len(open) == 0 {
		return !slices.ContainsFunc(slices.Collect(maps.Values(left)), func(n int) bool { return n != 0 })
	}
	with := maps.Clone(left)
	for _, name := range open[0].facts {
		with[name]--
	}
	return explained(left, open[1:]) || explained(with, open[1:])
}

// kindsOf says what happened, in order, with the kinds of the streams.
func kindsOf(log []fact) []string {
	all := make([]string, len(log))
	for i, f := range log {
		kind, _, _ := strings.Cut(f.Stream, "/")
		all[i] = kind + "." + f.Name
	}
	return all
}

func tallyOf(log []fact) map[string]int {
	counts := map[string]int{}
	for _, name := range kindsOf(log) {
		counts[name]++
	}
	return counts
}

// followedOnce fails the test unless what others announced left each of its facts once, however
// often the message came.
func followedOnce(t *testing.T, log []fact) {
	t.Helper()
	seen := map[string]bool{}
	for i, name := range kindsOf(log) {
		by := log[i].Cause + " " + name
		if log[i].Cause != "" && seen[by] {
			t.Errorf("message %s was followed twice: %s at position %d", log[i].Cause, name, log[i].Position)
		}
		seen[by] = true
	}
}
