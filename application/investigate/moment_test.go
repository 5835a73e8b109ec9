package investigate_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/application/investigate"
	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/device"
	"writ/domain/grant"
	"writ/domain/oauth"
)

func TestWhatAClientCouldDoAtAMoment(t *testing.T) {
	w := newWorld(t)
	start := w.Clock.Now()
	minute := func(n int) time.Time { return start.Add(time.Duration(n) * time.Minute) }
	w.Clock.Pass(time.Minute)
	tokens, id := w.opens() // minute 1
	w.Clock.Pass(time.Minute)
	tokens = w.refreshes(tokens) // 2
	w.Clock.Pass(time.Minute)
	w.ChangeAccount("odin", func(a *account.Account) error {
		return a.SetPermissions("CREATE_POST USE_OAUTH_CLIENTS", w.Clock.Now())
	}) // 3
	w.Clock.Pass(time.Minute)
	w.refreshes(tokens) // 4
	w.Clock.Pass(time.Minute)
	w.ChangeAccount("odin", func(a *account.Account) error { return a.Suspend(w.Clock.Now()) }) // 5
	w.Clock.Pass(time.Minute)
	w.changeGrant(id, func(g *grant.Grant) { g.Revoke(grant.ByAdmin, "", w.Clock.Now()) }) // 6
	w.Clock.Pass(time.Hour)

	narrow := oauth.Scope("openid offline_access CREATE_POST")
	for name, tc := range map[string]struct {
		at          time.Time
		standing    investigate.Standing
		permissions oauth.Scope
		grants      int
		scope       oauth.Scope
		refreshable bool
		atRefresh   oauth.Scope
		refused     string
		because     []string
	}{
		"before the account": {at: start.Add(-1), standing: investigate.Unknown},
		"before the grant":   {at: minute(1).Add(-1), standing: investigate.Active, permissions: held},
		"when it was opened": {minute(1), investigate.Active, held, 1, all, true, all, "", []string{
			"client.registered", "session.started", "authorization.approved", "authorization.redeemed", "grant.opened",
		}},
		"when it was refreshed": {minute(2), investigate.Active, held, 1, all, true, all, "", []string{
			"client.registered", "session.started", "authorization.approved", "authorization.redeemed", "grant.opened", "grant.refreshed",
		}},
		"when a permission was lost": {minute(3), investigate.Active, "CREATE_POST USE_OAUTH_CLIENTS", 1, all, true, narrow, "", []string{
			"client.registered", "session.started", "authorization.approved", "authorization.redeemed", "grant.opened", "grant.refreshed",
		}},
		"when it was narrowed": {minute(4), investigate.Active, "CREATE_POST USE_OAUTH_CLIENTS", 1, narrow, true, narrow, "", []string{
			"client.registered", "session.started", "authorization.approved", "authorization.redeemed", "grant.opened", "grant.narrowed", "grant.refreshed",
		}},
		"when the account was suspended": {minute(5), investigate.Suspended, "CREATE_POST USE_OAUTH_CLIENTS", 1, narrow, true, "", "the account is suspended", []string{
			"client.registered", "session.started", "authorization.approved", "authorization.redeemed", "grant.opened", "grant.narrowed", "grant.refreshed",
		}},
		"when it was revoked": {minute(6), investigate.Suspended, "CREATE_POST USE_OAUTH_CLIENTS", 1, narrow, false, "", "the grant is revoked: admin", []string{
			"client.registered", "session.started", "authorization.approved", "authorization.redeemed", "grant.opened", "grant.narrowed", "grant.refreshed", "grant.revoked",
		}},
		"when its last access token expired": {at: minute(4 + 15), standing: investigate.Suspended, permissions: "CREATE_POST USE_OAUTH_CLIENTS"},
	} {
		t.Run(name, func(t *testing.T) {
			p := w.at(tc.at)
			if p.Standing != tc.standing || p.Permissions != tc.permissions || len(p.Grants) != tc.grants {
				t.Fatalf("%s, holding %q, with %d grants", p.Standing, p.Permissions, len(p.Grants))
			}
			if tc.grants == 0 {
				return
			}
			g := p.Grants[0]
			if g.Scope != tc.scope || g.Refreshable != tc.refreshable || g.AtRefresh != tc.atRefresh || g.Refused != tc.refused {
				t.Errorf("the grant is %+v", g)
			}
			if g.Grant != id || g.ClientName != "App" || g.By != "session" || g.Via != oauth.AuthorizationCodeGrant || !g.Opened.Equal(minute(1)) {
				t.Errorf("the grant is %+v", g)
			}
			if diff := cmp.Diff(tc.because, happened(g.Because)); diff != "" {
				t.Errorf("because (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatMadeAnAccountSo(t *testing.T) {
	w := newWorld(t)
	w.Clock.Pass(time.Minute)
	w.ChangeAccount("odin", func(a *account.Account) error { return a.Suspend(w.Clock.Now()) })
	p := w.at(w.Clock.Now())
	if diff := cmp.Diff([]string{"account.opened", "account.suspended"}, happened(p.Because)); diff != "" {
		t.Errorf("because (-want +got):\n%s", diff)
	}
	if text := fmt.Sprint(p); strings.Contains(text, "Name of") || strings.Contains(text, "@example") {
		t.Errorf("it shows personal data: %s", text)
	}
}

func TestTheClientIsCalledWhatItWasCalledThen(t *testing.T) {
	w := newWorld(t)
	w.opens()
	then := w.Clock.Now()
	w.Clock.Pass(time.Minute)
	renamed := settings
	renamed.Name, renamed.Allowed = "Another App", "openid offline_access"
	w.ChangeClient("app", func(c *client.Client) error { return c.Change(renamed, w.Clock.Now()) })
	if g := w.at(then).Grants[0]; g.ClientName != "App" || g.AtRefresh != all {
		t.Errorf("then it was %s, and its refresh would have left %s", g.ClientName, g.AtRefresh)
	}
	g := w.at(w.Clock.Now()).Grants[0]
	if g.ClientName != "Another App" || g.AtRefresh != "openid offline_access" || happened(g.Because)[4] != "client.changed" {
		t.Errorf("now it is %s, and its refresh would leave %s, because of %v", g.ClientName, g.AtRefresh, happened(g.Because))
	}
}

func TestOnlyAnAccessTokenMayBeLeft(t *testing.T) {
	w := newWorld(t)
	code := w.approves(w.signsIn(), "")
	w.ChangeClient("app", func(c *client.Client) error {
		short := settings
		short.Grants = []oauth.GrantType{oauth.AuthorizationCodeGrant}
		return c.Change(short, w.Clock.Now())
	})
	if _, err := w.redeems(code); err != nil {
		t.Fatal(err)
	}
	g := w.at(w.Clock.Now()).Grants[0]
	if g.Refreshable || g.Refused != "there is no refresh token" || !g.Until.Equal(w.Clock.Now().Add(15*time.Minute)) {
		t.Errorf("the grant is %+v", g)
	}
}

func TestApprovalsThatWaitAreShown(t *testing.T) {
	w := newWorld(t)
	code, asked := w.approves(w.signsIn(), ""), w.asks()
	before := w.Clock.Now()
	w.Clock.Pass(time.Second)
	w.changeDevice(asked, func(d *device.Device) error {
		return d.Approve(device.Approved{Account: "odin", Scope: "CREATE_POST"}, w.Clock.Now())
	})
	if p := w.at(before); len(p.Approved) != 1 || p.Approved[0].ID != code.ID() || p.Approved[0].Via != oauth.AuthorizationCodeGrant || len(p.Grants) != 0 {
		t.Errorf("approved: %+v", p.Approved)
	}
	p := w.at(w.Clock.Now())
	if len(p.Approved) != 2 || p.Approved[1].ID != asked.ID() || p.Approved[1].Scope != "CREATE_POST" {
		t.Errorf("approved: %+v", p.Approved)
	}
	if diff := cmp.Diff([]string{"device.requested", "device.claimed", "device.approved"}, happened(p.Approved[1].Because)); diff != "" {
		t.Errorf("because (-want +got):\n%s", diff)
	}
	w.Clock.Pass(2 * time.Minute)
	if p := w.at(w.Clock.Now()); len(p.Approved) != 1 {
		t.Errorf("a code that has expired is shown: %+v", p.Approved)
	}
}

func TestClientsOfOnesOwnAreShown(t *testing.T) {
	w := newWorld(t)
	public := client.Settings{
		Name: "Public", AuthMethod: oauth.AuthNone, Policy: oauth.Explicit, RequirePKCE: true,
		RedirectURIs: []oauth.RedirectURI{redirect}, Grants: []oauth.GrantType{oauth.AuthorizationCodeGrant}, Allowed: all,
	}
	w.Client("public", "odin", public)
	p := w.at(w.Clock.Now())
	if len(p.Owned) != 1 || p.Owned[0].Client != "app" || p.Owned[0].Scope != "CREATE_POST MANAGE_POSTS" {
		t.Errorf("owned: %+v", p.Owned)
	}
	w.ChangeAccount("odin", func(a *account.Account) error { return a.Suspend(w.Clock.Now()) })
	if p := w.at(w.Clock.Now()); len(p.Owned) != 0 {
		t.Errorf("a suspended account's clients get tokens: %+v", p.Owned)
	}
}

func TestGrantsOfOthersAreNotShown(t *testing.T) {
	w := newWorld(t)
	w.opens()
	w.Account("freya", held)
	p, err := w.moment.Execute(t.Context(), investigate.MomentCommand{Account: "freya", At: w.Clock.Now()})
	if err != nil || len(p.Grants) != 0 || len(p.Owned) != 0 {
		t.Errorf("freya has %+v (%v)", p, err)
	}
}

func TestAnAccountThatNeverWas(t *testing.T) {
	w := newWorld(t)
	_, err := w.moment.Execute(t.Context(), investigate.MomentCommand{Account: "nobody", At: w.Clock.Now()})
	if !errors.Is(err, account.ErrUnknown) {
		t.Errorf("got %v", err)
	}
}
