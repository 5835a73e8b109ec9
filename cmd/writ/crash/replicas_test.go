package crash_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"writ/adapters/natsbus"
	"writ/cmd/writ/e2e/harness"
	"writ/ports/portstest/req"
)

const (
	changeRounds  = 50 // on several processes; one alone has fewer
	commandRounds = 5
	permission    = "READ_PROFILE"
	withIt        = scope + " " + permission
)

// owner is who owns the accounts: it announces changes, and knows that one governs when Writ's own
// event names it as its cause.
type owner struct {
	connection *nats.Conn
	seen       <-chan message
	account    string
	sequence   int
}

func newOwner(t *testing.T, s *site, account string) *owner {
	t.Helper()
	return &owner{connection: s.connectAs(t, natsbus.AccountsCredentials), seen: s.watch(t), account: account}
}

// announce publishes a change and returns when it was acknowledged.
func (o *owner) announce(t *testing.T, kind string, value any) {
	t.Helper()
	id, err := o.publish(kind, value)
	if err != nil {
		t.Fatal(err)
	}
	tooLong := time.After(relayWithin)
	for {
		select {
		case m := <-o.seen:
			if m.CausationID == id {
				return
			}
		case <-tooLong:
			t.Fatalf("%s %d is not acknowledged within %s", kind, o.sequence, relayWithin)
		}
	}
}

func (o *owner) publish(kind string, value any) (id string, err error) {
	o.sequence++
	id = fmt.Sprintf("change-%s-%d", o.account, o.sequence)
	text, err := json.Marshal(map[string]any{
		"specversion": "1.0", "id": id, "type": "accounts." + kind, "source": "https://accounts.example.org",
		"subject": o.account, "sequence": fmt.Sprint(o.sequence), "data": value,
	})
	if err != nil {
		return "", err
	}
	return id, o.connection.Publish("accounts."+kind, text)
}

func permissions(words ...string) map[string][]string {
	return map[string][]string{"permissions": words}
}

// openEach opens a grant for each process, so that each has one to refresh.
func (p party) openEach(t *testing.T) []answer {
	t.Helper()
	held := make([]answer, len(p.servers))
	for i := range held {
		code, err := p.person.authorize(t.Context(), p.of(i), p.client.id, withIt)
		if err != nil {
			t.Fatal(err)
		}
		held[i], err = p.client.redeem(t.Context(), p.of(i), code)
		if err != nil || held[i].Status != http.StatusOK {
			t.Fatalf("redeem a code: %v %v", held[i], err)
		}
	}
	return held
}

// refreshEach refreshes at every process at once, and fails the test unless each answers as given
// and the scope of its tokens has the permission or not.
func (p party) refreshEach(t *testing.T, held []answer, want string, wantIt bool) []answer {
	t.Helper()
	got := atOnce(t, len(held), func(turn int) (answer, error) {
		return p.client.refresh(t.Context(), p.of(turn), held[turn].Refresh)
	})
	for i, a := range got {
		if a.String() != want || a.Status == http.StatusOK && strings.Contains(a.Scope, permission) != wantIt {
			t.Fatalf("process %d answers %v with scope %q; want %s, with %s: %t", i, a, a.Scope, want, permission, wantIt)
		}
	}
	return got
}

// On one process, the others are the commands beside it.
func TestAnAcknowledgedChangeGovernsTheNextRefreshOfEveryProcess(t *testing.T) {
	req.Covers(t, "R-251", "R-252")
	onBoth(t, nil, func(t *testing.T, s *site) {
		p := party{
			s, s.createPerson(t, "ada", "--permission", permission, "--permission", "USE_OAUTH_CLIENTS"),
			newClient(t, s.createClient(t, "Reader", "--scope", withIt)),
		}
		rounds := changeRounds
		if len(s.servers) == 1 {
			rounds /= 5
		}
		o := newOwner(t, s, p.person.id)
		t.Run("permissions that are taken away", func(t *testing.T) { p.losePermissions(t, o, rounds) })
		t.Run("suspensions", func(t *testing.T) { p.areSuspended(t, o, rounds) })
		t.Run("what clients and people give up", func(t *testing.T) {
			for round := range rounds / 2 {
				p.giveUp(t, p.of(round), p.of(round+1))
			}
		})
		t.Run("permissions that a command takes away", p.losePermissionsByCommand)
		t.Run("clients that a command deletes", func(t *testing.T) {
			held := p.openEach(t)
			p.of(0).Ask(nil, "client", "delete", p.client.id)
			p.refreshEach(t, held, "401 invalid_client", false)
		})
		p.verify(t)
	})
}

func (p party) losePermissions(t *testing.T, o *owner, rounds int) {
	for range rounds {
		held := p.refreshEach(t, p.openEach(t), "200", true)
		o.announce(t, "permissions-changed", permissions("USE_OAUTH_CLIENTS"))
		held = p.refreshEach(t, held, "200", false)
		o.announce(t, "permissions-changed", permissions("USE_OAUTH_CLIENTS", permission))
		p.refreshEach(t, held, "200", false) // what a grant has lost does not come back
	}
}

func (p party) areSuspended(t *testing.T, o *owner, rounds int) {
	held := p.openEach(t)
	for range rounds {
		o.announce(t, "suspended", struct{}{})
		p.refreshEach(t, held, "400 invalid_grant", false)
		o.announce(t, "reinstated", struct{}{})
		held = p.refreshEach(t, held, "200", true)
	}
	p.person.signIn(t, p.of(0)) // sessions ended with the suspension; grants did not
}

func (p party) losePermissionsByCommand(t *testing.T) {
	for range commandRounds {
		held := p.refreshEach(t, p.openEach(t), "200", true)
		p.of(0).Ask(nil, "account", "permissions", p.person.id, "--set", "USE_OAUTH_CLIENTS")
		p.refreshEach(t, held, "200", false)
		p.of(1).Ask(nil, "account", "permissions", p.person.id, "--set", "USE_OAUTH_CLIENTS,"+permission)
	}
}

// giveUp revokes an access token, and then a refresh token, at one process: the other refuses them
// from that moment on, and the access token of the grant that was given up lives on.
func (p party) giveUp(t *testing.T, here, there *harness.Server) {
	t.Helper()
	held := slices.Concat(p.openEach(t), p.openEach(t))
	p.revoked(t, here, held[0].Access)
	p.expectUserInfo(t, there, held[0].Access, http.StatusUnauthorized)
	p.revoked(t, here, held[1].Refresh)
	a, err := p.client.refresh(t.Context(), there, held[1].Refresh)
	if err != nil || a.String() != "400 invalid_grant" {
		t.Errorf("a refresh after the revocation is answered %v %v, want 400 invalid_grant", a, err)
	}
	p.expectUserInfo(t, there, held[1].Access, http.StatusOK)
}

func (p party) revoked(t *testing.T, at *harness.Server, token string) {
	t.Helper()
	status, err := p.client.revoke(t.Context(), at, token)
	if err != nil || status != http.StatusOK {
		t.Fatalf("a revocation is answered %d %v, want 200", status, err)
	}
}

func (p party) expectUserInfo(t *testing.T, at *harness.Server, access string, want int) {
	t.Helper()
	status, err := p.client.userInfo(t.Context(), at, access)
	if err != nil || status != want {
		t.Errorf("userinfo answers %d %v, want %d", status, err, want)
	}
}
