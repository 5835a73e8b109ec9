package httpapi_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"writ/adapters/eventsourcing"
	"writ/adapters/httpapi"
	"writ/application/introspect"
	"writ/application/investigate"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/ports"
)

// admin wires the use cases of administrators as the program does.
func (u useCases) admin() httpapi.AdminUseCases {
	annals, past := eventsourcing.NewAnnals(eventsourcing.NewParties(u.rig.outage)), eventsourcing.NewPast(u.ledger)
	c, s := u.rig.clock, u.rig.server
	return httpapi.AdminUseCases{
		Who:         introspect.NewAdministrator(u.ledger, u.ring, s, c),
		Events:      investigate.NewEvents(u.store, annals),
		Moment:      investigate.NewMoment(past, u.store, annals, s),
		Explanation: investigate.NewExplanation(u.store, annals, past, u.ring, s, u.keys, c),
		Audit:       investigate.NewAudit(&brittle{EventFeed: u.store, at: &u.rig.breaksAt}, annals),
	}
}

// brittle is a feed that gives a few facts at a time, but not the fact at a position of which the
// test says the number, nor later ones; 0: it does not break.
type brittle struct {
	ports.EventFeed
	at *atomic.Int64
}

func (b *brittle) Read(ctx context.Context, after event.Position, limit int) ([]event.Fact, error) {
	if at := b.at.Load(); at > 0 && int64(after) >= at-1 && limit > 1 {
		return nil, errAway
	}
	return b.EventFeed.Read(ctx, after, min(limit, 3))
}

// inbox is an inbox of which a test says what is in it.
type inbox struct {
	mu       sync.Mutex
	rejected []ports.Rejection
	asked    []ports.Replay
	so       ports.Replayed
	err      error
}

func (i *inbox) Rejected(_ context.Context, after uint64, limit int) ([]ports.Rejection, error) {
	var found []ports.Rejection
	for _, r := range i.rejected {
		if r.Place > after && len(found) < limit {
			r.Body = nil
			found = append(found, r)
		}
	}
	return found, i.err
}

func (i *inbox) Rejection(_ context.Context, place uint64) (ports.Rejection, error) {
	for _, r := range i.rejected {
		if r.Place == place {
			return r, i.err
		}
	}
	return ports.Rejection{}, ports.ErrNotFound
}

func (i *inbox) Replay(_ context.Context, what ports.Replay) (ports.Replayed, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.asked = append(i.asked, what)
	return i.so, i.err
}

// administrator is somebody who looks after the server, in a browser.
func (r *rig) administrator(handle string) (browser, string) {
	r.t.Helper()
	id := r.person(handle)
	r.permit(id, oauth.Administrator)
	return r.browser(handle), id
}

func (r *rig) permit(id string, words ...string) {
	r.t.Helper()
	_, err := r.accounts.SetPermissions(r.t.Context(), id, words)
	must(r.t, err)
}

// adminToken is an access token of the person that has the permission.
func (b browser) adminToken() string {
	b.r.t.Helper()
	s := webSettings()
	s.Allowed = "openid offline_access ADMINISTRATOR"
	return b.grant(b.r.client(s, "console"), "openid offline_access ADMINISTRATOR")["access_token"].(string)
}

// asked are requests to each admin route that ends by itself.
func askedOfAdmin(t *testing.T) map[string]*http.Request {
	t.Helper()
	return map[string]*http.Request{
		"events":    get(t, "/api/admin/events?limit=1"),
		"an event":  get(t, "/api/admin/events/1"),
		"a moment":  get(t, "/api/admin/accounts/nobody/at"),
		"why":       jsonRequest(t, http.MethodPost, "/api/admin/explain", `{"of":"nothing"}`),
		"an audit":  get(t, "/api/admin/audit?since=2026-01-01T00:00:00Z"),
		"rejected":  get(t, "/api/admin/inbox/rejected"),
		"one of it": get(t, "/api/admin/inbox/rejected/1"),
		"replay":    jsonRequest(t, http.MethodPost, "/api/admin/inbox/replay", `{"from":1}`),
	}
}

// real serves the rig on a socket, with the limits that a server has, only shorter.
func (r *rig) real(t *testing.T, server *http.Server) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(r.handler)
	server.Handler = r.handler
	s.Config = server
	s.Start()
	t.Cleanup(s.Close)
	return s
}
