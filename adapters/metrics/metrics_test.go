package metrics_test

import (
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"writ/adapters/metrics"
)

func TestWhatWasCountedIsShown(t *testing.T) {
	m := metrics.New("1.2.3")
	m.Request("/api/oauth/token", "refresh_token", "ok", 0.001)
	m.Request("/api/oauth/token", "refresh_token", "ok", 0.001)
	m.Request("/api/oauth/token", "authorization_code", "invalid_grant", 0.001)
	m.Counter("writ_commits_total", "Transactions.", func() float64 { return 7 })
	m.Gauge("writ_relay_lag_events", "Events behind.", func() float64 { return 3 })

	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))

	for _, line := range []string{
		`writ_build{version="1.2.3"} 1`,
		`writ_requests_total{grant="refresh_token",outcome="ok",route="/api/oauth/token"} 2`,
		`writ_requests_total{grant="authorization_code",outcome="invalid_grant",route="/api/oauth/token"} 1`,
		`writ_request_seconds_count{route="/api/oauth/token"} 3`,
		`writ_commits_total 7`,
		`writ_relay_lag_events 3`,
	} {
		if !strings.Contains(w.Body.String(), line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
}

func TestCountingSideBySide(t *testing.T) {
	m := metrics.New("1.2.3")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for _, outcome := range []string{"ok", "invalid_grant", "invalid_client"} {
				m.Request("/api/oauth/token", "refresh_token", outcome, 0.001)
			}
		})
	}
	all.Wait()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, outcome := range []string{"ok", "invalid_grant", "invalid_client"} {
		line := `writ_requests_total{grant="refresh_token",outcome="` + outcome + `",route="/api/oauth/token"} 8`
		if !strings.Contains(w.Body.String(), line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
}
