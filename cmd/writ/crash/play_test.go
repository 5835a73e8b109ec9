package crash_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	neturl "net/url"
	"sync"
	"testing"

	"writ/cmd/writ/e2e/harness"
)

// play is a script that is played again and again on one site, until somebody dies: every kind of
// decision, alone and several at once. Chance shuffles the acts.
type play struct {
	*site
	deeds

	person *person
	app    *client
	robot  *client
	secret string
	crier  *crier
	chance *rand.Rand

	finished bool // the last performance came to its end
}

// act is a part of the play. It ends early when an answer is missing or odd.
type act func(ctx context.Context) bool

func newPlay(t *testing.T, s *site) *play {
	t.Helper()
	p := &play{site: s}
	p.person = s.createPerson(t, "ada", "--permission", permission, "--permission", "USE_OAUTH_CLIENTS")
	p.app = newClient(t, s.createClient(t, "App", "--scope", withIt))
	var robot struct {
		ClientID string `json:"client_id"`
		Secret   string `json:"client_secret"`
	}
	s.of(0).Ask(&robot, "client", "create", "--name", "Robot", "--type", "confidential",
		"--grant", "client_credentials", "--scope", permission, "--auth-method", "client_secret_post")
	p.robot, p.secret = newClient(t, robot.ClientID), robot.Secret
	return p
}

// ready brings the account back to where every performance begins. What chance decides in it
// follows from the seed and the number of the performance.
func (p *play) ready(t *testing.T, seed, performance uint64, gone <-chan struct{}) {
	t.Helper()
	p.of(0).Until("the server is ready", func() bool { return p.of(0).Status("/readyz") == http.StatusOK })
	p.deeds, p.chance = deeds{}, rand.New(rand.NewPCG(seed, performance))
	if !p.finished {
		p.of(0).Ask(nil, "account", "reinstate", p.person.id)
		p.of(0).Ask(nil, "account", "permissions", p.person.id, "--set", "USE_OAUTH_CLIENTS,"+permission)
	}
	p.person.browser.CloseIdleConnections()
	p.app.http.CloseIdleConnections()
	p.robot.http.CloseIdleConnections()
	p.person.signIn(t, p.of(0))
	p.crier = newCrier(t, p.site, gone)
}

// perform plays all acts, in an order that chance gives. It reports whether it came to the end.
func (p *play) perform(ctx context.Context) bool {
	defer p.crier.close()
	acts := []act{p.rotation, p.crowd, p.replay, p.device, p.robots, p.givesUp, p.narrowing, p.suspension, p.newcomer, p.door}
	p.chance.Shuffle(len(acts), func(i, j int) { acts[i], acts[j] = acts[j], acts[i] })
	for _, a := range acts {
		if p.finished = a(ctx); !p.finished {
			return false
		}
	}
	return true
}

func (p *play) at() *harness.Server { return p.of(p.chance.IntN(len(p.servers))) }

// told judges an answer.
func told(a answer, err error, want string) error {
	switch {
	case err != nil || a.String() == want:
		return err
	case a.Status == http.StatusServiceUnavailable:
		return errUnavailable
	default:
		return fmt.Errorf("answered %v, want %s", a, want)
	}
}

// code approves a request of the app.
func (p *play) code(ctx context.Context) (string, bool) {
	code, err := p.person.authorize(ctx, p.at(), p.app.id, withIt)
	return code, p.note("approve", []string{"authorization.approved"}, err)
}

func (p *play) redeem(ctx context.Context, code string) (answer, bool) {
	a, err := p.app.redeem(ctx, p.at(), code)
	return a, p.note("redeem", []string{"authorization.redeemed", "grant.opened"}, told(a, err, "200"))
}

func (p *play) open(ctx context.Context) (answer, bool) {
	code, goesOn := p.code(ctx)
	if !goesOn {
		return answer{}, false
	}
	return p.redeem(ctx, code)
}

func (p *play) refresh(ctx context.Context, token, want string, facts ...string) (answer, bool) {
	a, err := p.app.refresh(ctx, p.at(), token)
	return a, p.note("refresh", facts, told(a, err, want))
}

// rotation is a grant that lives a while, until a spent token comes again.
func (p *play) rotation(ctx context.Context) bool {
	first, goesOn := p.open(ctx)
	for next := first; goesOn && next.Refresh != ""; {
		next, goesOn = p.refresh(ctx, next.Refresh, "200", "grant.refreshed")
		if p.chance.IntN(3) == 0 {
			break
		}
	}
	if goesOn {
		_, goesOn = p.refresh(ctx, first.Refresh, "400 invalid_grant", "grant.refresh_token_reused", "grant.revoked")
	}
	return goesOn
}

