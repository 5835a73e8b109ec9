package natsbus_test

import (
	"encoding/json"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/nats-io/nats.go"

	"writ/adapters/natsbus"
	"writ/adapters/natsbus/natstest"
	"writ/ports/portstest"
)

func TestTexts(t *testing.T) {
	s := natstest.Start(t)
	portstest.Texts(t, func(t *testing.T) portstest.Gateway {
		subject := "texts." + nats.NewInbox()[7:]
		var mu sync.Mutex
		var taken [][2]string
		var broken atomic.Bool
		conn, err := nats.Connect(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(conn.Close)
		_, err = conn.Subscribe(subject, func(m *nats.Msg) {
			var text natsbus.Text
			reply := `{}`
			if json.Unmarshal(m.Data, &text) != nil || broken.Load() {
				reply = `{"error":"cannot send to ` + text.To + `"}`
			}
			mu.Lock()
			defer mu.Unlock()
			taken = append(taken, [2]string{text.To, text.Text})
			_ = m.Respond([]byte(reply)) // whoever asked may be gone
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.Flush(); err != nil {
			t.Fatal(err)
		}
		return portstest.Gateway{
			Texts: natsbus.NewTexts(external(t, s.URL), subject), Break: func() { broken.Store(true) },
			Taken: func() [][2]string {
				mu.Lock()
				defer mu.Unlock()
				return taken
			},
		}
	})
}

func TestATextThatNobodyTakesIsAnErrorAtOnce(t *testing.T) {
	s := natstest.Start(t)
	if err := natsbus.NewTexts(external(t, s.URL), "texts.nobody").Text(t.Context(), "+12025550123", "x"); err == nil {
		t.Error("it was taken")
	}
}
