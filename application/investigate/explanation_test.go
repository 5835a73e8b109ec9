package investigate_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/eventsourcing/ledgertest"
	"writ/application/investigate"
	"writ/application/issue"
	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/device"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/token"
	"writ/ports"
)

// opening is how every chain of a grant by a code begins.
var opening = []string{
	"account.opened", "client.registered", "session.started", "authorization.approved", "authorization.redeemed", "grant.opened",
}

// chained is a grant that was refreshed twice, with all its tokens.
func chained(t *testing.T) (w *world, id string, tokens []issue.Tokens) {
	t.Helper()
	w = newWorld(t)
	w.Clock.Pass(time.Minute)
	first, id := w.opens()
	tokens = []issue.Tokens{first}
	for range 2 {
		w.Clock.Pass(time.Minute)
		tokens = append(tokens, w.refreshes(tokens[len(tokens)-1]))
	}
	return w, id, tokens
}

func expectSteps(t *testing.T, c investigate.Chain, then ...string) {
	t.Helper()
	if diff := cmp.Diff(append(append([]string{}, opening...), then...), steps(c)); diff != "" {
		t.Errorf("the chain (-want +got):\n%s", diff)
	}
}

func expectState(t *testing.T, c investigate.Chain, of string, s investigate.State, why string) {
	t.Helper()
	if c.Of != of || c.State != s || !strings.Contains(c.Why, why) {
		t.Errorf("the %s is %s: %s; want a %s that is %s: %s", c.Of, c.State, c.Why, of, s, why)
	}
}

func TestAGrantIsExplained(t *testing.T) {
	w, id, _ := chained(t)
	c := w.explain(id)
	expectSteps(t, c, "grant.refreshed", "grant.refreshed")
	expectState(t, c, "grant", investigate.Live, "would leave: openid offline_access CREATE_POST MANAGE_POSTS")
	if c.Grant != id || c.Client != "app" || c.Account != "odin" || c.Token != nil || c.Scope != all {
		t.Errorf("the chain is of %+v", c)
	}
	if want := "odin"; c.Steps[0].What != "the account was opened with "+string(held) || string(c.Account) != want {
		t.Errorf("it begins with: %s", c.Steps[0].What)
	}
}

func TestEachRefreshTokenOfAChainIsExplained(t *testing.T) {
	w, _, tokens := chained(t)
	for generation, want := range []struct {
		state investigate.State
		why   string
		then  []string
	}{
		{investigate.Spent, "spent for generation 1, and generation 2 is the last", []string{"grant.refreshed", "grant.refreshed"}},
		{investigate.Spent, "spent for generation 2", []string{"grant.refreshed *", "grant.refreshed"}},
		{investigate.Live, "would leave", []string{"grant.refreshed", "grant.refreshed *"}},
	} {
		c := w.explain(tokens[generation].Refresh.Reveal())
		expectState(t, c, "refresh token", want.state, want.why)
		if got := steps(c)[len(opening):]; !cmp.Equal(got, want.then) {
			t.Errorf("generation %d: %v, want %v", generation, got, want.then)
		}
		if p := c.Token; p == nil || *p.Generation != uint32(generation) || !p.Authentic || p.Issued.IsZero() {
			t.Errorf("generation %d is presented as %+v", generation, p)
		}
	}
}

func TestReuseIsInTheChain(t *testing.T) {
	w, id, tokens := chained(t)
	_, err := w.refresh.Execute(t.Context(), issue.RefreshTokenCommand{Client: app, Token: tokens[0].Refresh.Reveal()})
	if err == nil {
		t.Fatal("a spent token was taken")
	}
	c := w.explain(tokens[2].Refresh.Reveal())
	expectSteps(t, c, "grant.refreshed", "grant.refreshed *", "grant.refresh_token_reused", "grant.revoked")
	expectState(t, c, "refresh token", investigate.Revoked, "token_reuse")
	expectState(t, w.explain(id), "grant", investigate.Revoked, "refused here")
	expectState(t, w.explain(string(tokens[2].Access)), "access token", investigate.Revoked, "token_reuse")
	if what := c.Steps[len(c.Steps)-2].What; what != "a spent refresh token of generation 0 came back" {
		t.Errorf("it is told: %s", what)
	}
}

