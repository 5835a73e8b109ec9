package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os/exec"
	"strings"

	"writ/domain/oauth"
)

// outside is people with browsers, and an administrator at the command line: it knows nothing of the
// server but what every revision of it promises.
type outside struct {
	address  string
	web      oauth.ClientID
	browsers []*http.Client
}

// populateOutside has the program that serves make everybody.
func populateOutside(ctx context.Context, r *rig) (*world, error) {
	out := &outside{address: r.address()}
	w := &world{people: out, browsers: out}
	var owner string
	for i := range outsiders {
		id, err := out.enrol(ctx, r, fmt.Sprintf("person%d", i))
		if err != nil {
			return nil, err
		}
		owner = id
	}
	err := out.register(ctx, r, w, owner)
	out.web = w.web.id
	return w, err
}

// browse signs people in whom somebody else has made.
func browse(ctx context.Context, address string, web oauth.ClientID) (people, error) {
	out := &outside{address: address, web: web}
	for i := range outsiders {
		err := out.signIn(ctx, fmt.Sprintf("person%d", i))
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// outsiders is how many people have a browser: each has a password, which takes its time.
const outsiders = 8

// tabs is how many requests of a browser keep their connections.
const tabs = together / outsiders

const password = "correct horse battery staple"

// enrol makes an account and signs its owner in.
func (out *outside) enrol(ctx context.Context, r *rig, handle string) (string, error) {
	var made struct{ ID string }
	err := r.command(ctx, password+"\n", &made, "account", "create", "--handle", handle, "--password-stdin",
		"--name", handle, "--email", handle+"@example.org")
	if err != nil {
		return "", err
	}
	return made.ID, out.signIn(ctx, handle)
}

func (out *outside) signIn(ctx context.Context, handle string) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	browser := &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{MaxIdleConnsPerHost: tabs},
	}
	out.browsers = append(out.browsers, browser)
	_, err = out.post(ctx, browser, "/api/auth/password/signin", map[string]string{"identifier": handle, "token": password})
	return err
}

// register registers the clients, as inside.register does.
func (out *outside) register(ctx context.Context, r *rig, w *world, owner string) error {
	scopes := make([]string, 0, 8)
	for word := range strings.FieldsSeq(string(r.withID())) {
		scopes = append(scopes, "--scope", word)
	}
	for _, c := range []struct {
		who   *identity
		words []string
	}{
		{&w.machine, []string{"--name", "Machine", "--type", "confidential", "--owner", owner, "--scope", "READ_PROFILE", "--grant", "client_credentials"}},
		{&w.web, append([]string{
			"--name", "Web", "--type", "confidential", "--id-token-alg", "ES256", "--redirect-uri", redirectURI,
			"--grant", "authorization_code", "--grant", "refresh_token",
		}, scopes...)},
		{&w.device, append([]string{"--name", "Device", "--type", "public", "--grant", "device_code", "--grant", "refresh_token"}, scopes...)},
	} {
		var made struct {
			ClientID oauth.ClientID `json:"client_id"`
			Secret   string         `json:"client_secret"`
		}
		err := r.command(ctx, "", &made, append([]string{"client", "create"}, c.words...)...)
		if err != nil {
			return err
		}
		*c.who = identity{made.ClientID, oauth.Secret(made.Secret)}
	}
	return nil
}

// command runs a command of the server's program on its store.
func (r *rig) command(ctx context.Context, in string, answer any, args ...string) error {
	args = append(append(args, "--json"), r.settings...)
	cmd := exec.CommandContext(ctx, r.plan.program, args...)
	cmd.Stdin = strings.NewReader(in)
	said, err := cmd.Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		return fmt.Errorf("%s %s: %w: %s", args[0], args[1], err, failed.Stderr)
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(said, answer)
}

func (out *outside) close(context.Context) error {
	for _, b := range out.browsers {
		b.CloseIdleConnections()
	}
	return nil
}

// approve follows the client's link and consents.
func (out *outside) approve(ctx context.Context, number int, scope oauth.Scope) (string, error) {
	browser := out.browsers[number%len(out.browsers)]
	asked := url.Values{
		"response_type": {"code"}, "client_id": {string(out.web)}, "redirect_uri": {redirectURI}, "scope": {string(scope)},
		"state": {"s"}, "code_challenge": {string(verifier.Challenge())}, "code_challenge_method": {"S256"}, "prompt": {"consent"},
	}
	sent, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+out.address+"/api/oauth/authorize?"+asked.Encode(), nil)
	if err != nil {
		return "", err
	}
	led, err := browser.Do(sent)
	if err != nil {
		return "", err
	}
	_, _ = io.Copy(io.Discard, led.Body)
	_ = led.Body.Close()
	request, err := parameter(led.Header.Get("Location"), "request_id")
	if err != nil {
		return "", fmt.Errorf("authorize answers %s: %w", led.Status, err)
	}
	decided, err := out.post(ctx, browser, "/api/oauth/authorize/consent", map[string]string{"request_id": request, "decision": "approve"})
	if err != nil {
		return "", err
	}
	return parameter(decided["location"], "code")
}

func parameter(location, name string) (string, error) {
	u, err := url.Parse(location)
	if err != nil || u.Query().Get(name) == "" {
		return "", fmt.Errorf("no %s in the location %q: %w", name, location, err)
	}
	return u.Query().Get(name), nil
}

// post sends JSON and reads JSON.
func (out *outside) post(ctx context.Context, browser *http.Client, path string, body map[string]string) (map[string]string, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	sent, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+out.address+path, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	sent.Header.Set("Content-Type", "application/json")
	answer, err := browser.Do(sent)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	said, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil || answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s: %w: %s", path, answer.Status, err, said)
	}
	var found map[string]string
	return found, json.Unmarshal(said, &found)
}
