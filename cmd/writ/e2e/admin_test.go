package e2e_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"writ/cmd/writ/e2e/harness"
)

// administrator is somebody who looks after the server, signed in.
func (w *world) administrator(handle string) (*frontend, person) {
	w.t.Helper()
	p := w.hire(handle, "ADMINISTRATOR")
	return w.frontend().signIn(p), p
}

// tail is a stream of server-sent events that is read.
type tail struct {
	t      *testing.T
	frames chan map[string]string
}

// tail opens a stream, which ends with the test at the latest.
func (f *frontend) tail(query string, header ...string) *tail {
	f.w.t.Helper()
	request := ask(f.w.t, http.MethodGet, f.w.URL+"/api/admin/events/stream?"+query, nil)
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := f.client.Do(request)
	if err != nil || response.StatusCode != http.StatusOK {
		f.w.t.Fatalf("open a stream: %v %v", response, err)
	}
	f.w.t.Cleanup(func() { _ = response.Body.Close() })
	s := &tail{f.w.t, make(chan map[string]string, 1000)}
	go s.read(response.Body)
	return s
}

func (s *tail) read(from io.Reader) {
	defer close(s.frames)
	frame := map[string]string{}
	for lines := bufio.NewScanner(from); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		if name != "" {
			frame[name] = value
		} else if frame["data"] != "" {
			s.frames <- frame
			frame = map[string]string{}
		}
	}
}

// until reads on to the next event of a kind; of none when the stream is to end.
func (s *tail) until(kind string) map[string]string {
	s.t.Helper()
	tooLong := time.After(patience)
	for {
		select {
		case frame, more := <-s.frames:
			if !more && kind == "" {
				return nil
			}
			if !more {
				s.t.Fatalf("the stream ended before %s", kind)
			}
			if frame["event"] == kind {
				return frame
			}
		case <-tooLong:
			s.t.Fatalf("waiting for %q in vain", kind)
		}
	}
}

func TestAnAdministratorSeesWhatHappens(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		root, _ := w.administrator("root")
		ada, notes := w.hire("ada"), w.native()
		live := root.tail("kind=grant&account=" + ada.ID)
		token := w.allow(ada, notes, wide)
		opened := live.until("grant.opened")
		token = w.mustRefresh(notes, token)
		refreshed := live.until("grant.refreshed")
		if again := root.tail("kind=grant", "Last-Event-ID", opened["id"]).until("grant.refreshed"); again["id"] != refreshed["id"] {
			t.Errorf("resuming behind %s gives %v, want %v", opened["id"], again, refreshed)
		}

		chain := root.must(http.StatusOK, http.MethodPost, "/api/admin/explain", map[string]string{"of": token.AccessToken})
		if told := chain.json(t); told["state"] != "live" || told["client_id"] != notes.ClientID || strings.Contains(string(chain.body), token.AccessToken) {
			t.Errorf("explained %s", chain.body)
		}
		now := root.must(http.StatusOK, http.MethodGet, "/api/admin/accounts/"+ada.ID+"/at", nil).json(t)
		if grants := now["grants"].([]any); len(grants) != 1 || grants[0].(map[string]any)["client_id"] != notes.ClientID {
			t.Errorf("now: %v", now)
		}
		page := root.must(http.StatusOK, http.MethodGet, "/api/admin/events?limit=1000&client="+notes.ClientID, nil)
		if n := len(page.json(t)["events"].([]any)); n < 4 || strings.Contains(string(page.body), "Ada") {
			t.Errorf("%d events of the client: %s", n, page.body)
		}
		id := root.must(http.StatusOK, http.MethodGet, "/api/admin/events/"+opened["id"], nil).json(t)["id"].(string)
		if shown := root.must(http.StatusOK, http.MethodGet, "/api/admin/events/"+id, nil).json(t); fmt.Sprint(shown["position"]) != opened["id"] {
			t.Errorf("event %s is %v, at %s in the stream", id, shown, opened["id"])
		}
		w.auditsAlike(root)

		w.Stop() // which the stream does not hold up
		live.until("")
	})
}

// auditsAlike compares the audit of the command line with that of the API.
func (w *world) auditsAlike(root *frontend) {
	w.t.Helper()
	for _, format := range []string{"csv", "jsonl"} {
		byCommand, err := w.CLI("audit", "--since", "2020-01-01T00:00:00Z", "--format", format)
		if err != nil {
			w.t.Fatal(err)
		}
		over := root.must(http.StatusOK, http.MethodGet, "/api/admin/audit?since=2020-01-01T00:00:00Z&format="+format, nil)
		if string(over.body) != string(byCommand) || len(over.body) == 0 {
			w.t.Errorf("the audit in %s differs: %d bytes by HTTP, %d by the command", format, len(over.body), len(byCommand))
		}
	}
}

func TestAReplicaStreamsWhatHappensAtAnother(t *testing.T) {
	t.Parallel()
	one, other := beside(t)
	root, p := one.administrator("root")
	there := &frontend{other, root.client}
	live := there.tail("kind=account")
	ada := one.hire("ada")
	if opened := live.until("account.opened"); !strings.Contains(opened["data"], ada.ID) {
		t.Errorf("streamed %v", opened)
	}
	one.Ask(nil, "account", "permissions", p.ID, "--set", "USE_OAUTH_CLIENTS")
	there.must(http.StatusForbidden, http.MethodGet, "/api/admin/events", nil) // at once, wherever it was lost
}

func TestTheInboxOfABrokerThatListensNowhere(t *testing.T) {
	t.Parallel()
	w := serve(t, harness.Options{Env: map[string]string{"WRIT_NATS_LISTEN": "off"}})
	root, _ := w.administrator("root")
	if list := root.must(http.StatusOK, http.MethodGet, "/api/admin/inbox/rejected", nil).json(t); len(list["rejected"].([]any)) != 0 {
		t.Errorf("rejected %v", list)
	}
	root.must(http.StatusNotFound, http.MethodGet, "/api/admin/inbox/rejected/1", nil)
	if so := root.must(http.StatusOK, http.MethodPost, "/api/admin/inbox/replay", map[string]string{"from": "2020-01-01T00:00:00Z"}).json(t); so["done"] != true {
		t.Errorf("replayed %v", so)
	}
}

func TestProgramsAdministerByTheirTokens(t *testing.T) {
	t.Parallel()
	w := serve(t, harness.Options{})
	_, p := w.administrator("root")
	flags := []string{"--owner", p.ID, "--scope", "ADMINISTRATOR READ_PROFILE"}
	robot := w.register("Console", "confidential", "client_credentials", flags...)
	for scope, want := range map[string]int{"ADMINISTRATOR": http.StatusOK, "READ_PROFILE": http.StatusForbidden} {
		var issued struct {
			AccessToken string `json:"access_token"`
		}
		w.Ask(&issued, "token", "--client-id", robot.ClientID, "--client-secret", robot.Secret, "--scope", scope)
		request := ask(t, http.MethodGet, w.URL+"/api/admin/events?limit=1", nil)
		request.Header.Set("Authorization", "Bearer "+issued.AccessToken)
		got := do(t, http.DefaultClient, request)
		if got.status != want || (want == http.StatusForbidden) != strings.Contains(got.header.Get("WWW-Authenticate"), "insufficient_scope") {
			t.Errorf("a token for %s is answered %d %v: %s", scope, got.status, got.header, got.body)
		}
	}
}
