package e2e_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"writ/adapters/natsbus/natstest"
	"writ/cmd/writ/e2e/harness"
	"writ/ports/portstest/req"
)

const wide = "openid offline_access CREATE_POST READ_PROFILE"

// stillVerifies fails the test unless an access token is good where it is shown, and where its
// signature is looked at (RFC 9068 §4).
func (w *world) stillVerifies(token *oauth2.Token, scope string) {
	w.t.Helper()
	if got := w.asksUserInfo(token.AccessToken); got.status != http.StatusOK {
		w.t.Errorf("userinfo answers %d to an older access token: %s", got.status, got.body)
	}
	keys := oidc.NewRemoteKeySet(w.t.Context(), w.URL+"/api/oauth/jwks")
	payload, err := keys.VerifySignature(oidc.ClientContext(w.t.Context(), http.DefaultClient), token.AccessToken)
	var claims jwt.MapClaims
	if err == nil {
		err = json.Unmarshal(payload, &claims)
	}
	if err != nil || claims["scope"] != scope {
		w.t.Errorf("the older access token says scope %v, want %q: %v", claims["scope"], scope, err)
	}
}

func TestLostPermissionNarrowsTheNextToken(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		req.Covers(t, "R-118")
		ada, notes := w.hire("ada", "CREATE_POST", "READ_PROFILE", "USE_OAUTH_CLIENTS"), w.native()
		before := w.allow(ada, notes, wide)
		w.Ask(nil, "account", "permissions", ada.Handle, "--set", "READ_PROFILE,USE_OAUTH_CLIENTS")
		after := w.mustRefresh(notes, before)
		if got, want := scopeOf(after), "openid offline_access READ_PROFILE"; got != want {
			t.Errorf("after the permission is lost the scope is %q, want %q", got, want)
		}
		w.stillVerifies(before, scopeOf(before))
		w.Ask(nil, "account", "permissions", ada.Handle, "--set", "CREATE_POST,READ_PROFILE,USE_OAUTH_CLIENTS,UPLOAD_ASSET")
		if got := scopeOf(w.mustRefresh(notes, after)); len(got) > len(wide) {
			t.Errorf("a permission that is won widens the grant to %q", got)
		}
	})
}

func TestPermissionsThatAnotherServiceChanges(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-118")
	w := serve(t, harness.Options{})
	w.followsPermissions(w.subscribe(w.dial("nats-subscriber.creds")), "nats-accounts.creds")
}

func TestPermissionsThatAnotherServiceChangesOverAnExternalBroker(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-118")
	w := serve(t, harness.Options{NATS: natstest.Start(t).URL})
	w.followsPermissions(w.subscribe(w.dial("")), "")
}

// followsPermissions publishes a change of permissions, waits for the server's word that it
// governs, and refreshes.
func (w *world) followsPermissions(read *subscriber, credentials string) {
	w.t.Helper()
	ada, notes := w.hire("ada", "CREATE_POST", "READ_PROFILE", "USE_OAUTH_CLIENTS"), w.native()
	before := w.allow(ada, notes, wide)
	opened := read.next("writ.grant-opened.v1")
	if opened.Data["scope"] != wide {
		w.t.Errorf("the message of the grant says scope %v, want %q", opened.Data["scope"], wide)
	}
	told := w.announce(credentials, "permissions-changed", ada, 1, `{"permissions":["READ_PROFILE","USE_OAUTH_CLIENTS"]}`)
	changed := read.until("writ.permissions-changed.v2", told)
	if diff := cmp.Diff([]any{opened.Subject}, changed.Data["grants"]); diff != "" || changed.Data["more_grants"] != 0.0 {
		w.t.Errorf("the change names, and %v more (-want +got):\n%s", changed.Data["more_grants"], diff)
	}
	if got, want := scopeOf(w.mustRefresh(notes, before)), "openid offline_access READ_PROFILE"; got != want {
		w.t.Errorf("after the change governs, the scope is %q, want %q", got, want)
	}
	narrowed, refreshed := read.next("writ.grant-narrowed.v2"), read.next("writ.grant-refreshed.v1")
	for _, of := range []string{"generation", "jti"} {
		if narrowed.Data["lost"] != "CREATE_POST" || narrowed.Data[of] != refreshed.Data[of] {
			w.t.Errorf("it lost %v at refresh %v, which is %v", narrowed.Data["lost"], narrowed.Data[of], refreshed.Data[of])
		}
	}
	w.stillVerifies(before, scopeOf(before))
}

// headerOf is the header of a JWT, which nothing has verified.
func headerOf(t *testing.T, token string) map[string]any {
	t.Helper()
	parsed, _, err := jwt.NewParser().ParseUnverified(token, jwt.MapClaims{})
	if err != nil {
		t.Fatalf("read the header of a token: %v", err)
	}
	return parsed.Header
}
