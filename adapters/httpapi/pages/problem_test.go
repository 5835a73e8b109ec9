package pages_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"writ/application/revoke"
	"writ/domain/account"
	"writ/domain/authorization"
	"writ/domain/client"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports/portstest/req"
)

func TestFailuresHavePages(t *testing.T) {
	w := newWorld(t)
	secretive := errors.New("connect to db.internal:5432: refused")
	var failure error
	var noted int
	w.router.GET("/fails", func(c *gin.Context) { w.pages.Failure(c, failure); noted = len(c.Errors) })
	for name, tc := range map[string]struct {
		err    error
		status int
		retry  string
		detail string
		noted  int
	}{
		"an outage":            {secretive, http.StatusServiceUnavailable, "5", "", 1},
		"too many tries":       {fmt.Errorf("sign in: %w", &oauth.LimitError{RetryAfter: 90*time.Second + 1}), http.StatusTooManyRequests, "91", "", 0},
		"an unknown client":    {client.ErrUnknown, http.StatusBadRequest, "", "", 0},
		"a wrong redirect URI": {fmt.Errorf("begin: %w", client.ErrRedirectURI), http.StatusBadRequest, "", "", 0},
		"a decided request":    {authorization.ErrDecided, http.StatusBadRequest, "", "", 0},
		"no permission":        {account.ErrMayNotUseClients, http.StatusForbidden, "", "", 0},
		"no such grant":        {revoke.ErrGrant, http.StatusNotFound, "", "", 0},
		"another refusal":      {oauth.ErrUnknownScope, http.StatusBadRequest, "", "invalid_scope", 0},
	} {
		t.Run(name, func(t *testing.T) {
			failure = tc.err
			b := w.browser()
			got := b.get("/fails")
			if got.Code != tc.status || got.Header().Get("Retry-After") != tc.retry || noted != tc.noted {
				t.Errorf("got %d, Retry-After %q, noted %d", got.Code, got.Header().Get("Retry-After"), noted)
			}
			if b.find(got, "problem-text"); strings.Contains(got.Body.String(), "db.internal") {
				t.Error("the page tells internals")
			}
			if tc.detail != "" && !strings.Contains(text(b.find(got, "problem-detail")), tc.detail) {
				t.Errorf("the page does not tell %q", tc.detail)
			}
		})
	}
	failure = session.ErrNotSignedIn
	if got := w.browser().get("/fails"); got.Code != http.StatusFound || got.Header().Get("Location") != "/login" {
		t.Errorf("not signed in: got %d to %q", got.Code, got.Header().Get("Location"))
	}
}

func TestProblemsFitTheirStatus(t *testing.T) {
	req.Covers(t, "R-264")
	w := newWorld(t)
	var status int
	var cause error
	w.router.GET("/fails", func(c *gin.Context) { w.pages.Problem(c, status, cause) })
	b := w.browser()
	for name, tc := range map[string]struct {
		status int
		cause  error
		title  string
	}{
		"an unknown client":    {http.StatusBadRequest, client.ErrUnknown, "not known here"},
		"a wrong redirect URI": {http.StatusBadRequest, client.ErrRedirectURI, "wrong address"},
		"another refusal":      {http.StatusBadRequest, oauth.Refuse(oauth.InvalidRequest, "</p><script>x</script>"), "not in order"},
		"what is no refusal":   {http.StatusBadRequest, errors.New("db.internal"), "not in order"},
		"nothing there":        {http.StatusNotFound, nil, "nothing here"},
		"an outage":            {http.StatusServiceUnavailable, errors.New("db.internal"), "right now"},
		"too many":             {http.StatusTooManyRequests, &oauth.LimitError{RetryAfter: time.Second}, "Too many"},
	} {
		status, cause = tc.status, tc.cause
		got := b.get("/fails")
		b.find(got, "problem-text")
		page := got.Body.String()
		if got.Code != tc.status || !strings.Contains(page, tc.title) || strings.Contains(page, "<script") || strings.Contains(page, "db.internal") {
			t.Errorf("%s: got %d:\n%s", name, got.Code, page)
		}
	}
	if missing := b.get("/no/such"); missing.Code != http.StatusNotFound {
		t.Errorf("an address without a page: %d", missing.Code)
	}
}

func TestAnOutageSaysNothingAboutTheVisitor(t *testing.T) {
	w := newWorld(t)
	b := w.signedIn("alice")
	gone := func(r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		cancel()
		*r = *r.WithContext(ctx)
	}
	for _, path := range []string{"/", "/login", "/device", "/account/applications", consentPath("x")} {
		if got := b.send(http.MethodGet, path, nil, gone); got.Code != http.StatusServiceUnavailable || got.Header().Get("Retry-After") == "" {
			t.Errorf("%s: got %d, Retry-After %q", path, got.Code, got.Header().Get("Retry-After"))
		}
	}
	for _, path := range []string{"/login", "/logout", "/device", "/account/applications/revoke", "/oauth/authorize/consent"} {
		if got := b.post(path, nil, gone); got.Code != http.StatusServiceUnavailable {
			t.Errorf("posting to %s: got %d", path, got.Code)
		}
	}
	if text(b.find(b.get("/"), "account")) != "alice" {
		t.Error("the visitor was signed out")
	}
}

func TestWhatPeopleTypeIsShownAsTextThatCanBeSeen(t *testing.T) {
	req.Covers(t, "R-087", "R-264")
	for typed, want := range map[string]string{
		"a\u202eb\u200bc\u2066d\ufeffe": "abcde",
		"line\nbreak\tand\u2028more":    "line break and more",
		`"><script>alert(1)</script>`:   `"><script>alert(1)</script>`,
		"\xff\xfe":                      "�",
		"żółw 🐢":                        "żółw 🐢",
		strings.Repeat("é", 150):        strings.Repeat("é", 100) + "…",
	} {
		b := newWorld(t).browser() // a new one each: what is no handle shares one limit
		got := b.signIn(typed, "wrong", "")
		if value := attr(b.find(got, "login-handle"), "value"); value != want || strings.Contains(got.Body.String(), "<script>") {
			t.Errorf("%q is shown as %q, want %q", typed, value, want)
		}
	}
}
