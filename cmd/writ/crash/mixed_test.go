package crash_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	neturl "net/url"
	"sync"
	"testing"

	"writ/adapters/natsbus"
	"writ/cmd/writ/e2e/harness"
	"writ/ports/portstest/req"
)

const (
	crews   = 12
	actions = 60 // of each
)

// pool holds tokens that everybody takes from and nobody takes away, so that requests collide.
type pool struct {
	mu     sync.Mutex
	tokens []string
}

func (p *pool) put(token string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if token != "" {
		p.tokens = append(p.tokens, token)
	}
}

func (p *pool) any(r *rand.Rand) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.tokens) == 0 {
		return "none"
	}
	recent := p.tokens[max(0, len(p.tokens)-crews):]
	return recent[r.IntN(len(recent))]
}

// crew does one thing after another, as chance has it.
type crew struct {
	site   *site
	person *person
	client *client
	robot  *client
	secret string
	owner  *owner
	pool   *pool
	chance *rand.Rand
	counts map[string]int // of answers
}

// act does one thing at some process. An error means that no answer came, or one that says that
// the server is at fault.
func (c *crew) act(ctx context.Context) error {
	at := c.site.of(c.chance.IntN(2))
	deeds := []func(context.Context, *harness.Server) error{
		c.openGrant, c.openGrant, c.replayCode, c.refresh, c.refresh, c.refresh, c.revoke, c.useDevice, c.issue,
		c.announce, c.giveUpGrant,
	}
	return deeds[c.chance.IntN(len(deeds))](ctx, at)
}

func (c *crew) openGrant(ctx context.Context, at *harness.Server) error {
	code, err := c.person.authorize(ctx, at, c.client.id, withIt)
	if err != nil {
		return err
	}
	return c.note(c.client.redeem(ctx, at, code))
}

// replayCode redeems a code at both processes at once.
func (c *crew) replayCode(ctx context.Context, at *harness.Server) error {
	code, err := c.person.authorize(ctx, at, c.client.id, withIt)
	if err != nil {
		return err
	}
	second := make(chan error, 1)
	go func() {
		a, err := c.client.redeem(ctx, c.site.of(1), code)
		second <- faultless(a.Status, err)
	}()
	first := c.note(c.client.redeem(ctx, c.site.of(0), code))
	if err := <-second; err != nil {
		return err
	}
	return first
}

func (c *crew) refresh(ctx context.Context, at *harness.Server) error {
	return c.note(c.client.refresh(ctx, at, c.pool.any(c.chance)))
}

func (c *crew) revoke(ctx context.Context, at *harness.Server) error {
	status, err := c.client.revoke(ctx, at, c.pool.any(c.chance))
	return faultless(status, err)
}

func (c *crew) useDevice(ctx context.Context, at *harness.Server) error {
	device, err := c.client.requestDevice(ctx, at, withIt)
	if err != nil {
		return err
	}
	if err := c.note(c.client.poll(ctx, at, device.DeviceCode)); err != nil {
		return err
	}
	if err := c.person.allowDevice(ctx, at, device.UserCode); err != nil {
		return err
	}
	return c.note(c.client.poll(ctx, c.site.of(0), device.DeviceCode))
}

func (c *crew) issue(ctx context.Context, at *harness.Server) error {
	return c.note(c.robot.ask(ctx, at, neturl.Values{"grant_type": {"client_credentials"}, "client_secret": {c.secret}}))
}

func (c *crew) announce(context.Context, *harness.Server) error {
	words := []string{"USE_OAUTH_CLIENTS", permission, "CREATE_POST"}
	_, err := c.owner.publish("permissions-changed", permissions(words[:1+c.chance.IntN(3)]...))
	return err
}