func TestAReplayOfTheCodeIsInTheChain(t *testing.T) {
	w := newWorld(t)
	code := w.approves(w.signsIn(), "")
	for range 2 {
		_, _ = w.redeems(code)
	}
	c := w.explain(code.Reveal())
	if diff := cmp.Diff([]string{"authorization.approved *", "authorization.redeemed", "grant.opened", "grant.code_replayed", "grant.revoked"}, steps(c)[3:]); diff != "" {
		t.Errorf("the chain (-want +got):\n%s", diff)
	}
	expectState(t, c, "authorization code", investigate.Spent, "redeemed")
}

func TestAnAccessTokenIsExplained(t *testing.T) {
	w, id, tokens := chained(t)
	for name, of := range map[string]string{"the token": string(tokens[1].Access), "its jti": jtiOf(t, tokens[1])} {
		t.Run(name, func(t *testing.T) {
			c := w.explain(of)
			expectSteps(t, c, "grant.refreshed *", "grant.refreshed")
			expectState(t, c, "access token", investigate.Live, "accepted until it expires")
			if p := c.Token; !p.Authentic || p.Expired || p.Scope != all || !p.Expires.Equal(p.Issued.Add(15*time.Minute)) || c.Grant != id {
				t.Errorf("presented as %+v", p)
			}
		})
	}
}

func jtiOf(t *testing.T, tokens issue.Tokens) string {
	t.Helper()
	var claims token.AccessClaims
	if err := (&ledgertest.Signer{}).Verify(t.Context(), string(tokens.Access), token.AccessType, &claims); err != nil {
		t.Fatal(err)
	}
	return claims.JTI
}

// What may befall an access token between its issue and the question.
func TestWhatBecameOfAnAccessToken(t *testing.T) {
	for name, tc := range map[string]struct {
		befalls func(w *world, grantID, jti string)
		state   investigate.State
		why     string
		last    string
	}{
		"it expired": {func(w *world, _, _ string) { w.Clock.Pass(time.Hour) }, investigate.Expired, "expired at", "grant.refreshed *"},
		"the grant was revoked": {func(w *world, id, _ string) {
			w.changeGrant(id, func(g *grant.Grant) { g.Revoke(grant.ByOwner, "odin", w.Clock.Now()) })
		}, investigate.Live, "but it is accepted", "grant.revoked"},
		"it was revoked itself": {func(w *world, _, jti string) {
			r := token.RevocationOf(jti)
			w.Decide(func() error { r.Revoke("app", w.Clock.Now().Add(time.Hour), w.Clock.Now()); return nil }, r)
		}, investigate.Revoked, "revoked itself", "revoked_token.revoked"},
		"the account was suspended": {func(w *world, _, _ string) {
			w.ChangeAccount("odin", func(a *account.Account) error { return a.Suspend(w.Clock.Now()) })
		}, investigate.Barred, "suspended", "account.suspended"},
		"the client was deleted": {func(w *world, _, _ string) {
			w.ChangeClient("app", func(c *client.Client) error { return c.Delete(w.Clock.Now()) })
		}, investigate.Live, "accepted", "client.deleted"},
		"the account lost a permission": {func(w *world, _, _ string) {
			w.ChangeAccount("odin", func(a *account.Account) error { return a.SetPermissions("USE_OAUTH_CLIENTS", w.Clock.Now()) })
		}, investigate.Live, "accepted", "account.permissions_changed"},
	} {
		t.Run(name, func(t *testing.T) {
			w, id, tokens := chained(t)
			tc.befalls(w, id, jtiOf(t, tokens[2]))
			c := w.explain(string(tokens[2].Access))
			expectState(t, c, "access token", tc.state, tc.why)
			if all := steps(c); all[len(all)-1] != tc.last {
				t.Errorf("the chain ends with %s, want %s", all[len(all)-1], tc.last)
			}
		})
	}
}

