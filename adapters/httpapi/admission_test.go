package httpapi_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"writ/adapters/httpapi"
	"writ/domain/event"
	"writ/ports"
)

// entering enters in the background and gives the outcome.
func entering(ctx context.Context, a httpapi.Admission) <-chan error {
	done := make(chan error, 1)
	go func() { done <- a.Enter(ctx) }()
	return done
}

func counts(t *testing.T, a httpapi.Admission, inside, waiting int) {
	t.Helper()
	if i, w := a.Counts(); i != inside || w != waiting {
		t.Errorf("%d inside and %d waiting, not %d and %d", i, w, inside, waiting)
	}
}

func TestPlacesAndBenches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := httpapi.NewAdmission(&clock{}, 2, 2)
		must(t, a.Enter(t.Context()))
		must(t, a.Enter(t.Context()))
		third := entering(t.Context(), a)
		synctest.Wait()
		fourth := entering(t.Context(), a)
		synctest.Wait()
		if err := a.Enter(t.Context()); !errors.Is(err, httpapi.ErrBusy) || !a.Busy() {
			t.Errorf("a fifth: %v", err)
		}
		a.Leave()
		must(t, <-third)
		counts(t, a, 2, 1)
		if a.Busy() {
			t.Error("it is busy while there is a bench")
		}
		a.Leave()
		must(t, <-fourth)
		a.Leave()
		a.Leave()
		counts(t, a, 0, 0)
	})
}

func TestNobodyQueuesBehindAStandstill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := &clock{}
		a := httpapi.NewAdmission(now, 1, 100)
		must(t, a.Enter(t.Context()))
		second := entering(t.Context(), a)
		synctest.Wait()
		now.pass(250 * time.Millisecond)
		third := entering(t.Context(), a)
		synctest.Wait()
		now.pass(time.Millisecond)
		if err := a.Enter(t.Context()); !errors.Is(err, httpapi.ErrBusy) || !a.Busy() {
			t.Errorf("behind one who waits for 251 ms: %v", err)
		}
		a.Leave()
		must(t, <-second)
		if a.Busy() {
			t.Error("it is busy although the queue moves")
		}
		a.Leave()
		must(t, <-third)
		a.Leave()
		counts(t, a, 0, 0)
	})
}

func TestWhoGoesAwayGivesUpTheTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := httpapi.NewAdmission(&clock{}, 1, 2)
		must(t, a.Enter(t.Context()))
		ctx, goAway := context.WithCancel(t.Context())
		second := entering(ctx, a)
		synctest.Wait()
		third := entering(t.Context(), a)
		synctest.Wait()
		goAway()
		if err := <-second; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		counts(t, a, 1, 1)
		a.Leave()
		must(t, <-third)
		a.Leave()
		counts(t, a, 0, 0)
	})
}

// Whoever is given a place while going away hands it on.
func TestPlacesAreNotLost(t *testing.T) {
	const places, benches = 3, 5
	a := httpapi.NewAdmission(&clock{}, places, benches)
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			for n := range 200 {
				ctx, goAway := context.WithCancel(t.Context())
				if (i+n)%3 == 0 {
					go goAway()
				}
				if a.Enter(ctx) == nil {
					if inside, waiting := a.Counts(); inside > places || waiting > benches {
						t.Errorf("%d inside, %d waiting", inside, waiting)
					}
					a.Leave()
				}
				goAway()
			}
		})
	}
	all.Wait()
	counts(t, a, 0, 0)
}

// stuck is a store that answers nothing until it is let go.
type stuck struct {
	ports.EventStore
	gate chan struct{}
}

func (s *stuck) Load(ctx context.Context, streams []event.Stream) ([]ports.Row, error) {
	<-s.gate
	return s.EventStore.Load(ctx, streams)
}

func (s *stuck) Confirm(ctx context.Context, read []ports.Expectation, era int64) (bool, error) {
	<-s.gate
	return s.EventStore.Confirm(ctx, read, era)
}

// unread is a body that must not be read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

func TestTooManyRequests(t *testing.T) {
	r := newRig(t)
	web := r.client(webSettings(), "web")
	gate := make(chan struct{})
	r.frozen.freeze()
	r.outage.EventStore = &stuck{r.frozen, gate}
	most := httpapi.MostAdmitted(runtime.GOMAXPROCS(0))
	answered := make(chan *httptest.ResponseRecorder, most+1)
	var all sync.WaitGroup
	for range most + 1 {
		sent := web.as(t, "/api/oauth/token", form("grant_type", "client_credentials"))
		all.Go(func() {
			w := httptest.NewRecorder()
			r.handler.ServeHTTP(w, sent)
			answered <- w
		})
	}
	refused := <-answered
	for _, path := range []string{"/api/oauth/token", "/api/oauth/introspect", "/api/oauth/revoke", "/api/oauth/device_authorization", "/api/oauth/userinfo"} {
		sent := post(t, path, "")
		sent.Body = io.NopCloser(unread{t})
		w := r.do(sent)
		golden(t, "contract/too-much-to-do.http", record(w))
		if r.seen.last() != path+"  temporarily_unavailable" {
			t.Errorf("observed %q", r.seen.last())
		}
	}
	answers(t, r.do(get(t, "/api/oauth/jwks")), http.StatusOK)
	close(gate)
	all.Wait()
	close(answered)
	wants(t, refused, http.StatusServiceUnavailable, "temporarily_unavailable")
	if refused.Header().Get("Retry-After") != "1" {
		t.Errorf("headers %v", refused.Header())
	}
	for w := range answered {
		answers(t, w, http.StatusOK)
	}
	r.tokens(web, form("grant_type", "client_credentials"))
	if strings.Contains(r.log.String(), `"level":"ERROR"`) {
		t.Error("what was refused is logged as an error")
	}
}
