package crash_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"writ/ports/portstest/req"
)

const (
	changeRounds  = 50
	permission    = "READ_PROFILE"
	withIt        = scope + " " + permission
	commandRounds = 4
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
	return &owner{connection: s.connect(t), seen: s.watch(t), account: account}
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

func newReplicatedParty(t *testing.T) party {
	t.Helper()
	s := twoProcesses(t, nil)
	return party{
		s, s.createPerson(t, "ada", "--permission", permission, "--permission", "USE_OAUTH_CLIENTS"),
		newClient(t, s.createClient(t, "Reader", "--scope", withIt)),
	}
}

func TestAnAcknowledgedChangeGovernsTheNextRefreshOfEveryProcess(t *testing.T) {
	req.Covers(t, "R-251", "R-252")
	p := newReplicatedParty(t)
	o := newOwner(t, p.site, p.person.id)
	t.Run("permissions that are taken away", func(t *testing.T) {
		for range changeRounds {
			held := p.refreshEach(t, p.openEach(t), "200", true)
			o.announce(t, "permissions-changed", permissions("USE_OAUTH_CLIENTS"))
			held = p.refreshEach(t, held, "200", false)
			o.announce(t, "permissions-changed", permissions("USE_OAUTH_CLIENTS", permission))
			p.refreshEach(t, held, "200", false) // what a grant has lost does not come back
		}
	})
	t.Run("suspensions", func(t *testing.T) {
		held := p.openEach(t)
		for range changeRounds {
			o.announce(t, "suspended", struct{}{})
			p.refreshEach(t, held, "400 invalid_grant", false)
			o.announce(t, "reinstated", struct{}{})
			held = p.refreshEach(t, held, "200", true)
		}
	})
	t.Run("permissions that a command takes away", func(t *testing.T) {
		for range commandRounds {
			held := p.refreshEach(t, p.openEach(t), "200", true)
			p.of(0).Ask(nil, "account", "permissions", p.person.id, "--set", "USE_OAUTH_CLIENTS")
			p.refreshEach(t, held, "200", false)
			p.of(1).Ask(nil, "account", "permissions", p.person.id, "--set", "USE_OAUTH_CLIENTS,"+permission)
		}
	})
	t.Run("clients that a command deletes", func(t *testing.T) {
		held := p.openEach(t)
		p.of(0).Ask(nil, "client", "delete", p.client.id)
		p.refreshEach(t, held, "401 invalid_client", false)
	})
	p.verify(t)
}