func TestANarrowedGrantIsExplained(t *testing.T) {
	w, id, tokens := chained(t)
	w.ChangeAccount("odin", func(a *account.Account) error {
		return a.SetPermissions("CREATE_POST USE_OAUTH_CLIENTS", w.Clock.Now())
	})
	expectState(t, w.explain(id), "grant", investigate.Live, "would leave: openid offline_access CREATE_POST")
	narrowed := w.refreshes(tokens[2])
	for _, of := range []string{string(narrowed.Access), jtiOf(t, narrowed)} {
		expectSteps(t, w.explain(of), "grant.refreshed", "grant.refreshed", "account.permissions_changed", "grant.narrowed", "grant.refreshed *")
	}
	c := w.explain(id)
	expectSteps(t, c, "grant.refreshed", "grant.refreshed", "account.permissions_changed", "grant.narrowed", "grant.refreshed")
	if what := c.Steps[len(c.Steps)-2].What; what != "the grant lost MANAGE_POSTS; what is left: openid offline_access CREATE_POST" {
		t.Errorf("it is told: %s", what)
	}
}

func TestAGrantThatIsNotServedIsBarred(t *testing.T) {
	for name, tc := range map[string]struct {
		befalls func(*world)
		why     string
	}{
		"suspended": {func(w *world) {
			w.ChangeAccount("odin", func(a *account.Account) error { return a.Suspend(w.Clock.Now()) })
		}, "the account is suspended"},
		"deleted": {func(w *world) {
			w.ChangeAccount("odin", func(a *account.Account) error { return a.Delete(w.Clock.Now()) })
		}, "the account is deleted"},
		"without the permission": {func(w *world) {
			w.ChangeAccount("odin", func(a *account.Account) error { return a.SetPermissions("CREATE_POST", w.Clock.Now()) })
		}, "may not use OAuth clients"},
		"of a deleted client": {func(w *world) {
			w.ChangeClient("app", func(c *client.Client) error { return c.Delete(w.Clock.Now()) })
		}, "the client is deleted"},
		"of a client that may not refresh": {func(w *world) {
			changed := settings
			changed.Grants = []oauth.GrantType{oauth.AuthorizationCodeGrant}
			w.ChangeClient("app", func(c *client.Client) error { return c.Change(changed, w.Clock.Now()) })
		}, "not registered for refreshing"},
	} {
		t.Run(name, func(t *testing.T) {
			w, id, tokens := chained(t)
			tc.befalls(w)
			for _, of := range []string{id, tokens[2].Refresh.Reveal()} {
				if c := w.explain(of); c.State != investigate.Barred || !strings.Contains(c.Why, tc.why) {
					t.Errorf("%s: %s", c.State, c.Why)
				}
			}
		})
	}
}

func TestADeviceCodeIsExplained(t *testing.T) {
	w := newWorld(t)
	code := w.asks()
	approve := func(d *device.Device) error {
		return d.Approve(device.Approved{Account: "odin", Session: "s1", Scope: all, AuthTime: w.Clock.Now()}, w.Clock.Now())
	}
	expectState(t, w.explain(code.Reveal()), "device code", investigate.Pending, "nobody has decided")
	w.changeDevice(code, approve)
	expectState(t, w.explain(code.Reveal()), "device code", investigate.Live, "approved")
	_, err := w.device.Execute(t.Context(), issue.DeviceCodeCommand{Client: app, Code: code.Reveal()})
	if err != nil {
		t.Fatal(err)
	}
	c := w.explain(code.Reveal())
	expectState(t, c, "device code", investigate.Spent, "got its tokens")
	want := []string{"account.opened", "client.registered", "device.requested *", "device.claimed", "device.approved", "device.redeemed", "grant.opened"}
	if diff := cmp.Diff(want, steps(c)); diff != "" || c.Account != "odin" || c.Grant != code.ID() {
		t.Errorf("the chain of %s (-want +got):\n%s", c.Account, diff)
	}
	denied, late := w.asks(), w.asks()
	w.changeDevice(denied, func(d *device.Device) error { return d.Deny("odin", w.Clock.Now()) })
	expectState(t, w.explain(denied.ID()), "device code", investigate.Denied, "denied")
	w.Clock.Pass(time.Hour)
	expectState(t, w.explain(late.Reveal()), "device code", investigate.Expired, "not redeemed")
}

