package httpapi_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"writ/adapters/httpapi"
	"writ/domain/oauth"
)

// frame is one event of a stream.
type frame struct {
	id, event, text string
	comments        int // signs of life before it
}

// streaming is a stream that is read.
type streaming struct {
	t        *testing.T
	answer   *http.Response
	incoming chan frame
}

// stream opens a stream over a real connection.
func stream(t *testing.T, at string, pairs ...string) *streaming {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at, nil)
	must(t, err)
	answer, err := http.DefaultClient.Do(header(q, pairs...))
	must(t, err)
	t.Cleanup(func() { _ = answer.Body.Close() })
	s := &streaming{t, answer, make(chan frame, 1000)}
	go s.read()
	return s
}

func (s *streaming) read() {
	defer close(s.incoming)
	var f frame
	for lines := bufio.NewScanner(s.answer.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case ":":
			f.comments++
		case "id":
			f.id = value
		case "event":
			f.event = value
		case "data":
			f.text = value
		case "":
			if f.text != "" {
				s.incoming <- f
				f = frame{}
			}
		}
	}
}

const patience = 20 * time.Second

func (s *streaming) next() frame {
	s.t.Helper()
	select {
	case f, more := <-s.incoming:
		if !more {
			s.t.Fatal("the stream ended")
		}
		return f
	case <-time.After(patience):
		s.t.Fatal("nothing comes")
	}
	panic("not reached")
}

// ends waits for the end of the stream.
func (s *streaming) ends() {
	s.t.Helper()
	tooLong := time.After(patience)
	for {
		select {
		case _, more := <-s.incoming:
			if !more {
				return
			}
		case <-tooLong:
			s.t.Fatal("the stream does not end")
		}
	}
}

func (b browser) header() []string { return []string{"Cookie", b.cookie.Name + "=" + b.cookie.Value} }

// hurried makes streams show signs of life, and look at their permission, all the time.
func hurried(c *httpapi.Config, _ *httpapi.Roles) {
	c.Streams = httpapi.StreamTimes{Pulse: 10 * time.Millisecond, Recheck: 10 * time.Millisecond}
}

func TestEventsAreStreamedAsTheyHappen(t *testing.T) {
	r := newRig(t, hurried)
	ada, _ := r.administrator("ada")
	s := r.real(t, &http.Server{ReadTimeout: 200 * time.Millisecond, WriteTimeout: 200 * time.Millisecond})
	now := stream(t, s.URL+"/api/admin/events/stream?kind=account", ada.header()...)
	if h := now.answer.Header; h.Get("Content-Type") != "text/event-stream" || h.Get("Cache-Control") != "no-store" || h.Get("X-Accel-Buffering") != "no" {
		t.Errorf("headers %v", h)
	}
	waited := time.NewTimer(500 * time.Millisecond) // longer than the connection's own limits
	<-waited.C
	r.person("bob")
	first := now.next()
	if first.event != "account.opened" || first.comments == 0 {
		t.Errorf("the first is %+v", first)
	}
	var told struct {
		Position      int64
		Stream, Name  string
		Client, Cause string
	}
	must(t, json.Unmarshal([]byte(first.text), &told))
	if strconv.FormatInt(told.Position, 10) != first.id || !strings.HasPrefix(told.Stream, "account/") || told.Name != "opened" {
		t.Errorf("told %+v under id %s", told, first.id)
	}
	second := now.next()
	if second.event != "account.profile_changed" || strings.Contains(second.text, "Lovelace") {
		t.Errorf("the second is %+v", second)
	}
	again := stream(t, s.URL+"/api/admin/events/stream?kind=account&from=1", append(ada.header(), "Last-Event-ID", first.id)...)
	if got := again.next(); got.id != second.id || got.event != second.event {
		t.Errorf("resuming gives %+v, want %+v", got, second)
	}
	all := stream(t, s.URL+"/api/admin/events/stream?from=0", ada.header()...)
	if got := all.next(); got.id != "1" {
		t.Errorf("from the beginning comes %+v", got)
	}
}

