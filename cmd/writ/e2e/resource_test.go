package e2e_test

import (
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/oauth2/clientcredentials"

	"writ/adapters/natsbus/natstest"
	"writ/adapters/resource"
	"writ/adapters/resource/follow"
	"writ/cmd/writ/e2e/harness"
)

// service is one that accepts a server's tokens, in this process.
type service struct {
	w        *world
	view     *follow.View
	verifier *resource.Verifier
}

// service makes one that listens, with its own choices.
func (w *world) service(o follow.Options) *service {
	w.t.Helper()
	o.Issuer, o.URL = w.URL, w.NATS
	view, err := follow.Start(w.t.Context(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { <-view.Done() })
	verifier, err := resource.New(resource.Options{Issuer: w.URL, Audiences: []string{w.URL}, Standing: view})
	if err != nil {
		w.t.Fatal(err)
	}
	select {
	case <-view.Ready():
	case <-time.After(patience):
		w.t.Fatal("the service hears nothing")
	}
	return &service{w, view, verifier}
}

// allows says whether a token is accepted, and for what.
func (s *service) allows(token string) []string {
	s.w.t.Helper()
	claims, err := s.verifier.Verify(s.w.t.Context(), token)
	if err != nil && !errors.Is(err, resource.ErrRevoked) {
		s.w.t.Errorf("a token that was not revoked is refused: %v", err)
	}
	return claims.Scope
}

// ends waits until a token is refused.
func (s *service) ends(token, when string) {
	s.w.t.Helper()
	s.w.Until("a token is refused when "+when, func() bool { return s.allows(token) == nil })
}

func TestServicesHearWhatBefallsTokens(t *testing.T) {
	t.Parallel()
	w := serve(t, harness.Options{})
	ada, bob, notes, other := w.hire("ada", "CREATE_POST", "READ_PROFILE", "USE_OAUTH_CLIENTS"), w.hire("bob"), w.native(), w.otherNative()
	creds := filepath.Join(w.Dir, "nats-subscriber.creds")
	s := w.service(follow.Options{Credentials: creds, Permissions: follow.Narrow, WhenStale: follow.Refuse})
	keeps := w.service(follow.Options{Credentials: creds})
	one, two, bobs := w.allow(ada, notes, wide), w.allow(ada, other, "openid offline_access READ_PROFILE"), w.allow(bob, other, "openid")

	w.Ask(nil, "account", "permissions", ada.Handle, "--set", "READ_PROFILE,USE_OAUTH_CLIENTS")
	w.Until("a scope is narrowed", func() bool { return !slices.Contains(s.allows(one.AccessToken), "CREATE_POST") })
	if got := s.allows(one.AccessToken); !slices.Equal(got, []string{"openid", "offline_access", "READ_PROFILE"}) {
		t.Errorf("the narrowed token allows %q", got)
	}
	if got := keeps.allows(one.AccessToken); !slices.Contains(got, "CREATE_POST") {
		t.Errorf("a token that keeps its scope allows %q", got)
	}

	next := w.mustRefresh(notes, one)
	w.posts(notes, "/api/oauth/revoke", url.Values{"token": {next.AccessToken}})
	s.ends(next.AccessToken, "it is revoked itself")
	if s.allows(one.AccessToken) == nil {
		t.Error("another token of its grant is refused, too")
	}
	w.Ask(nil, "client", "delete", notes.ID)
	s.ends(one.AccessToken, "its client is deleted")
	if s.allows(two.AccessToken) == nil || s.allows(bobs.AccessToken) == nil {
		t.Error("tokens of another client are refused, too")
	}
	w.frontend().signIn(ada).must(http.StatusNoContent, http.MethodDelete, ownAccount, nil)
	s.ends(two.AccessToken, "its account is deleted")
	keeps.ends(two.AccessToken, "its account is deleted")
	if s.allows(bobs.AccessToken) == nil {
		t.Error("a token of somebody else is refused, too")
	}
}

func TestServicesHearWhatBefallsTheOwnersOfClients(t *testing.T) {
	t.Parallel()
	w := serve(t, harness.Options{})
	ada := w.hire("ada")
	robot := w.register("Robot", "confidential", "client_credentials", "--scope", "READ_PROFILE", "--owner", ada.Handle)
	own := clientcredentials.Config{ClientID: robot.ClientID, ClientSecret: robot.Secret, TokenURL: w.URL + "/api/oauth/token"}
	token, err := own.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := w.service(follow.Options{Credentials: filepath.Join(w.Dir, "nats-subscriber.creds")})
	if s.allows(token.AccessToken) == nil {
		t.Error("a client's own token is refused")
	}
	w.Ask(nil, "account", "suspend", ada.Handle)
	s.ends(token.AccessToken, "its client's owner is suspended")
	w.Ask(nil, "account", "reinstate", ada.Handle)
	w.Until("it is good again", func() bool { return s.allows(token.AccessToken) != nil })
}

// What happens while the broker is away is made good for when it is back.
func TestServicesOutliveTheBroker(t *testing.T) {
	t.Parallel()
	broker := natstest.Start(t)
	w := serve(t, harness.Options{NATS: broker.URL})
	ada, notes := w.hire("ada"), w.native()
	token, kept := w.allow(ada, notes, wide), w.allow(ada, w.otherNative(), "openid")
	open := w.service(follow.Options{MaxStale: time.Second})
	closed := w.service(follow.Options{MaxStale: time.Second, WhenStale: follow.Refuse})
	broker.Kill()
	w.frontend().signIn(ada).must(http.StatusNoContent, http.MethodDelete, "/api/auth/oauth/tokens/"+w.listed(ada, notes), nil)
	w.Until("who fails closed serves nobody", func() bool {
		_, err := closed.verifier.Verify(t.Context(), token.AccessToken)
		return errors.Is(err, resource.ErrUnavailable) && errors.Is(err, follow.ErrStale)
	})
	w.Until("who fails open says so", func() bool {
		claims, err := open.verifier.Verify(t.Context(), token.AccessToken)
		return err == nil && claims.Stale
	})
	broker.Restart()
	open.ends(token.AccessToken, "the broker is back")
	w.Until("who fails closed serves again", func() bool {
		claims, err := closed.verifier.Verify(t.Context(), kept.AccessToken)
		return err == nil && !claims.Stale
	})
	closed.ends(token.AccessToken, "the broker is back")
}