func TestACodeIsExplained(t *testing.T) {
	w := newWorld(t)
	code := w.approves(w.signsIn(), "")
	c := w.explain(code.Reveal())
	expectState(t, c, "authorization code", investigate.Live, "may be redeemed")
	if diff := cmp.Diff([]string{"account.opened", "client.registered", "session.started", "authorization.approved *"}, steps(c)); diff != "" {
		t.Errorf("the chain (-want +got):\n%s", diff)
	}
	if c := w.explain(code.ID()); c.Token != nil || c.State != investigate.Live {
		t.Errorf("by its id it is %+v", c)
	}
	w.Clock.Pass(time.Hour)
	expectState(t, w.explain(code.Reveal()), "authorization code", investigate.Expired, "not redeemed")
}

func TestATokenOfAClientItselfIsExplained(t *testing.T) {
	w := newWorld(t)
	tokens, err := w.own.Execute(t.Context(), issue.ClientCredentialsCommand{Client: app})
	if err != nil {
		t.Fatal(err)
	}
	for _, of := range []string{string(tokens.Access), jtiOf(t, tokens)} {
		c := w.explain(of)
		if diff := cmp.Diff([]string{"account.opened", "client.registered", "token.issued *"}, steps(c)); diff != "" {
			t.Errorf("the chain (-want +got):\n%s", diff)
		}
		expectState(t, c, "access token", investigate.Live, "accepted")
		if c.Client != "app" || c.Account != "odin" || c.Grant != "" || c.Token.Scope != "CREATE_POST MANAGE_POSTS" || c.Token.Expires.IsZero() {
			t.Errorf("it is %+v of %+v", c.Token, c)
		}
	}
}

func TestAnIDTokenIsNoForgery(t *testing.T) {
	w, _, tokens := chained(t)
	c := w.explain(string(tokens[0].ID))
	expectState(t, c, "ID token", investigate.Live, "signature holds")
	if c.Client != "app" || c.Account != "odin" || len(c.Steps) != 0 {
		t.Errorf("it is told of %+v", c)
	}
}

func TestASessionIsExplained(t *testing.T) {
	w := newWorld(t)
	v := w.signsIn()
	cookie := w.Keys.Mint(oauth.SessionToken, v.Session, 0, [32]byte{1})
	expectState(t, w.explain(cookie.Reveal()), "session", investigate.Live, "lasts until")
	w.Clock.Pass(time.Minute)
	w.ChangeAccount("odin", func(a *account.Account) error { return a.SignOut("by_admin", w.Clock.Now()) })
	expectState(t, w.explain(v.Session), "session", investigate.Revoked, "every session")
}

