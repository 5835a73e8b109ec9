package investigate

import (
	"context"
	"fmt"
	"slices"
	"time"

	"writ/domain/account"
	"writ/domain/authorization"
	"writ/domain/client"
	"writ/domain/device"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
)

// trail is a chain in the making.
type trail struct {
	*Explanation
	now    time.Time
	chain  Chain
	facts  []event.Fact
	seen   map[event.Stream]bool
	key    string                  // the access key that allowed it, instead of a session
	issued func(ports.Record) bool // whether the token in question was issued by a fact; nil: none was
	begins event.Position          // of what led to it; 0: not known
}

// read fills an aggregate with its present state, and gives its facts.
func (t *trail) read(ctx context.Context, into event.Aggregate) ([]event.Fact, error) {
	return t.past.AsOf(ctx, t.now.Add(straggling), into)
}

// take adds all facts of an aggregate to the chain.
func (t *trail) take(ctx context.Context, into event.Aggregate) error {
	facts, err := t.read(ctx, into)
	if err != nil {
		return err
	}
	t.add(into.Core().Stream(), facts)
	return nil
}

func (t *trail) add(s event.Stream, facts []event.Fact) {
	if t.seen[s] {
		return
	}
	t.seen[s] = true
	t.facts = append(t.facts, facts...)
	if len(facts) > 0 && (t.begins == 0 || facts[0].Position < t.begins) {
		t.begins = facts[0].Position
	}
}

// origin adds how a grant, or what was to become one, came about: the request, its approval and the
// sign-in.
func (t *trail) origin(ctx context.Context, id string) error {
	z, d := authorization.Named(id), device.Named(id)
	for _, request := range []event.Aggregate{z, d} {
		err := t.take(ctx, request)
		if err != nil {
			return err
		}
	}
	t.about(z.Approval().Client, z.Approval().Account)
	t.about(d.View().Client, d.View().Account)
	signedIn := z.Approval().Session
	if approved := d.View().Approved; approved != nil {
		signedIn = approved.Session
	}
	t.key = z.Approval().Key
	return t.signIn(ctx, signedIn)
}

// signIn adds the sign-in of a session; what became of the session does not matter to grants.
func (t *trail) signIn(ctx context.Context, id string) error {
	if id == "" {
		return nil
	}
	s := session.Named(id)
	facts, err := t.read(ctx, s)
	if err != nil {
		return err
	}
	t.add(s.Stream(), facts[:min(1, len(facts))])
	return nil
}

// about says whom the chain concerns, when that is told.
func (t *trail) about(c oauth.ClientID, a oauth.AccountID) {
	if t.chain.Client == "" {
		t.chain.Client = c
	}
	if t.chain.Account == "" {
		t.chain.Account = a
	}
}

// parties brings the client and the account as they are now, and adds what of their lives mattered:
// what they were when it began, and what changed until it ended.
func (t *trail) parties(ctx context.Context, until time.Time) (*client.Client, *account.Account, error) {
	c, a := client.Named(t.chain.Client), account.Named(t.chain.Account)
	for _, part := range []struct {
		aggregate event.Aggregate
		matters   func(event.Fact) bool
		resets    []string // the facts that leave nothing of those before
	}{
		{c, func(f event.Fact) bool { return f.Name != "secret_rotated" }, []string{"changed"}},
		{a, func(f event.Fact) bool { return slices.Contains(ofStanding, f.Name) || t.key != "" && ofKey(f) }, []string{"adopted", "permissions_changed"}},
	} {
		if part.aggregate.Core().Stream().ID == "" {
			continue
		}
		facts, err := t.read(ctx, part.aggregate)
		if err != nil {
			return nil, nil, err
		}
		matters := slices.DeleteFunc(facts, func(f event.Fact) bool { return !part.matters(f) || f.At.After(until) })
		t.facts = append(t.facts, since(matters, t.begins, part.resets)...)
	}
	return c, a, nil
}

// ofKey reports whether a fact is about an access key of an account.
func ofKey(f event.Fact) bool { return f.Name == "key_added" || f.Name == "key_removed" }

// since leaves out what was no longer so when something began.
func since(facts []event.Fact, begins event.Position, resets []string) []event.Fact {
	first := 0
	for i, f := range facts {
		if f.Position <= begins && slices.Contains(resets, f.Name) {
			first = i
		}
	}
	return facts[first:]
}

// told is the chain, when all is found.
func (t *trail) told(ctx context.Context) (Chain, error) {
	records, err := t.tell(ctx, inOrder(t.facts))
	if err != nil {
		return Chain{}, fmt.Errorf("tell a chain of %d facts: %w", len(t.facts), err)
	}
	t.chain.Steps = make([]Step, 0, len(records))
	for _, r := range records {
		if t.mine(r) {
			t.step(r)
		}
	}
	return t.chain, nil
}

func (t *trail) step(r ports.Record) {
	s := Step{Happening: happeningOf(r), Issued: t.issued != nil && t.issued(r)}
	if p := t.chain.Token; s.Issued && p != nil && p.Issued.IsZero() {
		p.Issued = r.At
	}
	t.chain.Steps = append(t.chain.Steps, s)
}

// mine leaves out the access keys that had nothing to do with it.
func (t *trail) mine(r ports.Record) bool {
	return !ofKey(event.Fact{Name: r.Name}) || t.key != "" && word(r, "id") == t.key
}

// issues is whether a fact issued the access token with a jti. What a grant lost at a refresh names
// the token, too.
func issues(jti string) func(ports.Record) bool {
	return func(r ports.Record) bool {
		issuing := r.Stream.Kind == grant.Kind && slices.Contains([]string{"opened", "refreshed", "refresh_repeated"}, r.Name)
		return issuing && word(r, "jti") == jti
	}
}
