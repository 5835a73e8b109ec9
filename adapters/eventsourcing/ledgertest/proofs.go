package ledgertest

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"writ/ports"
)

// Proofs keeps challenges and quotas, and counts the calls. It fails with its store. It is safe
// for concurrent use.
type Proofs struct {
	store *Store

	mu         sync.Mutex
	challenges map[string]*challenge
	quotas     map[string]quota
	calls      map[string]int
}

type challenge struct {
	ports.Challenge

	tries, strays int
}

type quota struct {
	used int
	ends time.Time
}

var (
	_ ports.Challenges = (*Proofs)(nil)
	_ ports.Quotas     = (*Proofs)(nil)
)

// NewProofs makes proofs beside a store.
func NewProofs(s *Store) *Proofs {
	return &Proofs{store: s, challenges: map[string]*challenge{}, quotas: map[string]quota{}, calls: map[string]int{}}
}

// Calls is how often each method was called.
func (p *Proofs) Calls() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	calls := map[string]int{}
	for name, n := range p.calls {
		calls[name] = n
	}
	return calls
}

// Challenges are those that are not spent.
func (p *Proofs) Challenges() []ports.Challenge {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []ports.Challenge
	for _, c := range p.challenges {
		all = append(all, c.Challenge)
	}
	return all
}

// Pose implements ports.Challenges.
func (p *Proofs) Pose(ctx context.Context, c ports.Challenge) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls["Pose"]++
	p.challenges[c.ID] = &challenge{Challenge: c}
	return p.store.hooks.outage(ctx)
}

// Try implements ports.Challenges.
func (p *Proofs) Try(ctx context.Context, t ports.Try) ([]ports.Challenge, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls["Try"]++
	var tried []ports.Challenge
	for _, c := range p.meant(t) {
		if t.ID != "" || bytes.Equal(c.Source, t.Source) {
			c.tries++
		} else {
			c.strays++
		}
		tried = append(tried, c.Challenge)
	}
	return tried, p.store.hooks.outage(ctx)
}

func (p *Proofs) meant(t ports.Try) []*challenge {
	var all []*challenge
	for _, c := range p.challenges {
		own := t.ID == c.ID || t.ID == "" && bytes.Equal(c.Source, t.Source)
		fits := t.ID == c.ID || t.ID == "" && len(c.Topic) > 0 &&
			slices.ContainsFunc(t.Topics, func(topic []byte) bool { return bytes.Equal(topic, c.Topic) })
		left := own && c.tries < ports.MaxTries || !own && c.strays < ports.MaxStrayTries
		if fits && left && t.Now.Before(c.Expires) {
			all = append(all, c)
		}
	}
	rank := func(c *challenge) int {
		if bytes.Equal(c.Source, t.Source) {
			return 0
		}
		return 1
	}
	slices.SortFunc(all, func(a, b *challenge) int {
		return cmp.Or(rank(a)-rank(b), b.Begun.Compare(a.Begun), cmp.Compare(b.ID, a.ID))
	})
	return all[:min(len(all), ports.MaxTried)]
}

// Spend implements ports.Challenges.
func (p *Proofs) Spend(ctx context.Context, id string, now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls["Spend"]++
	err := p.store.hooks.outage(ctx)
	c, found := p.challenges[id]
	switch {
	case err != nil:
		return err
	case !found || !now.Before(c.Expires):
		return ports.ErrNotFound
	}
	delete(p.challenges, id)
	return nil
}

// Take implements ports.Quotas.
func (p *Proofs) Take(ctx context.Context, now time.Time, uses ...ports.Allowance) (wait time.Duration, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls["Take"]++
	taken := map[string]quota{}
	for _, u := range uses {
		q := p.quotas[string(u.Key)]
		if !now.Before(q.ends) {
			q = quota{ends: now.Add(u.Window)}
		}
		q.used++
		if q.used > u.Most {
			wait = max(wait, q.ends.Sub(now))
		}
		taken[string(u.Key)] = q
	}
	err = p.store.hooks.outage(ctx)
	if err == nil && wait == 0 {
		for key, q := range taken {
			p.quotas[key] = q
		}
	}
	return wait, err
}
