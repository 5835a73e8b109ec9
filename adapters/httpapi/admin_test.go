package httpapi_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"writ/adapters/system"
	"writ/ports"
	"writ/ports/portstest/req"
)

func TestGuestsAreToldHowToComeIn(t *testing.T) {
	req.Covers(t, "R-057")
	r := newRig(t)
	asked := askedOfAdmin(t)
	asked["a stream"] = get(t, "/api/admin/events/stream")
	for name, q := range asked {
		t.Run(name, func(t *testing.T) {
			w := r.do(header(q, "Origin", frontend))
			wants(t, w, http.StatusUnauthorized, "unauthenticated")
			challenge := w.Header().Get("WWW-Authenticate")
			if !strings.HasPrefix(challenge, `Bearer realm="writ", resource_metadata="https://writ.test/`) || strings.Contains(challenge, "error=") {
				t.Errorf("challenged with %q", challenge)
			}
			if w.Header().Get("Access-Control-Allow-Origin") != "" {
				t.Error("shared with another origin")
			}
		})
	}
	preflight := r.do(header(request(t, http.MethodOptions, "/api/admin/events"), "Origin", frontend, "Access-Control-Request-Method", "GET"))
	if preflight.Code != http.StatusMethodNotAllowed || preflight.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("a preflight request is answered %d %v", preflight.Code, preflight.Header())
	}
}