func TestAGrantByAnAccessKeyIsExplained(t *testing.T) {
	w := newWorld(t)
	for _, id := range []string{"theKeyInUse1", "anotherKey12"} {
		w.ChangeAccount("odin", func(a *account.Account) error {
			return a.AddKey(account.Key{ID: id, Name: "my laptop"}, w.Clock.Now())
		})
	}
	code := w.approves(w.signsIn(), "theKeyInUse1")
	if _, err := w.redeems(code); err != nil {
		t.Fatal(err)
	}
	w.ChangeAccount("odin", func(a *account.Account) error { return a.RemoveKey("theKeyInUse1", w.Clock.Now()) })
	c := w.explain(code.ID())
	all := steps(c)
	if strings.Count(strings.Join(all, " "), "key_added") != 1 || all[len(all)-1] != "account.key_removed" {
		t.Errorf("the chain is %v", all)
	}
	expectState(t, c, "grant", investigate.Barred, "access key that allowed it has ended")
	if strings.Contains(fmt.Sprint(c), "my laptop") {
		t.Errorf("it shows what a person called the key: %v", c)
	}
}

func TestWhatNobodyMadeIsNotExplained(t *testing.T) {
	w, id, tokens := chained(t)
	other := oauth.TokenKeys{{ID: [4]byte{7}, Secret: [32]byte{7}}}
	for name, of := range map[string]string{
		"nothing":                    "",
		"a word":                     "hello",
		"an id of nothing":           w.ids.ID(),
		"another server's token":     other.Mint(oauth.RefreshToken, id, 0, [32]byte{}).Reveal(),
		"a refresh token of nothing": w.Keys.Mint(oauth.RefreshToken, w.ids.ID(), 0, [32]byte{}).Reveal(),
		"a great deal":               strings.Repeat("a.", 10_000),
		"a slash":                    "grant/" + id,
		"half a token":               tokens[0].Refresh.Reveal()[:40],
	} {
		_, err := w.explanation.Execute(t.Context(), investigate.ExplainCommand{Of: oauth.Secret(of)})
		if !errors.Is(err, ports.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAForgedTokenIsCalledSo(t *testing.T) {
	w, id, tokens := chained(t)
	forged := w.Keys.Mint(oauth.RefreshToken, id, 2, [32]byte{66}).Reveal()
	expectState(t, w.explain(forged), "refresh token", investigate.Forged, "has not issued it")
	ahead := w.Keys.Mint(oauth.RefreshToken, id, 9, [32]byte{66}).Reveal()
	expectState(t, w.explain(ahead), "refresh token", investigate.Forged, "has not issued it")

	altered := jwt(t, token.AccessClaims{JTI: jtiOf(t, tokens[1]), Grant: id, Scope: "ADMINISTRATOR", Expires: 1 << 40})
	c := w.explain(altered)
	expectSteps(t, c, "grant.refreshed *", "grant.refreshed")
	expectState(t, c, "access token", investigate.Forged, "although a token of this jti was issued")

	for _, claims := range []token.AccessClaims{{JTI: "x", Grant: id}, {JTI: "x"}, {}, {JTI: jtiOf(t, tokens[1]), Grant: "y"}} {
		c := w.explain(jwt(t, claims))
		expectState(t, c, "access token", investigate.Forged, "knows of no such token")
		if len(c.Steps) != 0 || c.Account != "" {
			t.Errorf("it tells of %v", c)
		}
	}
}

func TestAChainShowsNoSecret(t *testing.T) {
	w, id, tokens := chained(t)
	for _, of := range []string{id, tokens[1].Refresh.Reveal(), string(tokens[1].Access)} {
		all := fmt.Sprintf("%+v", w.explain(of))
		for _, secret := range []string{tokens[1].Refresh.Reveal(), string(tokens[1].Access), string(tokens[1].Refresh.Digest()), "a secret browser"} {
			if strings.Contains(all, secret) {
				t.Errorf("the chain shows %s", secret)
			}
		}
	}
}

func TestAVerifierThatIsDownIsNoForgery(t *testing.T) {
	w := newWorld(t)
	down := errors.New("there are no keys")
	w.Signer.Fail(down)
	for of, want := range map[string]error{jwt(t, token.AccessClaims{JTI: "x"}): down, "a word": ports.ErrNotFound} {
		_, err := w.explanation.Execute(t.Context(), investigate.ExplainCommand{Of: oauth.Secret(of)})
		if !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
}