// giveUpGrant is what a person does on the page of applications.
func (c *crew) giveUpGrant(ctx context.Context, at *harness.Server) error {
	var page struct {
		Tokens []struct{ ID string }
	}
	status, err := c.asPerson(ctx, http.MethodGet, url(at, "/api/auth/oauth/tokens"), &page)
	if err != nil || len(page.Tokens) == 0 {
		return faultless(status, err)
	}
	grant := page.Tokens[c.chance.IntN(len(page.Tokens))].ID
	c.counts["given up"]++
	return faultless(c.asPerson(ctx, http.MethodDelete, url(at, "/api/auth/oauth/tokens/"+grant), nil))
}

func (c *crew) asPerson(ctx context.Context, method, to string, into any) (status int, err error) {
	request, err := http.NewRequestWithContext(ctx, method, to, nil)
	if err != nil {
		return 0, err
	}
	response, err := c.person.browser.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	if into != nil {
		err = json.NewDecoder(response.Body).Decode(into)
	}
	return response.StatusCode, err
}

// note counts an answer and keeps its refresh token for everybody.
func (c *crew) note(a answer, err error) error {
	c.counts[a.String()]++
	c.pool.put(a.Refresh)
	return faultless(a.Status, err)
}

func faultless(status int, err error) error {
	if err == nil && status >= http.StatusInternalServerError {
		err = fmt.Errorf("the server answers %d", status)
	}
	return err
}

func TestTheStateIsWhatTheLogSaysAfterACrowd(t *testing.T) {
	req.Covers(t, "R-249")
	onBoth(t, nil, func(t *testing.T, s *site) {
		all := newCrews(t, s)
		failures := make([]error, len(all))
		var working sync.WaitGroup
		for i, c := range all {
			working.Go(func() {
				for n := 0; n < actions && failures[i] == nil; n++ {
					failures[i] = c.act(t.Context())
				}
			})
		}
		workBeside(t, s)
		working.Wait()
		if err := errors.Join(failures...); err != nil {
			t.Error(err)
		}
		t.Logf("answers: %v", sum(all))
		unbroken(t, byStream(s.history(t)))
		s.delivered(t)
		s.verify(t)
	})
}

func sum(all []*crew) map[string]int {
	counts := map[string]int{}
	for _, c := range all {
		for what, n := range c.counts {
			counts[what] += n
		}
	}
	return counts
}

// newCrews makes crews of three people: those of one person meet at the same streams.
func newCrews(t *testing.T, s *site) []*crew {
	t.Helper()
	id := s.createClient(t, "App", "--scope", withIt)
	var robot struct {
		ClientID string `json:"client_id"`
		Secret   string `json:"client_secret"`
	}
	s.of(0).Ask(&robot, "client", "create", "--name", "Robot", "--type", "confidential",
		"--grant", "client_credentials", "--scope", permission, "--auth-method", "client_secret_post")
	r := chance(t)
	var people []*person
	for i := range 3 {
		people = append(people, s.createPerson(t, fmt.Sprintf("person%d", i)))
	}
	shared, connection := &pool{}, s.connectAs(t, natsbus.AccountsCredentials)
	var all []*crew
	for i := range crews {
		p := people[i%len(people)]
		all = append(all, &crew{
			site: s, person: p, client: newClient(t, id), robot: newClient(t, robot.ClientID), secret: robot.Secret,
			owner: &owner{connection: connection, account: p.id, sequence: i * 1_000_000}, pool: shared,
			chance: rand.New(rand.NewPCG(r.Uint64(), uint64(i))), counts: map[string]int{},
		})
	}
	return all
}

// workBeside is what whoever runs the server does meanwhile, on the command line.
func workBeside(t *testing.T, s *site) {
	t.Helper()
	for i := range 4 {
		handle := fmt.Sprintf("passer%d", i)
		p := s.createPerson(t, handle)
		s.of(1).Ask(nil, "account", "suspend", p.id)
		s.of(0).Ask(nil, "account", "reinstate", handle)
		s.of(1).Ask(nil, "account", "permissions", handle, "--set", permission)
		s.of(0).Ask(nil, "account", "delete", p.id)
		id := s.createClient(t, handle)
		s.of(1).Ask(nil, "client", "delete", id)
	}
	s.of(0).Ask(nil, "keys", "rotate")
}
