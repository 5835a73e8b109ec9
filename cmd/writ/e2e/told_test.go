package e2e_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"writ/adapters/natsbus/natstest"
	"writ/cmd/writ/e2e/harness"
	"writ/ports/portstest/req"
)

// elsewhereTold are kinds that do not come here, each with the reason.
var elsewhereTold = map[string]string{
	"identity-linked.v1":     "TestOneServerSignsInAtAnother sees it",
	"identity-unlinked.v1":   "needs another provider",
	"client-changed.v1":      "nothing changes a client yet but the use case",
	"grant-narrowed.v1":      "recorded by an older program",
	"permissions-changed.v1": "recorded by an older program",
}

// TestSubscribersAreToldOfAllThatHappens lets everything happen that is told, and reads the stream:
// each kind of message comes, and each message is as its schema says.
func TestSubscribersAreToldOfAllThatHappens(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-259")
	w := serve(t, harness.Options{Env: map[string]string{"WRIT_PUBLISH_ISSUANCE": "on"}})
	ada := w.hire("ada", "USE_OAUTH_CLIENTS", "USE_PERSONAL_ACCESS_KEYS", "CREATE_POST")
	w.livesWithGrants(ada)
	w.livesWithDevices(ada)
	w.livesWithWaysIn(ada)
	w.isRun(ada)
	want, err := natstest.Kinds()
	if err != nil {
		t.Fatal(err)
	}
	want = slices.DeleteFunc(want, func(kind string) bool { return elsewhereTold[kind] != "" })
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(w.toldUntil("account-deleted.v1")))); diff != "" {
		t.Errorf("subscribers are told (-want +got):\n%s", diff)
	}
}

// livesWithGrants is the life of grants: refreshed, repeated, narrowed, reused, replayed, denied.
func (w *world) livesWithGrants(ada person) {
	notes := w.register("Notes", "public", "authorization_code refresh_token", "--redirect-uri", callback, "--scope", allScope, "--reuse-window", "10m")
	first := w.allow(ada, notes, "openid offline_access CREATE_POST")
	w.mustRefresh(notes, first)
	second := w.mustRefresh(notes, first)
	w.Ask(nil, "account", "permissions", ada.Handle, "--set", "USE_OAUTH_CLIENTS,USE_PERSONAL_ACCESS_KEYS")
	third := w.mustRefresh(notes, second)
	w.must(http.StatusOK, "/api/oauth/revoke", url.Values{"token": {third.AccessToken}, "client_id": {notes.ClientID}})
	_, err := w.refresh(notes, first)
	refusedWith(w.t, err, "invalid_grant")

	config, verifier := w.config(notes, "openid"), oauth2.GenerateVerifier()
	page := w.frontend().signIn(ada)
	page.decide(config.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier)), "deny")
	code := page.decide(config.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier)), "approve").Get("code")
	_, err = config.Exchange(w.t.Context(), code, oauth2.VerifierOption(oauth2.GenerateVerifier()))
	refusedWith(w.t, err, "invalid_grant")
	if _, err := config.Exchange(w.t.Context(), code, oauth2.VerifierOption(verifier)); err != nil {
		w.t.Fatal(err)
	}
	_, err = config.Exchange(w.t.Context(), code, oauth2.VerifierOption(verifier))
	refusedWith(w.t, err, "invalid_grant")
}

// must posts a form as a client does.
func (w *world) must(status int, path string, form url.Values) {
	w.t.Helper()
	if a := do(w.t, http.DefaultClient, ask(w.t, http.MethodPost, w.URL+path, form)); a.status != status {
		w.t.Fatalf("%s answers %d: %s", path, a.status, a.body)
	}
}

func (w *world) livesWithDevices(ada person) {
	config, page := w.config(w.tv(), "openid"), w.frontend().signIn(ada)
	for _, decision := range []string{"approve", "deny"} {
		started, err := config.DeviceAuth(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		page.must(http.StatusOK, http.MethodPost, "/api/oauth/device/consent", map[string]string{"user_code": started.UserCode, "decision": decision})
	}
}

// livesWithWaysIn is what a person does with passwords, keys, passkeys and sessions.
func (w *world) livesWithWaysIn(ada person) {
	home := w.frontend().signIn(ada)
	key := home.send(http.MethodPost, "/api/auth/access-keys", map[string]any{"name": "deploy"})
	home.must(http.StatusNoContent, http.MethodDelete, "/api/auth/access-keys/"+key["id"].(string), nil)
	device := w.authenticator(ada)
	id := device.register(home)
	home.must(http.StatusOK, http.MethodPatch, "/api/auth/passkeys/"+id, map[string]string{"name": "Old laptop"})
	device.key.Counter = 7
	elsewhere := w.frontend()
	elsewhere.send(http.MethodPut, "/api/auth/passkey", device.answer(elsewhere))
	device.key.Counter = 3 // its copy has signed less often
	if copied := elsewhere.puts("/api/auth/passkey", device.answer(elsewhere)); copied.status < 400 {
		w.t.Errorf("a copied passkey signs in: %d", copied.status)
	}
	home.must(http.StatusNoContent, http.MethodDelete, "/api/auth/passkeys/"+id, nil)
	home.must(http.StatusOK, http.MethodPatch, "/api/auth/password", map[string]string{"old": ada.password, "new": "another horse of ada"})
}

// puts is send without a look at the status.
func (f *frontend) puts(path string, body any) answer {
	f.w.t.Helper()
	request, err := http.NewRequestWithContext(f.w.t.Context(), http.MethodPut, f.w.URL+path, strings.NewReader(text(f.w.t, body)))
	if err != nil {
		f.w.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	return do(f.w.t, f.client, request)
}

// isRun is what those do who run the server.
func (w *world) isRun(ada person) {
	robot := w.register("Robot", "confidential", "client_credentials", "--scope", "CREATE_POST", "--owner", ada.Handle)
	config := clientcredentials.Config{ClientID: robot.ClientID, ClientSecret: robot.Secret, TokenURL: w.URL + "/api/oauth/token"}
	if _, err := config.Token(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.Ask(nil, "client", "rotate-secret", robot.ClientID)
	w.Ask(nil, "client", "delete", robot.ClientID)
	w.Ask(nil, "keys", "rotate")
	var keys []struct{ Kid string }
	w.Ask(&keys, "keys", "list")
	w.Ask(nil, "keys", "forget", keys[0].Kid)
	w.Ask(nil, "account", "profile", ada.Handle, "--name", "Countess")
	for _, act := range []string{"sign-out", "suspend", "reinstate", "delete"} {
		w.Ask(nil, "account", act, ada.Handle)
	}
}

// toldUntil counts the messages of each kind, until one of a kind has come.
func (w *world) toldUntil(last string) map[string]int {
	w.t.Helper()
	read, told := w.subscribe(w.dial("nats-subscriber.creds")), map[string]int{}
	for told[last] == 0 {
		raw, err := read.messages.Next(jetstream.NextMaxWait(patience))
		if err != nil {
			w.t.Fatalf("told %v, and then: %v", told, err)
		}
		told[strings.TrimPrefix(messageIn(w.t, raw).Type, "writ.")]++
	}
	return told
}