func TestWhoMayAdminister(t *testing.T) {
	req.Covers(t, "R-056", "R-058")
	r := newRig(t)
	ada, id := r.administrator("ada")
	r.person("bob")
	bob := r.browser("bob")
	token := ada.adminToken()
	_, key := ada.key(t, `{"name":"k"}`)
	other := webSettings()
	other.Allowed = "openid offline_access ADMINISTRATOR CREATE_POST"
	weak := ada.grant(r.client(other, "other"), "openid CREATE_POST")["access_token"].(string)
	bearer := func(token string) func(*http.Request) *httptest.ResponseRecorder {
		return func(q *http.Request) *httptest.ResponseRecorder { return r.by(token, q) }
	}
	for name, tc := range map[string]struct {
		do              func(*http.Request) *httptest.ResponseRecorder
		path            string
		status          int
		code, challenge string
	}{
		"an administrator's browser": {do: ada.do, status: http.StatusOK},
		"an access key":              {do: bearer(key), status: http.StatusOK},
		"a token with the scope":     {do: bearer(token), status: http.StatusOK},
		"a member's browser":         {do: bob.do, status: http.StatusForbidden, code: "permission_denied"},
		"a token without the scope": {
			do: bearer(weak), status: http.StatusForbidden, code: "insufficient_scope", challenge: `error="insufficient_scope", scope="ADMINISTRATOR"`,
		},
		"no token":       {do: bearer("x.y.z"), status: http.StatusUnauthorized, code: "invalid_token", challenge: `error="invalid_token"`},
		"no access key":  {do: bearer("sdpak_x"), status: http.StatusUnauthorized, code: "invalid_token", challenge: `error="invalid_token"`},
		"an empty token": {do: bearer(""), status: http.StatusUnauthorized, code: "invalid_token", challenge: `error="invalid_token"`},
		"a bad token beside a good cookie": {
			do: func(q *http.Request) *httptest.ResponseRecorder {
				return ada.do(header(q, "Authorization", "Bearer x.y.z"))
			},
			status: http.StatusUnauthorized, code: "invalid_token", challenge: `error="invalid_token"`,
		},
		"two tokens": {
			do: func(q *http.Request) *httptest.ResponseRecorder {
				return r.by(token, header(q, "Authorization", "Bearer "+token))
			},
			status: http.StatusBadRequest, code: "invalid_request", challenge: `error="invalid_request"`,
		},
		"a token in the query": {
			do: r.do, path: "/api/admin/events?access_token=" + token, status: http.StatusBadRequest, code: "invalid_request", challenge: `error="invalid_request"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := "/api/admin/events"
			if tc.path != "" {
				path = tc.path
			}
			w := tc.do(get(t, path))
			if tc.code == "" {
				answers(t, w, tc.status)
				return
			}
			wants(t, w, tc.status, tc.code)
			if got := w.Header().Get("WWW-Authenticate"); !strings.Contains(got, tc.challenge) || tc.challenge == "" && got != "" {
				t.Errorf("challenged with %q", got)
			}
		})
	}
	r.permit(id, "USE_OAUTH_CLIENTS", "USE_PERSONAL_ACCESS_KEYS")
	for name, do := range map[string]func(*http.Request) *httptest.ResponseRecorder{"browser": ada.do, "key": bearer(key), "token": bearer(token)} {
		w := do(get(t, "/api/admin/events"))
		if w.Code != http.StatusForbidden {
			t.Errorf("after the permission is lost the %s is answered %d", name, w.Code)
		}
	}
	if strings.Contains(r.log.String(), token) || strings.Contains(r.log.String(), key) {
		t.Error("a secret is in the log")
	}
}

func TestOtherOriginsCannotActForAnAdministrator(t *testing.T) {
	r := newRig(t)
	ada, _ := r.administrator("ada")
	for _, path := range []string{"/api/admin/explain", "/api/admin/inbox/replay"} {
		q := jsonRequest(t, http.MethodPost, path, `{"of":"x","from":1}`)
		wants(t, ada.do(header(q, "Origin", "https://evil.test", "Sec-Fetch-Site", "cross-site")), http.StatusForbidden, "cross_origin")
	}
	if len(r.inbox.asked) > 0 {
		t.Error("another origin replayed")
	}
}

func TestAnOutageIsNoRefusalHere(t *testing.T) {
	r := newRig(t)
	ada, _ := r.administrator("ada")
	token := ada.adminToken()
	r.outage.away.Store(true)
	for _, w := range []*httptest.ResponseRecorder{ada.do(get(t, "/api/admin/events")), r.by(token, get(t, "/api/admin/events/stream"))} {
		wants(t, w, http.StatusServiceUnavailable, "temporarily_unavailable")
		if w.Header().Get("Retry-After") == "" || w.Header().Get("WWW-Authenticate") != "" || strings.Contains(w.Body.String(), "secret-hostname") {
			t.Errorf("answered %v %s", w.Header(), w.Body)
		}
	}
}

func TestReadingTheLog(t *testing.T) {
	r := newRig(t)
	ada, id := r.administrator("ada")
	r.clock.pass(time.Hour)
	later := r.clock.Now()
	r.person("bob")
	count := func(query string) int {
		t.Helper()
		w := ada.do(get(t, "/api/admin/events?"+query))
		answers(t, w, http.StatusOK)
		if strings.Contains(w.Body.String(), "Lovelace") || strings.Contains(w.Body.String(), "example.org") {
			t.Errorf("%s tells personal data: %s", query, w.Body)
		}
		return len(decode(t, w)["events"].([]any))
	}
	all := count("limit=1000")
	for query, want := range map[string]bool{
		"kind=session":                       count("kind=session") == 3,
		"kind=session.started":               count("kind=signed-in") == 3,
		"kind=session,account":               count("kind=session,account") == count("kind=session")+count("kind=account"),
		"account=" + id:                      count("account="+id) > 2,
		"account=nobody":                     count("account=nobody") == 0,
		"client=%2A.%3E":                     count("client=%2A.%3E") == 0,
		"from=1":                             count("from=1") == all-1,
		"from=" + later.Format(time.RFC3339): count("from="+later.Format(time.RFC3339)) < all,
		"from=2199-01-01T00:00:00Z":          count("from=2199-01-01T00:00:00Z") == 0,
		"limit=2":                            count("limit=2") == 2,
		"from=9000000000000000000":           count("from=9000000000000000000") == 0,
	} {
		if !want {
			t.Errorf("%s finds the wrong number", query)
		}
	}
	for _, query := range []string{
		"kind=wish", "kind=session,", "limit=0", "limit=1001", "limit=x", "from=-1", "from=noon", "from=1&from=2", "client=%ff", "account=%00",
		"client=" + strings.Repeat("c", 2049),
	} {
		wants(t, ada.do(get(t, "/api/admin/events?"+query)), http.StatusBadRequest, "invalid_request")
	}
	page := decode(t, ada.do(get(t, "/api/admin/events?limit=3")))
	if next := page["next"].(float64); next != 3 || page["head"].(float64) < 4 {
		t.Errorf("page %v", page)
	}
	one := ada.do(get(t, "/api/admin/events/3"))
	answers(t, one, http.StatusOK)
	for _, name := range []string{"0", "-1", "900000", "nothing", "%00", strings.Repeat("x", 5000)} {
		wants(t, ada.do(get(t, "/api/admin/events/"+name)), http.StatusNotFound, "not_found")
	}
}

func TestQuestionsAboutTheLog(t *testing.T) {
	r := newRig(t)
	r.clock.at.Store(system.NewClock().Now().UnixMicro()) // as ids say
	early := r.clock.Now().Add(-time.Hour).Format(time.RFC3339)
	ada, id := r.administrator("ada")
	token := ada.adminToken()
	r.clock.pass(time.Minute)
	asked := ada.do(get(t, "/api/admin/accounts/"+id+"/at"))
	answers(t, asked, http.StatusOK)
	if got := decode(t, asked); len(got["grants"].([]any)) != 1 || got["standing"] != "active" {
		t.Errorf("now: %v", got)
	}
	before := ada.do(get(t, "/api/admin/accounts/"+id+"/at?time="+early))
	answers(t, before, http.StatusOK)
	if got := decode(t, before); len(got["grants"].([]any)) != 0 || got["standing"] != "unknown" {
		t.Errorf("before: %v", got)
	}
	wants(t, ada.do(get(t, "/api/admin/accounts/nobody/at")), http.StatusNotFound, "not_found")
	wants(t, ada.do(get(t, "/api/admin/accounts/"+id+"/at?time=noon")), http.StatusBadRequest, "invalid_request")

	why := func(body string) *httptest.ResponseRecorder {
		return ada.do(jsonRequest(t, http.MethodPost, "/api/admin/explain", body))
	}
	chain := why(`{"of":"` + token + `"}`)
	answers(t, chain, http.StatusOK)
	if got := decode(t, chain); got["state"] != "live" || got["of"] != "access token" || strings.Contains(chain.Body.String(), token) {
		t.Errorf("explained %v", got)
	}
	grant := why(`{"of":"` + field(t, chain, "grant") + `"}`)
	answers(t, grant, http.StatusOK)
	wants(t, why(`{"of":"nothing"}`), http.StatusNotFound, "not_found")
	for _, body := range []string{`{}`, `{"of":""}`, `{"of":1}`, `[]`, `{"of":"\u0000"}`, `no`} {
		wants(t, why(body), http.StatusBadRequest, "invalid_request")
	}
	if strings.Contains(r.log.String(), token) {
		t.Error("the token is in the log")
	}
}

func TestTheInboxOverHTTP(t *testing.T) {
	r := newRig(t)
	ada, _ := r.administrator("ada")
	at := time.Date(2026, 11, 21, 11, 0, 0, 0, time.UTC)
	r.inbox.rejected = []ports.Rejection{
		{Place: 4, Message: 7, At: at, Subject: "accounts.suspended", ID: "m", Reason: "no", Size: 2, Body: []byte("{}")},
		{Place: 5, At: at, Subject: "accounts.x", Reason: "no", Size: 1, Body: []byte{0xff}},
		{Place: 6, At: at, Subject: "accounts.x", Reason: "no", Size: 70_000, Body: []byte(strings.Repeat("ä", 35_000))},
	}
	list := decode(t, ada.do(get(t, "/api/admin/inbox/rejected?after=4&limit=1")))
	if rows := list["rejected"].([]any); len(rows) != 1 || list["next"] != 5.0 || rows[0].(map[string]any)["body"] != nil {
		t.Errorf("listed %v", list)
	}
	for place, want := range map[string]string{"4": "{}", "5": "/w==", "6": strings.Repeat("ä", 32<<10)} {
		shown := ada.do(get(t, "/api/admin/inbox/rejected/"+place))
		answers(t, shown, http.StatusOK)
		if got := decode(t, shown); got["body"] != want || (got["body_encoding"] == "base64") != (place == "5") || (got["body_cut"] == true) != (place == "6") {
			t.Errorf("place %s: encoding %v, cut %v", place, got["body_encoding"], got["body_cut"])
		}
	}
	for _, place := range []string{"0", "9", "x", "-1"} {
		wants(t, ada.do(get(t, "/api/admin/inbox/rejected/"+place)), http.StatusNotFound, "not_found")
	}
	for _, query := range []string{"after=x", "after=-1", "limit=0"} {
		wants(t, ada.do(get(t, "/api/admin/inbox/rejected?"+query)), http.StatusBadRequest, "invalid_request")
	}
	r.inbox.err = errors.New("the broker is away")
	for _, q := range []*http.Request{get(t, "/api/admin/inbox/rejected"), get(t, "/api/admin/inbox/rejected/4"), replays(t, `{"from":1}`)} {
		wants(t, ada.do(q), http.StatusServiceUnavailable, "temporarily_unavailable")
	}
}

func replays(t *testing.T, body string) *http.Request {
	t.Helper()
	return jsonRequest(t, http.MethodPost, "/api/admin/inbox/replay", body)
}

func TestReplayingOverHTTP(t *testing.T) {
	r := newRig(t)
	ada, _ := r.administrator("ada")
	r.inbox.so = ports.Replayed{Seen: 3, Followed: 2, Refused: 1, Next: 9, Done: true, Refusals: []ports.Rejection{{Message: 8, Subject: "accounts.x", Reason: "no"}}}
	since := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for body, want := range map[string]ports.Replay{
		`{"from":1}`:             {From: 1, Limit: 1000},
		`{"from":12,"limit":10}`: {From: 12, Limit: 10},
		`{"from":"2026-01-01T01:00:00+01:00","account":"a","dry_run":true,"limit":5000}`: {Since: since, Account: "a", DryRun: true, Limit: 1000},
	} {
		w := ada.do(replays(t, body))
		answers(t, w, http.StatusOK)
		if got := r.inbox.asked[len(r.inbox.asked)-1]; got != want || decode(t, w)["next"] != 9.0 {
			t.Errorf("%s asks for %+v, and is answered %s", body, got, w.Body)
		}
	}
	for _, body := range []string{`{}`, `{"from":0}`, `{"from":-1}`, `{"from":1.5}`, `{"from":"noon"}`, `{"from":"1"}`, `{"from":null}`, `{"from":[1]}`, `[]`} {
		wants(t, ada.do(replays(t, body)), http.StatusBadRequest, "invalid_request")
	}
}
