package crash_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	neturl "net/url"
	"testing"

	"writ/cmd/writ/e2e/harness"
)

const (
	redirectURI = "http://127.0.0.1/callback"
	verifier    = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // of RFC 7636 appendix B
	challenge   = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	password    = "correct horse battery staple"
)

// person has an account and a browser, signed in at every process: cookies know no ports.
type person struct {
	id      string
	handle  string
	browser *http.Client
}

// createPerson opens an account with further options and signs its owner in.
func (s *site) createPerson(t *testing.T, handle string, more ...string) *person {
	t.Helper()
	var made struct{ ID string }
	args := append([]string{"account", "create", "--handle", handle, "--password-stdin"}, more...)
	s.of(0).AskWith(password+"\n", &made, args...)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &person{id: made.ID, handle: handle, browser: &http.Client{
		Jar: jar, Transport: newTransport(t),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	p.signIn(t, s.of(0))
	return p
}

func (p *person) signIn(t *testing.T, at *harness.Server) {
	t.Helper()
	signIn := map[string]string{"identifier": p.handle, "token": password}
	if _, err := p.post(t.Context(), url(at, "/api/auth/password/signin"), signIn); err != nil {
		t.Fatal(err)
	}
}

// errUnavailable is an answer that says nothing about what was asked, only that it may be asked again.
var errUnavailable = errors.New("the server answers 503")

// newTransport keeps enough connections for a crowd, until the test ends.
func newTransport(t *testing.T) *http.Transport {
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// authorize approves what a client asks for, and gives the code that leads it to tokens.
func (p *person) authorize(ctx context.Context, at *harness.Server, client, scope string) (string, error) {
	request, err := p.visit(ctx, at, client, scope)
	if err != nil {
		return "", err
	}
	answer, err := p.post(ctx, url(at, consentPath), map[string]string{"request_id": request, "decision": "approve"})
	if err != nil {
		return "", err
	}
	return parameter(answer["location"], "code")
}

const (
	consentPath       = "/api/oauth/authorize/consent"
	deviceConsentPath = "/api/oauth/device/consent"
)

// visit follows a client's link, and gives the id of the request that is to be decided.
func (p *person) visit(ctx context.Context, at *harness.Server, client, scope string) (string, error) {
	asked := neturl.Values{
		"response_type": {"code"}, "client_id": {client}, "redirect_uri": {redirectURI}, "scope": {scope},
		"state": {"s"}, "code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}
	sent, err := http.NewRequestWithContext(ctx, http.MethodGet, url(at, "/api/oauth/authorize?"+asked.Encode()), nil)
	if err != nil {
		return "", err
	}
	response, err := p.browser.Do(sent)
	if err != nil {
		return "", err
	}
	_ = response.Body.Close()
	if response.StatusCode == http.StatusServiceUnavailable {
		return "", fmt.Errorf("authorize: %w", errUnavailable)
	}
	request, err := parameter(response.Header.Get("Location"), "request_id")
	if err != nil {
		return "", fmt.Errorf("authorize answers %s: %w", response.Status, err)
	}
	return request, nil
}

func parameter(location, name string) (string, error) {
	u, err := neturl.Parse(location)
	if err != nil || u.Query().Get(name) == "" {
		return "", fmt.Errorf("no %s in the location %q: %w", name, location, err)
	}
	return u.Query().Get(name), nil
}

// allowDevice approves a device's request.
func (p *person) allowDevice(ctx context.Context, at *harness.Server, userCode string) error {
	_, err := p.post(ctx, url(at, deviceConsentPath), map[string]string{"user_code": userCode, "decision": "approve"})
	return err
}

// post sends JSON and reads JSON. A refusal is an error.
func (p *person) post(ctx context.Context, to string, body map[string]string) (map[string]string, error) {
	status, said, err := p.send(ctx, to, body)
	if err != nil {
		return nil, err
	}
	switch status {
	case http.StatusOK:
	case http.StatusServiceUnavailable:
		return nil, fmt.Errorf("%s: %w", to, errUnavailable)
	default:
		return nil, fmt.Errorf("%s answers %d: %s", to, status, said)
	}
	var answer map[string]string
	return answer, json.Unmarshal(said, &answer)
}

// decide decides on something, and tells how that was answered.
func (p *person) decide(ctx context.Context, to string, body map[string]string) (answer, error) {
	var a answer
	status, said, err := p.send(ctx, to, body)
	if err != nil {
		return a, err
	}
	a.Status = status
	return a, json.Unmarshal(said, &struct {
		Error *string `json:"error"`
	}{&a.Error})
}

func (p *person) send(ctx context.Context, to string, body map[string]string) (status int, said []byte, err error) {
	text, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(text))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := p.browser.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	said, err = io.ReadAll(response.Body)
	return response.StatusCode, said, err
}
