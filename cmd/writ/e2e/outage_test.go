package e2e_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"writ/adapters/bunstore/bunstoretest"
	"writ/adapters/natsbus/natstest"
	"writ/cmd/writ/e2e/harness"
	"writ/ports/portstest/req"
)

func TestBrokerThatIsAway(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-234", "R-253")
	broker := natstest.Start(t)
	w := serve(t, harness.Options{NATS: broker.URL})
	ada, notes := w.hire("ada"), w.native()
	token := w.allow(ada, notes, wide)
	first := w.subscribe(w.dial("")).next("writ.grant-opened.v1")

	broker.Kill()
	token = w.mustRefresh(notes, token)
	if got := w.Status("/readyz"); got != http.StatusOK {
		t.Errorf("without a broker readyz answers %d, want 200", got)
	}
	w.Kill()
	w.Restart() // a start does not need the broker either
	token = w.mustRefresh(notes, token)

	broker.Restart()
	read := w.subscribe(w.dial(""))
	if opened := read.next("writ.grant-opened.v1"); opened.ID != first.ID {
		t.Errorf("the stream begins with grant %s, want %s", opened.Subject, first.Subject)
	}
	for generation := 1; generation <= 2; generation++ {
		refreshed := read.next("writ.grant-refreshed.v1")
		if refreshed.Subject != first.Subject || refreshed.Data["generation"] != float64(generation) {
			t.Errorf("refresh %d is told as generation %v of grant %s", generation, refreshed.Data["generation"], refreshed.Subject)
		}
	}
	w.mustRefresh(notes, token)
}

// outage is a server whose database can be taken away, and everything that asks it for answers.
type outage struct {
	*world
	line  *line
	notes application
	robot application
	token *oauth2.Token
	ada   person
	in    *frontend // of somebody signed in
}

func newOutage(t *testing.T) *outage {
	t.Helper()
	l := lineTo(t, bunstoretest.Postgres(t))
	w := serve(t, harness.Options{Database: l.DSN, NATS: natstest.Start(t).URL})
	ada := w.hire("ada")
	o := &outage{world: w, line: l, notes: w.native(), ada: ada, in: w.frontend().signIn(ada)}
	o.robot = w.register("Robot", "confidential", "client_credentials", "--scope", "READ_PROFILE", "--owner", ada.Handle)
	o.token = w.allow(ada, o.notes, wide)
	return o
}

// failsClosed asks everything that needs the database.
func (o *outage) failsClosed() {
	o.t.Helper()
	for name, asked := range map[string]func() answer{
		"refresh": func() answer {
			return o.posts(o.notes, "/api/oauth/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {o.token.RefreshToken}})
		},
		"client credentials": func() answer {
			return o.posts(o.robot, "/api/oauth/token", url.Values{"grant_type": {"client_credentials"}})
		},
		"introspection": func() answer {
			return o.posts(o.notes, "/api/oauth/introspect", url.Values{"token": {o.token.AccessToken}})
		},
		"revocation": func() answer {
			return o.posts(o.notes, "/api/oauth/revoke", url.Values{"token": {o.token.RefreshToken}})
		},
		"a wrong secret": func() answer {
			wrong := application{ClientID: o.robot.ClientID, Secret: "wrong"}
			return o.posts(wrong, "/api/oauth/token", url.Values{"grant_type": {"client_credentials"}})
		},
		"device authorization": func() answer {
			return o.posts(o.notes, "/api/oauth/device_authorization", url.Values{"scope": {"openid"}})
		},
		"userinfo": func() answer { return o.asksUserInfo(o.token.AccessToken) },
	} {
		got := asked()
		if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" {
			o.t.Errorf("%s answers %d with Retry-After %q: %s", name, got.status, got.header.Get("Retry-After"), got.body)
		} else if code := got.code(o.t); code != "temporarily_unavailable" {
			o.t.Errorf("%s answers 503 with error %q", name, code)
		}
	}
	for path, body := range map[string]map[string]string{
		"/api/auth/password/signin":    {"identifier": o.ada.Handle, "token": o.ada.password},
		"/api/oauth/authorize/consent": {"request_id": "unknown", "decision": "approve"},
		"/api/oauth/device/consent":    {"user_code": "ABCD-EFGH", "decision": "approve"},
	} {
		if got := o.in.call(http.MethodPost, path, body); got.status != http.StatusServiceUnavailable {
			o.t.Errorf("%s answers %d: %s", path, got.status, got.body)
		}
	}
	if got := o.in.call(http.MethodGet, "/api/auth/oauth/tokens", nil); got.status != http.StatusServiceUnavailable {
		o.t.Errorf("the list of what was allowed answers %d: %s", got.status, got.body)
	}
	if got := o.Status("/api/oauth/jwks"); got != http.StatusOK { // for those who verify by themselves
		o.t.Errorf("the key set answers %d, want 200", got)
	}
	page := do(o.t, http.DefaultClient, ask(o.t, http.MethodGet, o.config(o.notes, "openid").AuthCodeURL("s"), nil))
	if page.status != http.StatusServiceUnavailable {
		o.t.Errorf("the authorization endpoint answers %d", page.status)
	}
	if got := o.Status("/readyz"); got != http.StatusServiceUnavailable {
		o.t.Errorf("readyz answers %d, want 503", got)
	}
	if got := o.Status("/healthz"); got != http.StatusOK {
		o.t.Errorf("healthz answers %d, want 200", got)
	}
}

// recovers fails the test unless the same process serves again, and the tokens are still good.
func (o *outage) recovers(pid int) {
	o.t.Helper()
	o.Until("readyz is 200 again", func() bool { return o.Status("/readyz") == http.StatusOK })
	next := o.mustRefresh(o.notes, o.token)
	if got := o.asksUserInfo(o.token.AccessToken); got.status != http.StatusOK {
		o.t.Errorf("userinfo answers %d after the outage: %s", got.status, got.body)
	}
	o.isActive(o.notes, next.AccessToken, "token after the outage", true)
	if o.PID() != pid {
		o.t.Error("it is another process")
	}
}

func TestDatabaseThatIsAway(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-017", "R-168", "R-254")
	o := newOutage(t)
	o.line.Cut()
	o.failsClosed()
	o.line.Mend()
	o.recovers(o.PID())
}

// answersWithin bounds how long somebody waits for the word that there is no answer.
const answersWithin = 20 * time.Second

func TestDatabaseThatIsSilent(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-017", "R-254")
	o := newOutage(t)
	speak := o.line.Hush()
	begun := time.Now()
	got := o.asksUserInfo(o.token.AccessToken)
	if got.status != http.StatusServiceUnavailable || time.Since(begun) > answersWithin {
		t.Errorf("userinfo answers %d after %s", got.status, time.Since(begun).Round(time.Second))
	}
	if got := o.Status("/readyz"); got != http.StatusServiceUnavailable {
		t.Errorf("readyz answers %d, want 503", got)
	}
	if got := o.Status("/healthz"); got != http.StatusOK {
		t.Errorf("healthz answers %d, want 200", got)
	}
	speak()
	o.recovers(o.PID())
}