func TestAStreamEndsWithThePermissionToReadIt(t *testing.T) {
	for name, end := range map[string]func(r *rig, b browser, id string){
		"the permission is lost": func(r *rig, _ browser, id string) { r.permit(id, oauth.UseOAuthClients) },
		"the session ends": func(r *rig, b browser, _ string) {
			answers(r.t, b.do(request(r.t, http.MethodPost, "/api/auth/logout")), http.StatusNoContent)
		},
		"the account is suspended": func(r *rig, _ browser, id string) {
			_, err := r.accounts.Suspend(r.t.Context(), id)
			must(r.t, err)
		},
		"it is not known any more": func(r *rig, _ browser, _ string) { r.outage.away.Store(true) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, hurried)
			ada, id := r.administrator("ada")
			s := r.real(t, &http.Server{})
			open := stream(t, s.URL+"/api/admin/events/stream", ada.header()...)
			end(r, ada, id)
			open.ends()
		})
	}
}

func TestStreamsEndWithTheServer(t *testing.T) {
	stopping := make(chan struct{})
	r := newRig(t, func(_ *httpapi.Config, roles *httpapi.Roles) { roles.Stopping = stopping })
	ada, _ := r.administrator("ada")
	server := &http.Server{}
	server.RegisterOnShutdown(func() { close(stopping) })
	s := r.real(t, server)
	open := stream(t, s.URL+"/api/admin/events/stream", ada.header()...)
	must(t, server.Shutdown(t.Context()))
	open.ends()
}

func TestStreamsAreBounded(t *testing.T) {
	r := newRig(t)
	ada, _ := r.administrator("ada")
	s := r.real(t, &http.Server{})
	var open []*streaming
	for range httpapi.MostLongAnswers {
		one := stream(t, s.URL+"/api/admin/events/stream", ada.header()...)
		if one.answer.StatusCode != http.StatusOK {
			t.Fatalf("stream %d is answered %d", len(open), one.answer.StatusCode)
		}
		open = append(open, one)
	}
	for _, path := range []string{"/api/admin/events/stream", "/api/admin/audit?since=2026-01-01T00:00:00Z"} {
		more := ada.do(get(t, path))
		wants(t, more, http.StatusServiceUnavailable, "temporarily_unavailable")
		if more.Header().Get("Retry-After") == "" || more.Header().Get("Content-Type") != "application/json; charset=utf-8" {
			t.Errorf("%s: %v", path, more.Header())
		}
	}
	must(t, open[0].answer.Body.Close())
	eventually(t, "a place is free", func() bool {
		return ada.do(get(t, "/api/admin/audit?since=2026-01-01T00:00:00Z")).Code == http.StatusOK
	})
}

// pipes is a listener whose connections hold nothing: what one end writes the other has to read.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	c, more := <-p
	if !more {
		return nil, net.ErrClosed
	}
	return c, nil
}
func (p pipes) Close() error   { close(p); return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

func TestWhoDoesNotReadIsLetGo(t *testing.T) {
	for _, path := range []string{"/api/admin/events/stream?from=0", "/api/admin/audit?since=2026-01-01T00:00:00Z"} {
		t.Run(path, func(t *testing.T) {
			r := newRig(t, func(c *httpapi.Config, _ *httpapi.Roles) { c.Streams.Stall = 50 * time.Millisecond })
			ada, _ := r.administrator("ada")
			ours, theirs := net.Pipe()
			listener := make(pipes, 1)
			listener <- theirs
			server := &http.Server{Handler: r.handler}
			go func() { _ = server.Serve(listener) }() // ends with the test
			t.Cleanup(func() { _ = server.Close() })
			q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, issuer+path, nil)
			must(t, err)
			must(t, header(q, ada.header()...).Write(ours))
			served := func() bool { return strings.HasPrefix(r.seen.last(), "/api/admin/") }
			eventually(t, "the answer ends", served)
		})
	}
}