// crowd is several grants that are refreshed at one moment, so that they share a commit.
func (p *play) crowd(ctx context.Context) bool {
	const size = 4
	held, goesOn := make([]answer, size), true
	for i := 0; i < size && goesOn; i++ {
		held[i], goesOn = p.open(ctx)
	}
	if !goesOn {
		return false
	}
	at, failures := p.at(), make([]error, size)
	var asking sync.WaitGroup
	for i := range held {
		asking.Go(func() {
			a, err := p.app.refresh(ctx, at, held[i].Refresh)
			failures[i] = told(a, err, "200")
		})
	}
	asking.Wait()
	for _, err := range failures {
		goesOn = p.note("refresh at once", []string{"grant.refreshed"}, err) && goesOn
	}
	return goesOn
}

// replay redeems a code twice.
func (p *play) replay(ctx context.Context) bool {
	code, goesOn := p.code(ctx)
	if goesOn {
		_, goesOn = p.redeem(ctx, code)
	}
	if !goesOn {
		return false
	}
	a, err := p.app.redeem(ctx, p.at(), code)
	return p.note("replay", []string{"grant.code_replayed", "grant.revoked"}, told(a, err, "400 invalid_grant"))
}

// device gets tokens on another screen than the person's.
func (p *play) device(ctx context.Context) bool {
	asked, err := p.app.requestDevice(ctx, p.at(), withIt)
	if !p.note("ask for a device", []string{"device.requested"}, err) {
		return false
	}
	err = p.person.allowDevice(ctx, p.at(), asked.UserCode)
	if !p.note("allow a device", []string{"device.claimed", "device.approved"}, err) {
		return false
	}
	a, err := p.app.poll(ctx, p.at(), asked.DeviceCode)
	return p.note("poll", []string{"device.redeemed", "grant.opened"}, told(a, err, "200"))
}

// robots get tokens on their own behalf.
func (p *play) robots(ctx context.Context) bool {
	a, err := p.robot.ask(ctx, p.at(), neturl.Values{"grant_type": {"client_credentials"}, "client_secret": {p.secret}})
	return p.note("ask as a robot", []string{"token.issued"}, told(a, err, "200"))
}

// givesUp revokes a grant by its refresh token.
func (p *play) givesUp(ctx context.Context) bool {
	held, goesOn := p.open(ctx)
	if !goesOn {
		return false
	}
	status, err := p.app.revoke(ctx, p.at(), held.Refresh)
	return p.note("give up", []string{"grant.revoked"}, told(answer{Status: status}, err, "200"))
}

// narrowing takes a permission away from the account and gives it back: the grant has lost it.
func (p *play) narrowing(ctx context.Context) bool {
	held, goesOn := p.open(ctx)
	goesOn = goesOn && p.cry(ctx, "permissions-changed", permissions("USE_OAUTH_CLIENTS"))
	if goesOn {
		held, goesOn = p.refresh(ctx, held.Refresh, "200", "grant.narrowed", "grant.refreshed")
	}
	goesOn = goesOn && p.cry(ctx, "permissions-changed", permissions("USE_OAUTH_CLIENTS", permission))
	if goesOn {
		_, goesOn = p.refresh(ctx, held.Refresh, "200", "grant.refreshed")
	}
	return goesOn
}

// suspension stops everything of an account, and ends its sessions but not its grants.
func (p *play) suspension(ctx context.Context) bool {
	held, goesOn := p.open(ctx)
	goesOn = goesOn && p.cry(ctx, "suspended", struct{}{})
	if goesOn {
		_, goesOn = p.refresh(ctx, held.Refresh, "400 invalid_grant")
	}
	goesOn = goesOn && p.cry(ctx, "reinstated", struct{}{})
	if goesOn {
		_, goesOn = p.refresh(ctx, held.Refresh, "200", "grant.refreshed")
	}
	return goesOn && p.enters(ctx)
}

// newcomer is an account that others tell of, and that they delete: its key is destroyed.
func (p *play) newcomer(ctx context.Context) bool {
	id := fmt.Sprintf("newcomer%d", cries.Add(1))
	return p.cryOf(ctx, id, "profile-changed", map[string]any{"handle": id, "name": "New"}) && p.cryOf(ctx, id, "deleted", struct{}{})
}

// door is signing out and in again.
func (p *play) door(ctx context.Context) bool {
	status, _, err := p.person.send(ctx, url(p.at(), "/api/auth/logout"), nil)
	return p.note("sign out", []string{"session.ended"}, told(answer{Status: status}, err, "204")) && p.enters(ctx)
}

func (p *play) enters(ctx context.Context) bool {
	_, err := p.person.post(ctx, url(p.at(), "/api/auth/password/signin"), map[string]string{"identifier": p.person.handle, "token": password})
	return p.note("sign in", []string{"session.started"}, err)
}

// cry announces a change of the person's account and waits until it governs. What it leaves in the
// log names it as its cause.
func (p *play) cry(ctx context.Context, kind string, value any) bool {
	return p.cryOf(ctx, p.person.id, kind, value)
}

func (p *play) cryOf(ctx context.Context, account, kind string, value any) bool {
	return p.note("announce "+kind, nil, p.crier.cry(ctx, account, kind, value))
}
