package crash_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	neturl "net/url"
	"strings"
	"sync"
	"testing"

	"writ/cmd/writ/e2e/harness"
)

// client is an application at the token endpoint.
type client struct {
	id   string
	http *http.Client
}

func newClient(t *testing.T, id string) *client {
	return &client{id: id, http: &http.Client{Transport: newTransport(t)}}
}

// answer is what the token endpoint said.
type answer struct {
	Status  int
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Scope   string `json:"scope"`
	Error   string `json:"error"`
}

// String says what came of a request, without the tokens.
func (a answer) String() string { return strings.TrimSpace(fmt.Sprintf("%d %s", a.Status, a.Error)) }

// redeem trades a code for tokens.
func (c *client) redeem(ctx context.Context, at *harness.Server, code string) (answer, error) {
	return c.ask(ctx, at, neturl.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirectURI}, "code_verifier": {verifier},
	})
}

// refresh trades a refresh token for tokens.
func (c *client) refresh(ctx context.Context, at *harness.Server, token string) (answer, error) {
	return c.ask(ctx, at, neturl.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
}

// poll asks for the tokens of a device.
func (c *client) poll(ctx context.Context, at *harness.Server, deviceCode string) (answer, error) {
	return c.ask(ctx, at, neturl.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {deviceCode},
	})
}

// ask posts to the token endpoint. An error means that no answer came.
func (c *client) ask(ctx context.Context, at *harness.Server, form neturl.Values) (answer, error) {
	var a answer
	status, err := c.post(ctx, url(at, "/api/oauth/token"), form, &a)
	a.Status = status
	return a, err
}

// requested is what a device got for its request.
type requested struct {
	DeviceCode string `json:"device_code"`
	UserCode   string `json:"user_code"`
}

func (c *client) requestDevice(ctx context.Context, at *harness.Server, scope string) (requested, error) {
	var r requested
	status, err := c.post(ctx, url(at, "/api/oauth/device_authorization"), neturl.Values{"scope": {scope}}, &r)
	switch {
	case err != nil:
	case status == http.StatusServiceUnavailable:
		err = errUnavailable
	case r.UserCode == "":
		err = fmt.Errorf("the device authorization endpoint answers %d", status)
	}
	return r, err
}

// revoke gives a token up.
func (c *client) revoke(ctx context.Context, at *harness.Server, token string) (status int, err error) {
	return c.post(ctx, url(at, "/api/oauth/revoke"), neturl.Values{"token": {token}}, nil)
}

func (c *client) post(ctx context.Context, to string, form neturl.Values, into any) (status int, err error) {
	form.Set("client_id", c.id)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := c.http.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	if into != nil {
		err = json.NewDecoder(response.Body).Decode(into)
	}
	return response.StatusCode, err
}

// userInfo is the status with which userinfo answers an access token.
func (c *client) userInfo(ctx context.Context, at *harness.Server, access string) (status int, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url(at, "/api/oauth/userinfo"), nil)
	if err != nil {
		return 0, err
	}
	request.Header.Set("Authorization", "Bearer "+access)
	response, err := c.http.Do(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

// grantOf is the grant that an access token names.
func grantOf(access string) string {
	parts := strings.Split(access, ".")
	if len(parts) != 3 {
		return ""
	}
	var claims struct {
		Grant string `json:"gid"`
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(text, &claims) != nil {
		return ""
	}
	return claims.Grant
}

// atOnce runs ask so many times, all of them let go at one moment, and gives what came of each.
// It fails the test when a request got no answer.
func atOnce(t *testing.T, times int, ask func(turn int) (answer, error)) []answer {
	t.Helper()
	answers, failures := make([]answer, times), make([]error, times)
	gate := make(chan struct{})
	var ready, done sync.WaitGroup
	for i := range times {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-gate
			answers[i], failures[i] = ask(i)
		})
	}
	ready.Wait()
	close(gate)
	done.Wait()
	for i, err := range failures {
		if err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
	}
	return answers
}

// tally counts answers by what they say.
func tally(answers []answer) map[string]int {
	counts := map[string]int{}
	for _, a := range answers {
		counts[a.String()]++
	}
	return counts
}