func TestWhatAStreamDoesNotUnderstand(t *testing.T) {
	r := newRig(t)
	ada, _ := r.administrator("ada")
	for _, query := range []string{"kind=wish", "from=x", "from=1&from=1"} {
		wants(t, ada.do(get(t, "/api/admin/events/stream?"+query)), http.StatusBadRequest, "invalid_request")
	}
	wants(t, ada.do(header(get(t, "/api/admin/events/stream"), "Last-Event-ID", "x")), http.StatusBadRequest, "invalid_request")
}

func TestAnAuditIsWholeOrBrokenOff(t *testing.T) {
	r := newRig(t)
	ada, _ := r.administrator("ada")
	s := r.client(webSettings(), `=HYPERLINK("x")`)
	ada.grant(s, "openid CREATE_POST")
	audit := func(query string) (string, http.Header) {
		t.Helper()
		w := ada.do(get(t, "/api/admin/audit?since=2026-01-01T00:00:00Z&"+query))
		answers(t, w, http.StatusOK)
		return w.Body.String(), w.Header()
	}
	lines, h := audit("")
	if h.Get("Content-Type") != "application/jsonl; charset=utf-8" || h.Get("Content-Disposition") != `attachment; filename="audit.jsonl"` {
		t.Errorf("headers %v", h)
	}
	rows, h := audit("format=csv")
	if !strings.HasPrefix(rows, "time,position,event,what,") || h.Get("Content-Disposition") != `attachment; filename="audit.csv"` {
		t.Errorf("rows %s, headers %v", rows, h)
	}
	if n := strings.Count(lines, "\n"); n < 4 || strings.Count(rows, "\r\n") != n+1 {
		t.Errorf("%d lines, and %d rows with the first", n, strings.Count(rows, "\r\n"))
	}
	if strings.Contains(rows, ",=") || strings.Contains(rows, `,"=`) || !strings.Contains(rows, `"'=HYPERLINK(""x"")"`) {
		t.Errorf("a cell is a formula: %s", rows)
	}
	none, _ := audit("format=csv&until=2026-01-02T00:00:00Z")
	if strings.Count(none, "\r\n") != 1 {
		t.Errorf("an audit of nothing is %q", none)
	}
	if none, _ := audit("until=2026-01-02T00:00:00Z"); none != "" {
		t.Errorf("an audit of nothing is %q", none)
	}
	for _, query := range []string{"", "since=noon", "since=2026-01-01T00:00:00Z&until=x", "since=2026-01-01T00:00:00Z&format=xml"} {
		wants(t, ada.do(get(t, "/api/admin/audit?"+query)), http.StatusBadRequest, "invalid_request")
	}
}

func TestAnAuditOutlastsTheLimitsOfARequest(t *testing.T) {
	r := newRig(t)
	ada, _ := r.administrator("ada")
	s := r.real(t, &http.Server{WriteTimeout: time.Nanosecond})
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/api/admin/audit?since=2026-01-01T00:00:00Z", nil)
	must(t, err)
	answer, err := http.DefaultClient.Do(header(q, ada.header()...))
	must(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK || len(body) == 0 {
		t.Errorf("%d, %d bytes, %v", answer.StatusCode, len(body), err)
	}
}

func TestAnAuditThatFailsIsNotTakenForWhole(t *testing.T) {
	r := newRig(t)
	ada, _ := r.administrator("ada")
	for range 20 {
		r.browser("ada")
	}
	const path = "/api/admin/audit?format=csv&since=2026-01-01T00:00:00Z"
	r.breaksAt.Store(1)
	wants(t, ada.do(get(t, path)), http.StatusServiceUnavailable, "temporarily_unavailable")
	r.breaksAt.Store(15)
	s := r.real(t, &http.Server{})
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
	must(t, err)
	answer, err := http.DefaultClient.Do(header(q, ada.header()...))
	if err == nil {
		defer answer.Body.Close()
		_, err = io.ReadAll(answer.Body)
	}
	if err == nil {
		t.Error("the part of an audit is an answer like any other")
	}
}

// eventually waits until check says yes.
func eventually(t *testing.T, what string, check func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !check() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("it never came to this: %s", what)
		}
	}
}
