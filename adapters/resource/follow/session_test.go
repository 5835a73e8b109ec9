package follow_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"writ/adapters/resource/follow"
)

// sent is a message as the broker sends it to a consumer: its n-th, with more to come.
func sent(grant string, n, pending int, at time.Time) *nats.Msg {
	subject, body := message("grant-revoked", grant, at, nil)
	reply := fmt.Sprintf("$JS.ACK.WRIT.c.1.%d.%d.%d.%d", 100+n, n, at.UnixNano(), pending)
	return &nats.Msg{Subject: subject, Reply: reply, Data: body, Sub: &nats.Subscription{}}
}

// status is what the broker says about the flow.
func status(code string, header ...string) *nats.Msg {
	m := &nats.Msg{Subject: "inbox", Header: nats.Header{"Status": {code}}}
	for i := 0; i < len(header); i += 2 {
		m.Header.Set(header[i], header[i+1])
	}
	return m
}

func TestWhatEndsASession(t *testing.T) {
	idle := func(n string) *nats.Msg { return status("100", "Nats-Last-Consumer", n, "Nats-Last-Stream", "7") }
	for name, tc := range map[string]struct {
		all  []*nats.Msg
		ends bool
	}{
		"messages in order":                 {[]*nats.Msg{sent("a", 1, 1, noon), sent("b", 2, 0, noon)}, false},
		"silence at the beginning":          {[]*nats.Msg{idle("0")}, false},
		"silence after messages":            {[]*nats.Msg{sent("a", 1, 0, noon), idle("1"), idle("1")}, false},
		"a gap":                             {[]*nats.Msg{sent("a", 1, 1, noon), sent("c", 3, 0, noon)}, true},
		"a message twice":                   {[]*nats.Msg{sent("a", 1, 1, noon), sent("a", 1, 1, noon)}, true},
		"another was sent and did not come": {[]*nats.Msg{sent("a", 1, 0, noon), idle("2")}, true},
		"a heartbeat that says nothing":     {[]*nats.Msg{status("100")}, true},
		"the consumer is gone":              {[]*nats.Msg{status("409", "Description", "Consumer Deleted")}, true},
		"a message from nowhere":            {[]*nats.Msg{{Subject: "x", Data: []byte("x"), Sub: &nats.Subscription{}}}, true},
	} {
		v, _ := quiet(follow.Options{})
		if err := follow.Session(v, tc.all...); (err != nil) != tc.ends {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// A view that catches up is as old as what it has heard last, and up to date when nothing is left.
func TestHowOldAViewIsWhileItCatchesUp(t *testing.T) {
	v, h := quiet(follow.Options{})
	h.now = noon.Add(10 * time.Minute)
	if err := follow.Session(v, sent("a", 1, 5, noon.Add(4*time.Minute))); err != nil || v.Staleness() != 6*time.Minute {
		t.Errorf("with more to come: staleness %s, %v", v.Staleness(), err)
	}
	if err := follow.Session(v, sent("b", 1, 0, noon.Add(5*time.Minute))); err != nil || v.Staleness() != 0 {
		t.Errorf("with nothing left: staleness %s, %v", v.Staleness(), err)
	}
	fresh := follow.NewView(follow.Options{Issuer: issuerURL, Clock: h.clock})
	if err := follow.Session(fresh, sent("a", 1, 5, noon)); err != nil || fresh.Staleness() != follow.Never {
		t.Errorf("before the first time: staleness %s, %v", fresh.Staleness(), err)
	}
}
