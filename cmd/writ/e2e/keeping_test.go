package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"writ/cmd/writ/e2e/harness"
	"writ/ports/portstest/req"
)

func TestSecretIsChangedWithoutAnInterruption(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-043")
	w := serve(t, harness.Options{})
	robot := w.register("Robot", "confidential", "client_credentials", "--scope", "READ_PROFILE")
	var next application
	w.Ask(&next, "client", "rotate-secret", robot.ClientID)
	if next.Secret == "" || next.Secret == robot.Secret {
		t.Fatal("there is no new secret")
	}
	form := func() url.Values { return url.Values{"grant_type": {"client_credentials"}} }
	for which, a := range map[string]application{"the old": robot, "the new": next} {
		if got := w.posts(a, "/api/oauth/token", form()); got.status != http.StatusOK {
			t.Errorf("with %s secret the answer is %d: %s", which, got.status, got.body)
		}
	}
	w.Ask(&next, "client", "rotate-secret", robot.ClientID, "--overlap", "0s")
	if got := w.posts(robot, "/api/oauth/token", form()); got.status != http.StatusUnauthorized {
		t.Errorf("with a secret that is over the answer is %d", got.status)
	}
	if got := w.posts(next, "/api/oauth/token", form()); got.status != http.StatusOK {
		t.Errorf("with the newest secret the answer is %d: %s", got.status, got.body)
	}
}

func TestDeletedClientIsUnknown(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-116")
	w := serve(t, harness.Options{})
	ada, notes := w.hire("ada"), w.native()
	token := w.allow(ada, notes, wide)
	w.Ask(nil, "client", "delete", notes.ID)
	_, err := w.refresh(notes, token)
	refusedWith(t, err, "invalid_client")
	if got := w.frontend().call(http.MethodGet, "/api/oauth/authorize?client_id="+notes.ClientID, nil); got.status != http.StatusBadRequest {
		t.Errorf("the authorization endpoint answers %d for a deleted client", got.status)
	}
	w.stillVerifies(token, wide)
}

func TestErasedAccountLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-116", "R-156")
	w := serve(t, harness.Options{})
	ada, notes := w.hire("ada"), w.native()
	token := w.allow(ada, notes, wide)
	w.Ask(nil, "account", "delete", ada.Handle)
	_, err := w.refresh(notes, token)
	refusedWith(t, err, "invalid_grant")
	if got := w.asksUserInfo(token.AccessToken); got.status != http.StatusUnauthorized {
		t.Errorf("userinfo answers %d for an erased account", got.status)
	}
	var shown map[string]any
	w.Ask(&shown, "account", "show", ada.ID)
	if shown["deleted"] != true || shown["name"] != nil || shown["email"] != nil {
		t.Errorf("what is left of the account is %v", shown)
	}
	w.Ask(nil, "verify")
	if again := w.hire("ada"); again.ID == ada.ID {
		t.Error("the handle leads to the erased account")
	}
}

func TestKeyIsPublishedBeforeItSigns(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-216", "R-217")
	w := serve(t, harness.Options{})
	ada, notes := w.hire("ada"), w.native()
	before := w.allow(ada, notes, wide)
	known := w.keyIDs()
	var made struct{ KID string }
	w.Ask(&made, "keys", "rotate")
	if slices.Contains(known, made.KID) || made.KID == "" {
		t.Fatalf("the new key is %q of %v", made.KID, known)
	}
	w.Until("the running server publishes the new key", func() bool { return slices.Contains(w.keyIDs(), made.KID) })
	after := w.mustRefresh(notes, before)
	for name, token := range map[string]string{"before": before.AccessToken, "after": after.AccessToken} {
		if got := w.asksUserInfo(token); got.status != http.StatusOK {
			t.Errorf("a token from %s the rotation is answered %d", name, got.status)
		}
	}
	if kid := headerOf(t, after.AccessToken)["kid"]; kid == made.KID || !slices.Contains(known, kid.(string)) {
		t.Errorf("key %v signs, which nobody had time to learn", kid)
	}
}

// keyIDs are the ids of the published keys.
func (w *world) keyIDs() []string {
	w.t.Helper()
	var set struct{ Keys []struct{ KID string } }
	a := do(w.t, http.DefaultClient, ask(w.t, http.MethodGet, w.URL+"/api/oauth/jwks", nil))
	if err := json.Unmarshal(a.body, &set); err != nil {
		w.t.Fatalf("read the key set: %v", err)
	}
	var ids []string
	for _, k := range set.Keys {
		ids = append(ids, k.KID)
	}
	return ids
}
