package main

import (
	"context"
	"errors"
	"sync"

	"writ/domain/oauth"
)

// world is who trades: a machine's client, a client of people, a device's client, and people who
// approve what it asks for.
type world struct {
	machine, web, device identity
	people               people
	browsers             people  // people who approve at the server itself; nil: nobody has yet
	inside               *inside // nil: nobody looks into the server's store
}

// identity is a client.
type identity struct {
	id     oauth.ClientID
	secret oauth.Secret
}

// people approve requests.
type people interface {
	// approve has one person, by number, approve a scope and gives the code.
	approve(ctx context.Context, number int, scope oauth.Scope) (code string, err error)
	close(ctx context.Context) error
}

// population is how many people there are; each has as many grants as the others.
const population = 32

// populate makes the world of a rig.
func (r *rig) populate(ctx context.Context) (*world, error) {
	if r.plan.outside {
		return populateOutside(ctx, r)
	}
	return populateInside(ctx, r.settings, r.withID())
}

// approveHere has people approve requests at the server until t holds n codes. They sign in for it,
// which takes a server memory that tokens do not.
func (r *rig) approveHere(ctx context.Context, t *codes, n int, scope oauth.Scope) (err error) {
	if r.world.browsers == nil {
		r.world.browsers, err = browse(ctx, r.address(), r.world.web.id)
	}
	if err != nil {
		return err
	}
	return approveBy(ctx, r.world.browsers, t, n, scope)
}

func (w *world) close(ctx context.Context) error { return w.people.close(ctx) }

// verifier is what every code is bound to (RFC 7636 §4.1).
const verifier oauth.CodeVerifier = "dBjftJeZ4CVP-mBzIDakBUZ04dlDwjLhDbMhZuaNmcE"

// together is how many approvals share commits.
const together = 256

// approve has people approve requests until t holds n codes.
func (w *world) approve(ctx context.Context, t *codes, n int, scope oauth.Scope) error {
	return approveBy(ctx, w.people, t, n, scope)
}

func approveBy(ctx context.Context, by people, t *codes, n int, scope oauth.Scope) error {
	missing := n - t.left()
	wrong := make([]error, together)
	var approving sync.WaitGroup
	for lane := range together {
		approving.Go(func() {
			for i := lane; i < missing && wrong[lane] == nil; i += together {
				wrong[lane] = approveInto(ctx, by, t, i, scope)
			}
		})
	}
	approving.Wait()
	return errors.Join(wrong...)
}

func approveInto(ctx context.Context, by people, t *codes, i int, scope oauth.Scope) error {
	code, err := by.approve(ctx, i%population, scope)
	if err == nil {
		t.add(code, verifier)
	}
	return err
}
