package e2e_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"testing"
)

// answer is an HTTP response that has been read.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// try sends a request and reads the answer.
func try(client *http.Client, request *http.Request) (answer, error) {
	response, err := client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, body}, err
}

// do is try, and fails the test only if no answer comes.
func do(t *testing.T, client *http.Client, request *http.Request) answer {
	t.Helper()
	a, err := try(client, request)
	if err != nil {
		t.Fatalf("%s %s: %v", request.Method, request.URL.Path, err)
	}
	return a
}

// ask makes a request. A form is posted; without one it is a GET.
func ask(t *testing.T, method, at string, form url.Values) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, at, bytes.NewReader([]byte(form.Encode())))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return request
}

// json reads the answer's body.
func (a answer) json(t *testing.T) map[string]any {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal(a.body, &members); err != nil {
		t.Fatalf("status %d, and the body is no JSON object: %v: %q", a.status, err, a.body)
	}
	return members
}

// code is the `error` member of an answer.
func (a answer) code(t *testing.T) string {
	t.Helper()
	code, _ := a.json(t)["error"].(string)
	return code
}

// frontend is a page of somebody else's that uses the JSON endpoints.
type frontend struct {
	w      *world
	client *http.Client
}

func (w *world) frontend() *frontend {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &frontend{w, &http.Client{Jar: jar, CheckRedirect: stay}}
}

// call sends JSON, or nothing, from a page of the server's own origin.
func (f *frontend) call(method, path string, members map[string]string) answer {
	f.w.t.Helper()
	var body io.Reader
	if members != nil {
		text, err := json.Marshal(members)
		if err != nil {
			f.w.t.Fatal(err)
		}
		body = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(f.w.t.Context(), method, f.w.URL+path, body)
	if err != nil {
		f.w.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	request.Header.Set("Sec-Fetch-Mode", "cors")
	return do(f.w.t, f.client, request)
}

// must is call, and fails the test unless the status is the one wanted.
func (f *frontend) must(status int, method, path string, members map[string]string) answer {
	f.w.t.Helper()
	a := f.call(method, path, members)
	if a.status != status {
		f.w.t.Fatalf("%s %s answers %d, want %d: %s", method, path, a.status, status, a.body)
	}
	return a
}

func (f *frontend) signIn(p person) *frontend {
	f.w.t.Helper()
	f.must(http.StatusOK, http.MethodPost, "/api/auth/password/signin", map[string]string{"identifier": p.Handle, "token": p.password})
	return f
}

// decide answers an authorization request, and returns the query of the redirect to the client.
func (f *frontend) decide(authorize, decision string) url.Values {
	f.w.t.Helper()
	asked := do(f.w.t, f.client, ask(f.w.t, http.MethodGet, authorize, nil))
	consent := f.location(asked.header.Get("Location"))
	id := consent.Query().Get("request_id")
	if id == "" {
		f.w.t.Fatalf("the authorization endpoint answers %d to %q: %s", asked.status, consent, asked.body)
	}
	seen := f.must(http.StatusOK, http.MethodGet, "/api/oauth/authorize/consent?request_id="+url.QueryEscape(id), nil).json(f.w.t)
	if seen["client_name"] == "" {
		f.w.t.Errorf("the consent names no client: %v", seen)
	}
	decided := f.must(http.StatusOK, http.MethodPost, "/api/oauth/authorize/consent",
		map[string]string{"request_id": id, "decision": decision}).json(f.w.t)
	back, _ := decided["location"].(string)
	return f.location(back).Query()
}

func (f *frontend) location(text string) *url.URL {
	f.w.t.Helper()
	u, err := url.Parse(text)
	if err != nil || text == "" {
		f.w.t.Fatalf("location %q: %v", text, err)
	}
	return u
}
