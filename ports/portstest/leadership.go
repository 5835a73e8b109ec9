package portstest

import (
	"context"
	"errors"
	"testing"

	"writ/ports"
)

// Leadership is the contract of ports.Leadership. Each case gets a cluster from open, as two who
// want to lead see it.
func Leadership(t *testing.T, open func(t *testing.T) (here, there ports.Leadership)) {
	for _, c := range []struct {
		sentence string
		test     func(t *testing.T, here, there ports.Leadership)
	}{
		{"one leads at a time, and the next one follows", leadsInTurn},
		{"who leads under another name does not wait", leadsApart},
		{"what do returns is returned", leadReturns},
		{"waiting to lead ends with ctx", leadWaitEnds},
		{"leading ends with ctx", leadEnds},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			here, there := open(t)
			c.test(t, here, there)
		})
	}
}

// lead runs do as the leader in the background.
func lead(ctx context.Context, l ports.Leadership, name string, do func(context.Context) error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- l.Lead(ctx, name, do) }()
	return done
}

func leadsInTurn(t *testing.T, here, there ports.Leadership) {
	ctx := soon(t)
	first, second, leave := make(chan struct{}), make(chan struct{}), make(chan struct{})
	a := lead(ctx, here, "relay", func(ctx context.Context) error {
		close(first)
		<-leave
		select {
		case <-second:
			return errors.New("two led at once")
		default:
			return ctx.Err()
		}
	})
	<-first
	b := lead(ctx, there, "relay", func(ctx context.Context) error {
		close(second)
		return ctx.Err()
	})
	close(leave)
	if err := errors.Join(<-a, <-b); err != nil {
		t.Error(err)
	}
}

func leadsApart(t *testing.T, here, there ports.Leadership) {
	err := here.Lead(soon(t), "relay", func(ctx context.Context) error {
		return there.Lead(ctx, "purge", func(ctx context.Context) error { return ctx.Err() })
	})
	if err != nil {
		t.Error(err)
	}
}

func leadReturns(t *testing.T, here, _ ports.Leadership) {
	cause := errors.New("cause")
	err := here.Lead(soon(t), "relay", func(context.Context) error { return cause })
	if !errors.Is(err, cause) {
		t.Errorf("lead gave %v, want %v", err, cause)
	}
}

func leadWaitEnds(t *testing.T, here, there ports.Leadership) {
	err := here.Lead(soon(t), "relay", func(ctx context.Context) error {
		waiting, cancel := context.WithCancel(ctx)
		standby := lead(waiting, there, "relay", func(context.Context) error { return nil })
		cancel()
		err := <-standby
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the standby gave %v, want %v", err, context.Canceled)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func leadEnds(t *testing.T, here, _ ports.Leadership) {
	ctx, cancel := context.WithCancel(soon(t))
	err := here.Lead(ctx, "relay", func(leading context.Context) error {
		cancel()
		<-leading.Done()
		return leading.Err()
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("lead gave %v, want %v", err, context.Canceled)
	}
}
