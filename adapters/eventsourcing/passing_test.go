package eventsourcing_test

import (
	"fmt"
	"testing"

	"writ/adapters/eventsourcing"
	"writ/domain/authorization"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/ports"
)

// TestCodesWaitHoweverManyGrantsBegin approves as many codes as a busy server does within a second and a half, and
// begins the grant of each. In one ring the grants would push out the codes that are next.
func TestCodesWaitHoweverManyGrantsBegin(t *testing.T) {
	const codes, code, opened = 9000, 480, 600 // bytes
	p := eventsourcing.NewPassing()
	row := func(kind string, i, bytes int) ports.Row {
		return ports.Row{Stream: event.Stream{Kind: kind, ID: fmt.Sprintf("%020d", i)}, Version: 1, Era: 1, Data: make([]byte, bytes)}
	}
	for i := range codes {
		p.Keep(row(authorization.Kind, i, code))
	}
	for i := range codes {
		waiting := row(authorization.Kind, i, code)
		if !p.Keeps(waiting.Stream) {
			t.Fatalf("code %d of %d is gone", i, codes)
		}
		p.Keep(row(grant.Kind, i, opened))
	}
}
