//go:build unix

package natsbus_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"writ/adapters/natsbus"
	"writ/adapters/natsbus/natstest"
	"writ/ports/portstest/req"
)

// slow is a follower that takes its time for every message.
type slow struct {
	*follower

	begun, goOn chan struct{}
}

func (f *slow) Follow(ctx context.Context, c natsbus.AccountChange) error {
	f.begun <- struct{}{}
	select {
	case <-f.goOn:
	case <-ctx.Done():
	}
	return f.follower.Follow(ctx, c)
}

// A confirmation may die with the broker. What the account is told next does not wait for that.
func TestALostConfirmationHoldsNobodyUp(t *testing.T) {
	req.Covers(t, "R-253")
	const soon = 5 * time.Second
	s := natstest.Start(t)
	f := &slow{newFollower(), make(chan struct{}, 16), make(chan struct{})}
	run(t, natsbus.NewAccounts(external(t, s.URL), f, natsbus.AccountsOptions{Log: quiet()}))
	js := publisher(t, s.URL)
	tell(t, js, change("m1", "a1", 1, natsbus.Suspended, `{}`))
	<-f.begun
	halt(t, s.PID()) // so that it takes the confirmation and does not answer
	close(f.goOn)
	f.wait(t, 1)
	<-time.After(100 * time.Millisecond)
	s.Kill()
	s.Restart()
	tell(t, js, change("m2", "a1", 2, natsbus.Reinstated, `{}`))
	since := time.Now()
	eventually(t, "both are followed", func() bool { return slices.Contains(f.ids(), "m2") })
	if took := time.Since(since); took > soon {
		t.Errorf("the second message was followed after %s, want within %s", took, soon)
	}
}

// halt stops a process and returns when it stands still.
func halt(t *testing.T, process int) {
	t.Helper()
	if err := syscall.Kill(process, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the process stands still", func() bool {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", process))
		return err != nil || strings.Contains(string(status), ") T ")
	})
}

// publisher is JetStream as the owner of the accounts sees it, once that has its stream.
func publisher(t *testing.T, url string) jetstream.JetStream {
	t.Helper()
	connection, err := nats.Connect(url, nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(connection.Close)
	js, err := jetstream.New(connection)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// tell publishes until the broker says that it has the message.
func tell(t *testing.T, js jetstream.JetStream, m message) {
	t.Helper()
	eventually(t, "the broker takes "+m.subject, func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := js.Publish(ctx, m.subject, []byte(m.body))
		return err == nil
	})
}
