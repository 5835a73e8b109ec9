package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"writ/adapters/natsbus"
)

// Revocation is how soon a service refuses the token of a grant that was taken back.
type Revocation struct {
	Stores []Refusals `json:"stores"`
}

// Refusals are what one store's service was measured with.
type Refusals struct {
	Store    string    `json:"store"`
	Took     []float64 `json:"ms"`          // each from the DELETE that was sent to the 401 that came
	Answered []float64 `json:"answered_ms"` // of that, until the DELETE was answered
}

const (
	revocationAim = 100.0 // ms, of 99 of 100
	revoked       = 250
	unheard       = 5 // before: connections are made, and the service begins to listen
	exampleScope  = "READ_PROFILE offline_access"
)

func measureRevocation(ctx context.Context, s *site) (*Revocation, error) {
	found := &Revocation{}
	for _, store := range s.options.Stores {
		f, err := s.revocations(ctx, store)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", store, err)
		}
		found.Stores = append(found.Stores, f)
	}
	return found, nil
}

func (s *site) revocations(ctx context.Context, store string) (f Refusals, err error) {
	f.Store = store
	subscribers, err := freeAddress(ctx)
	if err != nil {
		return f, err
	}
	rigs, err := s.rigs(ctx, plan{store: store, relays: true, subscribers: subscribers})
	defer func() { err = errors.Join(err, closeRigs(ctx, rigs)) }()
	if err != nil {
		return f, err
	}
	e, err := rigs[0].startExample(ctx)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	n := revoked
	if s.options.brief() {
		n = 3
	}
	return f, e.revoke(ctx, n, &f)
}

// freeAddress is one on which nobody listens now.
func freeAddress(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// exampleService is deploy/example, which accepts the tokens of a rig's server.
type exampleService struct {
	*process
	rig     *rig
	url     string
	owner   visitor // who signed in, and takes grants back
	program string
}

func (r *rig) startExample(ctx context.Context) (e *exampleService, err error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	e = &exampleService{rig: r, url: "http://" + address, program: filepath.Join(r.dir, "example")}
	_, err = r.world.inside.cast.Accounts.SetPassword(ctx, "person0", somePassword)
	if err == nil {
		e.owner, err = r.visitor()
	}
	if err == nil {
		_, err = e.owner.signIn(ctx)
	}
	if err == nil {
		err = e.start(ctx, address)
	}
	return e, err
}

func (e *exampleService) start(ctx context.Context, address string) error {
	err := build(ctx, e.program, "writ/deploy/example")
	if err != nil {
		return err
	}
	e.process, err = start(exec.CommandContext(ctx, e.program, "-listen", address, "-issuer", e.owner.root, "-audience", e.owner.root,
		"-nats", "nats://"+e.rig.plan.subscribers, "-credentials", filepath.Join(e.rig.dir, natsbus.SubscriberCredentials)))
	if err != nil {
		return err
	}
	return e.await(ctx, func(ctx context.Context) error {
		_, err := e.status(ctx, http.MethodGet, e.url+"/readyz", "")
		return err
	})
}

func (e *exampleService) close() error {
	return errors.Join(e.stop(syscall.SIGTERM), os.Remove(e.program))
}

// status sends a request, with an access token when there is one.
func (e *exampleService) status(ctx context.Context, method, at, token string) (int, error) {
	request, err := http.NewRequestWithContext(ctx, method, at, http.NoBody)
	if err != nil {
		return 0, err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := e.owner.client.Do(request)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, response.Body) // so that the connection serves again
	return response.StatusCode, errors.Join(err, response.Body.Close())
}

// revoke has somebody allow and take back, one grant after the other.
func (e *exampleService) revoke(ctx context.Context, n int, f *Refusals) error {
	tokens, err := e.allowed(ctx, n+unheard)
	if err != nil {
		return err
	}
	for i, token := range tokens {
		answered, took, err := e.revokeOne(ctx, token)
		if err != nil {
			return err
		}
		if i >= unheard {
			f.Answered, f.Took = append(f.Answered, milliseconds(answered)), append(f.Took, milliseconds(took))
		}
	}
	return nil
}

// allowed opens grants of the one person, and gives their access tokens.
func (e *exampleService) allowed(ctx context.Context, n int) (tokens []string, err error) {
	opening := &codes{head: e.rig.webHead(), keep: true}
	for range n {
		err = approveInto(ctx, e.rig.world.people, opening, 0, exampleScope)
		if err != nil {
			return nil, err
		}
	}
	l, err := connect(ctx, []string{e.rig.address()}, 1, opening)
	if err != nil {
		return nil, err
	}
	defer l.close()
	_, err = l.run(ctx, settleWithin)
	for _, p := range opening.kept {
		tokens = append(tokens, p.access)
	}
	if err == nil && len(tokens) != n {
		err = fmt.Errorf("%d of %d grants were opened", len(tokens), n)
	}
	return tokens, err
}

// revokeOne takes back the grant of a token that is good, and asks until it is not.
func (e *exampleService) revokeOne(ctx context.Context, token string) (answered, took time.Duration, err error) {
	claims, err := claimsOf(token)
	if err != nil {
		return 0, 0, err
	}
	status, err := e.status(ctx, http.MethodGet, e.url+"/hello", token)
	if err != nil || status != http.StatusOK {
		return 0, 0, fmt.Errorf("the service answers a good token with %d: %w", status, err)
	}
	began := time.Now()
	status, err = e.status(ctx, http.MethodDelete, e.owner.root+"/api/auth/oauth/tokens/"+claims.Grant, "")
	if err != nil || status != http.StatusNoContent {
		return 0, 0, fmt.Errorf("the server answers a DELETE with %d: %w", status, err)
	}
	answered = time.Since(began)
	err = e.untilRefused(ctx, token)
	return answered, time.Since(began), err
}

// untilRefused asks, without a pause, until a token is not good any more.
func (e *exampleService) untilRefused(ctx context.Context, token string) error {
	for began := time.Now(); time.Since(began) < settleWithin; {
		status, err := e.status(ctx, http.MethodGet, e.url+"/hello", token)
		if err != nil || status == http.StatusUnauthorized {
			return err
		}
	}
	return errors.New("the service does not hear of the revocation")
}

func (f *Revocation) print(p *printer) {
	p.say("\nFrom the DELETE of a grant to a 401 at a service that follows the events (deploy/example)")
	for _, s := range f.Stores {
		p.say("  %s, %d grants: p50 %.1f ms, at most %.1f; the DELETE itself: p50 %.1f, p99 %.1f", s.Store, len(s.Took),
			quantile(s.Took, 0.5), quantile(s.Took, 1), quantile(s.Answered, 0.5), quantile(s.Answered, 0.99))
		aim{what: "  " + s.Store + ": p99, ms", got: quantile(s.Took, 0.99), want: revocationAim}.print(p)
	}
}
