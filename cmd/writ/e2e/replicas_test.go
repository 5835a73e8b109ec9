package e2e_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"writ/ports/portstest/req"
)

// beside are two servers of one issuer, of which each is asked by an address of its own.
func beside(t *testing.T) (one, other *world) {
	t.Helper()
	one, other = replicas(t)
	_, port, _ := strings.Cut(other.Address, ":")
	other.URL = "http://localhost:" + port // cookies are the host's, whatever the port
	return one, other
}

func TestTwoServersAreOne(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-167", "R-252")
	one, other := beside(t)
	ada, notes := one.hire("ada"), one.native()
	visitor := one.frontend().signIn(ada)
	verifier := oauth2.GenerateVerifier()
	began := do(t, visitor.client, ask(t, http.MethodGet, one.config(notes, wide).AuthCodeURL("s", oauth2.S256ChallengeOption(verifier)), nil))
	id := visitor.location(began.header.Get("Location")).Query().Get("request_id")

	there := &frontend{other, visitor.client} // the session and the request are known there, too
	there.must(http.StatusOK, http.MethodGet, "/api/oauth/authorize/consent?request_id="+url.QueryEscape(id), nil)
	decided := there.must(http.StatusOK, http.MethodPost, "/api/oauth/authorize/consent",
		map[string]string{"request_id": id, "decision": "approve"}).json(t)
	code := there.location(decided["location"].(string)).Query().Get("code")
	token, err := one.config(notes, "").Exchange(t.Context(), code, oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatalf("redeem at one server what was approved at the other: %v", err)
	}
	token = other.mustRefresh(notes, token)
	other.stillVerifies(token, wide)

	one.Ask(nil, "account", "suspend", ada.Handle)
	for _, w := range []*world{one, other} {
		_, err := w.refresh(notes, token)
		refusedWith(t, err, "invalid_grant")
		if got := w.asksUserInfo(token.AccessToken); got.status != http.StatusUnauthorized {
			t.Errorf("userinfo of %s answers %d for a suspended account", w.URL, got.status)
		}
	}
	one.Ask(nil, "account", "reinstate", ada.Handle)
	one.posts(notes, "/api/oauth/revoke", url.Values{"token": {token.AccessToken}})
	if got := other.asksUserInfo(token.AccessToken); got.status != http.StatusUnauthorized {
		t.Errorf("userinfo of the other server answers %d to a revoked access token", got.status)
	}
}

func TestServerThatIsLeftGoesOnAndPublishes(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-251")
	one, other := beside(t)
	ada, notes := one.hire("ada"), one.native()
	token := one.allow(ada, notes, wide)
	read := other.subscribe(other.dial(""))
	opened := read.next("writ.grant-opened.v1")
	for _, dies := range []*world{one, other} {
		left := map[*world]*world{one: other, other: one}[dies]
		dies.Kill() // one of the two was the one that publishes
		token = left.mustRefresh(notes, token)
		if refreshed := read.next("writ.grant-refreshed.v1"); refreshed.Subject != opened.Subject {
			t.Errorf("the next message is of grant %s, want %s", refreshed.Subject, opened.Subject)
		}
		dies.Restart()
	}
	other.Ask(nil, "verify")
}
