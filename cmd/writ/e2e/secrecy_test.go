package e2e_test

import (
	"bytes"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"writ/cmd/writ/e2e/harness"
	"writ/ports/portstest/req"
)

// secrets are texts that nobody else may read, by what they are.
type secrets map[string]string

// uses goes through every grant with wrong and right credentials, and collects what was secret.
func (w *world) uses(ada person) secrets {
	w.t.Helper()
	notes, tv := w.native(), w.tv()
	robot := w.register("Robot", "confidential", "client_credentials", "--scope", "READ_PROFILE", "--owner", ada.Handle)
	config, verifier := w.config(notes, wide), oauth2.GenerateVerifier()
	visitor := w.frontend().signIn(ada)
	code := visitor.decide(config.AuthCodeURL("a-state", oauth2.S256ChallengeOption(verifier)), "approve").Get("code")
	token, err := config.Exchange(w.t.Context(), code, oauth2.VerifierOption(verifier))
	if err != nil {
		w.t.Fatal(err)
	}
	next := w.mustRefresh(notes, token)
	started, err := w.config(tv, wide).DeviceAuth(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	visitor.must(http.StatusOK, http.MethodPost, "/api/oauth/device/consent",
		map[string]string{"user_code": started.UserCode, "decision": "approve"})
	device, err := w.config(tv, wide).DeviceAccessToken(w.t.Context(), started)
	if err != nil {
		w.t.Fatal(err)
	}
	machine := w.posts(robot, "/api/oauth/token", url.Values{"grant_type": {"client_credentials"}}).json(w.t)
	w.asksUserInfo(next.AccessToken)
	w.introspects(notes, next.RefreshToken)
	w.posts(application{ClientID: robot.ClientID, Secret: "a-wrong-secret"}, "/api/oauth/token", url.Values{"grant_type": {"client_credentials"}})
	w.frontend().call(http.MethodPost, "/api/auth/password/signin", map[string]string{"identifier": ada.Handle, "token": "a-wrong-password"})
	_, _ = w.refresh(notes, token) // a reuse
	robotToken, _ := machine["access_token"].(string)
	found := secrets{
		"password": ada.password, "wrong password": "a-wrong-password", "wrong client secret": "a-wrong-secret",
		"client secret": robot.Secret, "code": code, "code verifier": verifier, "access token": next.AccessToken,
		"first refresh token": token.RefreshToken, "second refresh token": next.RefreshToken,
		"device code": started.DeviceCode, "user code": started.UserCode, "device's refresh token": device.RefreshToken,
		"robot's token": robotToken,
	}
	for _, cookie := range visitor.client.Jar.Cookies(visitor.location(w.URL)) {
		found["cookie "+cookie.Name] = cookie.Value
	}
	return found
}

// absentFrom fails the test if a text has one of the secrets, or a part of one that is long enough
// to be no accident.
func (s secrets) absentFrom(t *testing.T, where string, text []byte) {
	t.Helper()
	for what, secret := range s {
		if len(secret) == 0 {
			t.Errorf("there was no %s to look for", what)
			continue
		}
		if part := secret[max(0, len(secret)-24):]; bytes.Contains(text, []byte(part)) {
			t.Errorf("%s has the %s", where, what)
		}
	}
}

func TestSecretsStayOutOfLogAndStore(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-042", "R-261")
	w := serve(t, harness.Options{Env: map[string]string{"WRIT_LOG_LEVEL": "debug"}})
	ada := w.hire("ada")
	found := w.uses(ada)
	out, err := w.CLI("events", "tail", "--json")
	if err != nil {
		t.Fatal(err)
	}
	found.absentFrom(t, "the log of events", out)
	w.Stop()
	found.absentFrom(t, "the server's log", []byte(w.Log()))
	found["name"], found["e-mail"] = "Ada", "ada@example.org" // personal, and encrypted where it is kept
	found["private key"] = "PRIVATE KEY"
	w.eachFile(func(path string, text []byte) { found.absentFrom(t, path, text) })
}

// eachFile reads the store's files, as somebody does who has found a disk.
func (w *world) eachFile(read func(path string, text []byte)) {
	w.t.Helper()
	files := 0
	err := filepath.WalkDir(w.Dir, func(path string, entry fs.DirEntry, err error) error {
		kept := strings.Contains(path, "writ.db") || strings.Contains(path, "jetstream")
		if err != nil || !kept || !entry.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		files++
		read(path, text)
		return err
	})
	if err != nil || files == 0 {
		w.t.Fatalf("read %d files in %s: %v", files, w.Dir, err)
	}
}

func TestFilesWithSecretsAreTheirOwnersAlone(t *testing.T) {
	t.Parallel()
	w := serve(t, harness.Options{})
	for _, name := range []string{"master.key", "nats-subscriber.creds", "nats-accounts.creds"} {
		kept, err := os.Stat(filepath.Join(w.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if kept.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", name, kept.Mode().Perm())
		}
	}
}
