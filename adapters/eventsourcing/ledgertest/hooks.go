package ledgertest

import (
	"context"
	"sync"
)

// hooks let a test come between a decision and the store.
type hooks struct {
	mu      sync.Mutex
	down    error
	between func()
	meeting *meeting
}

// meeting lets several commits wait for each other.
type meeting struct {
	missing int
	all     chan struct{}
}

// Fail lets every call fail with err from now on; nil ends the outage.
func (s *Store) Fail(err error) {
	s.hooks.mu.Lock()
	defer s.hooks.mu.Unlock()
	s.hooks.down = err
}

// BeforeNextAppend runs do once, after the next decision was made and before it is committed.
func (s *Store) BeforeNextAppend(do func()) {
	s.hooks.mu.Lock()
	defer s.hooks.mu.Unlock()
	s.hooks.between = do
}

// Gather lets the next n commits wait for each other, so that n decisions are made on the same state.
func (s *Store) Gather(n int) {
	s.hooks.mu.Lock()
	defer s.hooks.mu.Unlock()
	s.hooks.meeting = &meeting{missing: n, all: make(chan struct{})}
}

func (h *hooks) outage(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return h.down
}

func (h *hooks) beforeAppend(ctx context.Context) error {
	h.mu.Lock()
	do := h.between
	h.between = nil
	h.mu.Unlock()
	if do != nil {
		do()
	}
	err := h.meet(ctx)
	if err != nil {
		return err
	}
	return h.outage(ctx)
}

func (h *hooks) meet(ctx context.Context) error {
	h.mu.Lock()
	m := h.meeting
	if m != nil {
		m.missing--
		if m.missing == 0 {
			h.meeting = nil
			close(m.all)
		}
	}
	h.mu.Unlock()
	if m == nil {
		return nil
	}
	select {
	case <-m.all:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
