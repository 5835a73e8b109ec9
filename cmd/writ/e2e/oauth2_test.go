package e2e_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"writ/cmd/writ/e2e/harness"
	"writ/ports/portstest/req"
)

// refusedWith fails the test unless the token endpoint refused with a code.
func refusedWith(t *testing.T, err error, code string) {
	t.Helper()
	var refusal *oauth2.RetrieveError
	if !errors.As(err, &refusal) || refusal.ErrorCode != code {
		t.Errorf("the token endpoint answers %v, want %s", err, code)
	}
}

func TestCodeFlowOfGosLibraryThroughJSON(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		req.Covers(t, "R-076", "R-095", "R-102")
		ada, notes := w.hire("ada"), w.native()
		config := w.config(notes, "openid offline_access READ_PROFILE")
		verifier := oauth2.GenerateVerifier()
		back := w.frontend().signIn(ada).decide(config.AuthCodeURL("xyz", oauth2.S256ChallengeOption(verifier)), "approve")
		if back.Get("state") != "xyz" || back.Get("iss") != w.URL {
			t.Errorf("the client is told state %q and iss %q, want xyz and %s", back.Get("state"), back.Get("iss"), w.URL)
		}
		_, err := config.Exchange(t.Context(), back.Get("code"), oauth2.VerifierOption(oauth2.GenerateVerifier()))
		refusedWith(t, err, "invalid_grant")
		token, err := config.Exchange(t.Context(), back.Get("code"), oauth2.VerifierOption(verifier))
		if err != nil {
			t.Fatalf("redeem the code with the right verifier after a wrong one: %v", err)
		}
		if scope := scopeOf(token); scope != "openid offline_access READ_PROFILE" || !token.Valid() || token.RefreshToken == "" {
			t.Errorf("the token has scope %q, valid %t, refresh token %t", scope, token.Valid(), token.RefreshToken != "")
		}
		next := w.mustRefresh(notes, token)
		if next.RefreshToken == token.RefreshToken || next.AccessToken == token.AccessToken {
			t.Error("a refresh changes neither token")
		}
	})
}

func TestCodeFlowThroughThePagesWithoutJavaScript(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-079", "R-086")
	w := serve(t, harness.Options{})
	ada, notes := w.hire("ada"), w.native()
	config := w.config(notes, "openid profile READ_PROFILE")
	config.RedirectURL = "http://127.0.0.1:51004/callback" // any port of this machine (RFC 8252 §7.3)
	verifier := oauth2.GenerateVerifier()
	b := w.browser().open(config.AuthCodeURL("xyz", oauth2.S256ChallengeOption(verifier))).signIn(ada)
	if who, where := b.shows("consent-client"), b.shows("consent-host"); who != "Notes" || !strings.HasPrefix(where, "127.0.0.1") {
		t.Errorf("the consent page shows client %q and host %q", who, where)
	}
	b.press("consent-approve", nil)
	if b.at.Host != "127.0.0.1:51004" || b.at.Query().Get("iss") != w.URL {
		t.Fatalf("the browser was sent to %s", b.at)
	}
	token, err := config.Exchange(t.Context(), b.at.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatalf("redeem the code: %v", err)
	}
	if scope := scopeOf(token); scope != "openid profile READ_PROFILE" || token.RefreshToken != "" {
		t.Errorf("the token has scope %q and a refresh token: %t", scope, token.RefreshToken != "")
	}
	if again := b.open(w.URL + "/account/applications"); !strings.Contains(again.text(), "Notes") {
		t.Errorf("the page of applications does not list the one that was allowed: %s", again.text())
	}
}

func TestDenialComesBackToTheClient(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-091")
	w := serve(t, harness.Options{})
	ada, notes := w.hire("ada"), w.native()
	challenge := oauth2.S256ChallengeOption(oauth2.GenerateVerifier())
	b := w.browser().open(w.config(notes, "openid").AuthCodeURL("xyz", challenge)).signIn(ada).press("consent-deny", nil)
	got := b.at.Query()
	if got.Get("error") != "access_denied" || got.Get("state") != "xyz" || got.Get("iss") != w.URL || got.Has("code") {
		t.Errorf("the browser was sent to %s", b.at)
	}
	var grants []any
	if w.Ask(&grants, "grant", "list", "--account", ada.Handle); len(grants) != 0 {
		t.Errorf("a denial left grants: %v", grants)
	}
}

