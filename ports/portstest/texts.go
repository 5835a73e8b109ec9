package portstest

import (
	"context"
	"strings"
	"testing"

	"writ/ports"
	"writ/ports/portstest/req"
)

// Gateway is somebody who sends texts, as a test sees them.
type Gateway struct {
	ports.Texts

	Taken func() [][2]string // what was handed over: number and message
	Break func()             // lets everything fail from then on; nil: nothing can
}

// Texts is the contract of ports.Texts.
func Texts(t *testing.T, open func(t *testing.T) Gateway) {
	const number, message = "+12025550123", "123456 is your code: \"é\" 日本 & more+%"
	t.Run("a message is handed over as it is", func(t *testing.T) {
		g := open(t)
		if err := g.Text(t.Context(), number, message); err != nil {
			t.Fatal(err)
		}
		same(t, "taken", g.Taken(), [][2]string{{number, message}})
	})
	t.Run("neither the number nor the message stands in an error", func(t *testing.T) {
		req.Covers(t, "R-261")
		g := open(t)
		if g.Break == nil {
			return
		}
		g.Break()
		saysNothing(t, g.Text(t.Context(), number, message), number[1:], "123456")
	})
	t.Run("it does not outlast its context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		g := open(t)
		if err := g.Text(ctx, number, message); err == nil && g.Break != nil {
			t.Error("a message was handed over after nobody waited for it")
		}
	})
}

// saysNothing holds an error against what must not stand in it.
func saysNothing(t *testing.T, err error, secrets ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, secret := range secrets {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%q stands in the error: %v", secret, err)
		}
	}
}
