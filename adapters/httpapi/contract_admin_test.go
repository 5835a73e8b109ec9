package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"writ/ports"
)

// TestContractOfAdministration keeps whole answers of the API for administrators.
func TestContractOfAdministration(t *testing.T) {
	r := newRig(t)
	r.clock.pass(time.Hour) // after the keys, whose ids are others in every run
	ada, id := r.administrator("ada")
	r.person("bob")
	r.clock.pass(time.Second)
	weak := ada.grant(r.client(webSettings(), "web"), "openid CREATE_POST")["access_token"].(string)
	at := time.Date(2026, 11, 21, 11, 0, 0, 0, time.UTC)
	r.inbox.rejected = []ports.Rejection{{
		Place: 1, Message: 7, At: at, Subject: "accounts.suspended", ID: "m-7", Reason: "sequence is absent", Size: 2, Body: []byte("{}"),
	}}
	r.inbox.so = ports.Replayed{Seen: 3, Followed: 2, Changed: 1, Refused: 1, Next: 9, Refusals: []ports.Rejection{{
		Message: 8, At: at, Subject: "accounts.x", Reason: "no change of an account is published on this subject", Size: 2,
	}}}
	keep := func(name string, w *httptest.ResponseRecorder) {
		t.Helper()
		golden(t, "contract/admin-"+name+".http", record(w))
	}
	keep("guest", r.do(get(t, "/api/admin/events")))
	keep("guest-problem", r.do(header(get(t, "/api/admin/events"), "Accept", "application/problem+json")))
	keep("member", r.browser("bob").do(get(t, "/api/admin/events")))
	keep("token-too-weak", r.by(weak, get(t, "/api/admin/events")))
	keep("token-bad", r.by("x.y.z", get(t, "/api/admin/events")))
	keep("events", ada.do(get(t, "/api/admin/events?kind=grant-opened,session.started&limit=2")))
	keep("events-bad-limit", ada.do(get(t, "/api/admin/events?limit=0")))
	keep("event", ada.do(get(t, "/api/admin/events/4")))
	keep("event-unknown", ada.do(get(t, "/api/admin/events/nothing")))
	keep("moment-before", ada.do(get(t, "/api/admin/accounts/"+id+"/at?time=2026-11-21T11:59:00Z")))
	keep("explain-unknown", ada.do(jsonRequest(t, http.MethodPost, "/api/admin/explain", `{"of":"nothing"}`)))
	keep("audit-csv", ada.do(get(t, "/api/admin/audit?since=2026-11-21T13:00:01Z&format=csv")))
	keep("audit-jsonl", ada.do(get(t, "/api/admin/audit?since=2026-01-01T00:00:00Z&until=2026-01-01T00:00:01Z")))
	keep("inbox-rejected", ada.do(get(t, "/api/admin/inbox/rejected")))
	keep("inbox-shown", ada.do(get(t, "/api/admin/inbox/rejected/1")))
	keep("inbox-replayed", ada.do(jsonRequest(t, http.MethodPost, "/api/admin/inbox/replay", `{"from":1}`)))
}