func TestRefreshThroughATokenSource(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-109", "R-111")
	w := serve(t, harness.Options{})
	ada, notes := w.hire("ada"), w.native()
	first := w.allow(ada, notes, "openid offline_access READ_PROFILE")
	source := w.config(notes, "").TokenSource(t.Context(), &oauth2.Token{RefreshToken: first.RefreshToken})
	second, err := source.Token()
	if err != nil {
		t.Fatal(err)
	}
	third := w.mustRefresh(notes, second)
	_, err = w.refresh(notes, first)
	refusedWith(t, err, "invalid_grant")
	_, err = w.refresh(notes, third)
	refusedWith(t, err, "invalid_grant") // the reuse ended the family
}

func TestClientCredentialsInBothWays(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		req.Covers(t, "R-032", "R-034", "R-119")
		ada := w.hire("ada")
		for _, tc := range []struct {
			method string
			style  oauth2.AuthStyle
		}{
			{"client_secret_basic", oauth2.AuthStyleInHeader},
			{"client_secret_post", oauth2.AuthStyleInParams},
			{"client_secret_post", oauth2.AuthStyleAutoDetect}, // asks with Basic first
		} {
			robot := w.register("Robot", "confidential", "client_credentials", "--scope", "READ_PROFILE",
				"--owner", ada.Handle, "--auth-method", tc.method)
			config := clientcredentials.Config{
				ClientID: robot.ClientID, ClientSecret: robot.Secret, TokenURL: w.URL + "/api/oauth/token", AuthStyle: tc.style,
			}
			token, err := config.Token(t.Context())
			if err != nil {
				t.Errorf("%s in style %d: %v", tc.method, tc.style, err)
			} else if scopeOf(token) != "READ_PROFILE" || token.RefreshToken != "" {
				t.Errorf("%s: scope %q, refresh token %q", tc.method, scopeOf(token), token.RefreshToken)
			}
			config.ClientSecret += "x"
			_, err = config.Token(t.Context())
			refusedWith(t, err, "invalid_client")
		}
	})
}

func TestOneCodeOneTokenOnTwoServers(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-103", "R-104")
	w, other := replicas(t)
	ada, notes := w.hire("ada"), w.native()
	config := w.config(notes, "openid offline_access READ_PROFILE")
	verifier := oauth2.GenerateVerifier()
	code := w.frontend().signIn(ada).decide(config.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier)), "approve").Get("code")
	form := url.Values{
		"grant_type": {"authorization_code"}, "client_id": {notes.ClientID}, "code": {code},
		"redirect_uri": {callback}, "code_verifier": {verifier},
	}
	const tries = 8
	answers := make(chan answer, tries)
	for i := range tries {
		request := ask(t, http.MethodPost, "http://"+[]*world{w, other}[i%2].Address+"/api/oauth/token", form)
		go func() {
			a, _ := try(http.DefaultClient, request) // none is neither a success nor a refusal
			answers <- a
		}()
	}
	good := 0
	var won struct {
		Refresh string `json:"refresh_token"`
	}
	for range tries {
		switch a := <-answers; {
		case a.status == http.StatusOK:
			good++
			if err := json.Unmarshal(a.body, &won); err != nil {
				t.Errorf("read the winner's answer: %v", err)
			}
		case a.status != http.StatusBadRequest || a.code(t) != "invalid_grant":
			t.Errorf("a loser is answered %d: %s", a.status, a.body)
		}
	}
	if good != 1 {
		t.Errorf("one code was redeemed %d times", good)
	}
	_, err := w.refresh(notes, &oauth2.Token{RefreshToken: won.Refresh})
	refusedWith(t, err, "invalid_grant") // for whoever lost may be the owner of the code
}
