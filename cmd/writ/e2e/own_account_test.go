package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"writ/ports/portstest/req"
)

const ownAccount = "/api/auth/account"

// TestWhatOneDoesWithOnesAccountGovernsEveryServer: a session ended, a password changed and an account
// erased at one server are so at the other in the very next answer.
func TestWhatOneDoesWithOnesAccountGovernsEveryServer(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-084", "R-116", "R-252")
	one, other := beside(t)
	ada, notes := one.hire("ada"), one.native()
	token := one.allow(ada, notes, "openid offline_access")
	here, there := one.frontend().signIn(ada), other.frontend().signIn(ada)
	across := &frontend{other, here.client} // the session of here, at the other server

	across.must(http.StatusOK, http.MethodPatch, ownAccount, map[string]string{"given_name": "Ada", "locale": "en-GB"})
	if told := here.must(http.StatusOK, http.MethodGet, ownAccount, nil).json(t); told["given_name"] != "Ada" || told["name"] != "Ada" {
		t.Errorf("here ada is %v", told)
	}
	here.must(http.StatusNoContent, http.MethodDelete, "/api/auth/sessions?others=true", nil)
	there.must(http.StatusUnauthorized, http.MethodGet, ownAccount, nil)
	there.signIn(ada)

	const next = "another horse of ada"
	across.must(http.StatusOK, http.MethodPatch, "/api/auth/password",
		map[string]string{"old": ada.password, "new": next})
	there.must(http.StatusUnauthorized, http.MethodGet, ownAccount, nil)
	here.must(http.StatusOK, http.MethodGet, ownAccount, nil) // by the new session
	token = one.mustRefresh(notes, token)
	here.must(http.StatusNoContent, http.MethodDelete, "/api/auth/oauth/tokens", nil)
	_, err := other.refresh(notes, token)
	refusedWith(t, err, "invalid_grant")
	ada.password = next
	there.signIn(ada)

	export := string(there.must(http.StatusOK, http.MethodGet, ownAccount+"/export", nil).body)
	for _, event := range []string{"opened", "profile_changed", "password_changed", "started", "approved", "revoked", "Ada", "ada@example.org"} {
		if !strings.Contains(export, event) {
			t.Errorf("the export lacks %s", event)
		}
	}
	there.must(http.StatusNoContent, http.MethodDelete, ownAccount, nil)
	here.must(http.StatusUnauthorized, http.MethodGet, ownAccount, nil)
	one.hire("ada") // the handle and the address are free
	var report struct{ Differences []any }
	one.Ask(&report, "verify")
	if len(report.Differences) > 0 {
		t.Errorf("the log and the rows differ: %v", report.Differences)
	}
}
