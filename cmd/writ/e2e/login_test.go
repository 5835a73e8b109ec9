package e2e_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"writ/cmd/writ/e2e/harness"
)

// screen is what a command prints, while it prints it. It is safe for concurrent use.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

var printedCode = regexp.MustCompile(`enter the code\s+(\S+)`)

// login runs `writ login` and approves as a person in a browser. It returns the stored token.
func (w *world) login(p person, scope string) *oauth2.Token {
	w.t.Helper()
	var said, answered screen
	command := w.Begin(&answered, &said, "login", "--scope", scope)
	var code string
	w.Until("the command prints a code", func() bool {
		if found := printedCode.FindStringSubmatch(said.String()); found != nil {
			code = found[1]
		}
		return code != ""
	})
	approveDevice(w.t, w, p, code)
	if err := command.Wait(); err != nil {
		w.t.Fatalf("writ login: %v: %s", err, said.String())
	}
	return w.storedToken(answered.String())
}

// storedToken reads the file that the command said it keeps the token in.
func (w *world) storedToken(answered string) *oauth2.Token {
	w.t.Helper()
	path := filepath.Join(w.Dir, "home", "config", "writ", "token.json")
	if !strings.Contains(answered, path) {
		w.t.Errorf("the command does not say that the token is in %s: %s", path, answered)
	}
	kept, err := os.Stat(path)
	if err != nil {
		w.t.Fatal(err)
	}
	if kept.Mode().Perm() != 0o600 {
		w.t.Errorf("the token can be read with mode %v", kept.Mode().Perm())
	}
	text, err := os.ReadFile(path)
	var stored struct {
		Issuer, Scope string
		oauth2.Token
	}
	if err == nil {
		err = json.Unmarshal(text, &stored)
	}
	if err != nil || stored.Issuer != w.URL {
		w.t.Fatalf("the file of the token has issuer %q: %v", stored.Issuer, err)
	}
	return stored.WithExtra(map[string]any{"scope": stored.Scope})
}

func TestLoginWithTheCommandLine(t *testing.T) {
	t.Parallel()
	w := serve(t, harness.Options{})
	ada := w.hire("ada", "CREATE_POST", "READ_PROFILE", "USE_OAUTH_CLIENTS")
	token := w.login(ada, "openid profile offline_access")
	if got, want := scopeOf(token), "openid profile offline_access CREATE_POST READ_PROFILE USE_OAUTH_CLIENTS"; got != want {
		t.Errorf("the command line has scope %q, want all that the person may do: %q", got, want)
	}
	w.Ask(nil, "account", "permissions", ada.Handle, "--set", "READ_PROFILE,USE_OAUTH_CLIENTS")
	next := w.mustRefresh(application{ClientID: "storyden-cli"}, token)
	if got, want := scopeOf(next), "openid profile offline_access READ_PROFILE USE_OAUTH_CLIENTS"; got != want {
		t.Errorf("after a permission is lost the scope is %q, want %q", got, want)
	}
	w.stillVerifies(token, scopeOf(token))
	narrowed := w.subscribe(w.dial("nats-subscriber.creds")).next("writ.grant-narrowed.v2")
	if narrowed.Data["lost"] != "CREATE_POST" {
		t.Errorf("subscribers are told that the grant lost %v", narrowed.Data["lost"])
	}
}

func TestTokenWithTheCommandLine(t *testing.T) {
	t.Parallel()
	w := serve(t, harness.Options{})
	w.hire("ada")
	robot := w.register("Robot", "confidential", "client_credentials", "--scope", "READ_PROFILE", "--owner", "ada")
	var token map[string]any
	w.Ask(&token, "token", "--client-id", robot.ClientID, "--client-secret", robot.Secret)
	if token["scope"] != "READ_PROFILE" || token["token_type"] != "Bearer" {
		t.Errorf("writ token answers %v", token)
	}
	_, err := w.CLI("token", "--client-id", robot.ClientID, "--client-secret", "wrong")
	if err == nil || !strings.Contains(err.Error(), "invalid_client") {
		t.Errorf("with a wrong secret writ token says %v", err)
	}
	posting := w.register("Poster", "confidential", "client_credentials", "--scope", "READ_PROFILE", "--auth-method", "client_secret_post", "--owner", "ada")
	w.Ask(&token, "token", "--client-id", posting.ClientID, "--client-secret", posting.Secret)
	w.Ask(nil, "account", "suspend", "ada")
	_, err = w.CLI("token", "--client-id", robot.ClientID, "--client-secret", robot.Secret)
	if err == nil || !strings.Contains(err.Error(), "unauthorized_client") {
		t.Errorf("while the owner is suspended writ token says %v", err)
	}
}

// asksUserInfo shows an access token at the userinfo endpoint.
func (w *world) asksUserInfo(token string) answer {
	w.t.Helper()
	request := ask(w.t, http.MethodGet, w.URL+"/api/oauth/userinfo", nil)
	request.Header.Set("Authorization", "Bearer "+token)
	return do(w.t, http.DefaultClient, request)
}

func TestSubscriberSeesTheLifeOfAGrant(t *testing.T) {
	t.Parallel()
	w := serve(t, harness.Options{})
	ada, notes := w.hire("ada"), w.native()
	var seen, said screen
	follow := w.Begin(&seen, &said, "events", "subscribe", "--url", w.NATS,
		"--credentials", filepath.Join(w.Dir, "nats-subscriber.creds"), "--client", notes.ClientID, "--account", ada.ID, "--count", "3")
	token := w.mustRefresh(notes, w.allow(ada, notes, "openid offline_access READ_PROFILE"))
	var grants []struct{ ID string }
	w.Ask(&grants, "grant", "list", "--account", ada.Handle)
	if len(grants) != 1 {
		t.Fatalf("there are %d grants, want 1", len(grants))
	}
	w.Ask(nil, "grant", "revoke", grants[0].ID)
	_, err := w.refresh(notes, token)
	refusedWith(t, err, "invalid_grant")
	if err := follow.Wait(); err != nil {
		t.Fatalf("writ events subscribe: %v: %s", err, said.String())
	}
	got := typesOf(t, seen.String(), grants[0].ID)
	if diff := cmp.Diff([]string{"writ.grant-opened.v1", "writ.grant-refreshed.v1", "writ.grant-revoked.v1"}, got); diff != "" {
		t.Errorf("the subscriber sees (-want +got):\n%s", diff)
	}
}

// typesOf are the types of the messages about a grant, one a line.
func typesOf(t *testing.T, lines, grant string) []string {
	t.Helper()
	var types []string
	for line := range strings.Lines(lines) {
		var m message
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("a line is no message: %v: %s", err, line)
		}
		if m.Subject == grant {
			types = append(types, m.Type)
		}
	}
	return types
}
