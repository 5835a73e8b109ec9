package investigate_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"writ/application/investigate"
	"writ/application/issue"
	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/session"
)

// life is all that may happen to grants of one account, with what was answered about it meanwhile.
type life struct {
	*world

	grants   []string
	tokens   map[string][]issue.Tokens // of each grant, one a generation
	pictures []investigate.Picture
}

// TestAnyHistory: the past is told the same whenever it is asked about, and what is said of the next
// refresh is what the next refresh does.
func TestAnyHistory(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := &life{world: newWorld(t), tokens: map[string][]issue.Tokens{}}
		rt.Repeat(map[string]func(*rapid.T){
			"":                     l.isPictured,
			"a grant is opened":    l.opensOne,
			"a token is refreshed": l.refreshesOne,
			"permissions change":   l.permits,
			"the account's fortune": func(r *rapid.T) {
				change := rapid.SampledFrom([]func(*account.Account, time.Time) error{(*account.Account).Suspend, (*account.Account).Reinstate, (*account.Account).Reinstate}).Draw(r, "change")
				l.ChangeAccount("odin", func(a *account.Account) error { return change(a, l.Clock.Now()) })
			},
			"the client changes": l.edits,
			"a key ends": func(*rapid.T) {
				if keys := l.keys(); len(keys) > 0 {
					l.ChangeAccount("odin", func(a *account.Account) error { return a.RemoveKey(keys[0], l.Clock.Now()) })
				}
			},
			"a grant is revoked": func(r *rapid.T) {
				if len(l.grants) > 0 {
					id := rapid.SampledFrom(l.grants).Draw(r, "grant")
					l.changeGrant(id, func(g *grant.Grant) { g.Revoke(grant.ByOwner, "odin", l.Clock.Now()) })
				}
			},
			"what has served its time is purged": func(r *rapid.T) {
				if _, err := l.Store.Purge(t.Context(), l.Clock.Now(), 1000); err != nil {
					r.Fatal(err)
				}
			},
			"much time passes": func(r *rapid.T) {
				l.Clock.Pass(time.Duration(rapid.IntRange(0, 20*24).Draw(r, "hours")) * time.Hour)
			},
		})
		l.pastStands(rt)
		l.chainsAgree(rt)
		l.refreshesAgree(rt)
	})
}

// isPictured asks what is so now, and lets a moment pass.
func (l *life) isPictured(*rapid.T) {
	l.pictures = append(l.pictures, l.at(l.Clock.Now()))
	l.Clock.Pass(time.Second)
}

func (l *life) keys() []string {
	a := account.Named("odin")
	l.Load(a)
	var ids []string
	for _, k := range a.View().Keys {
		ids = append(ids, k.ID)
	}
	return ids
}

func (l *life) opensOne(r *rapid.T) {
	const most = 4 // more say nothing new
	if len(l.grants) == most {
		return
	}
	key := ""
	if rapid.Bool().Draw(r, "by a key") {
		key = l.ids.ID()[8:]
		l.changeQuietly(func(a *account.Account) error { return a.AddKey(account.Key{ID: key, Name: "k"}, l.Clock.Now()) })
	}
	v := session.Visitor{}
	if key == "" {
		v = l.signsIn()
	}
	code := l.approves(v, key)
	tokens, err := l.redeems(code)
	if err == nil && !tokens.Refresh.IsZero() {
		l.grants = append(l.grants, code.ID())
		l.tokens[code.ID()] = []issue.Tokens{tokens}
	}
}

// changeQuietly is for changes that may be refused.
func (l *life) changeQuietly(change func(*account.Account) error) {
	a := account.Named("odin")
	_ = l.Ledger.Decide(l.t.Context(), func() error { return change(a) }, a)
}

func (l *life) refreshesOne(r *rapid.T) {
	if len(l.grants) == 0 {
		return
	}
	id := rapid.SampledFrom(l.grants).Draw(r, "grant")
	all := l.tokens[id]
	token := all[len(all)-1]
	if rapid.IntRange(0, 9).Draw(r, "reuses") == 0 {
		token = all[0]
	}
	next, err := l.refresh.Execute(l.t.Context(), issue.RefreshTokenCommand{Client: app, Token: token.Refresh.Reveal()})
	if err == nil && !next.Refresh.IsZero() {
		l.tokens[id] = append(all, next)
	}
}

func (l *life) permits(r *rapid.T) {
	p := rapid.SampledFrom([]oauth.Scope{held, "CREATE_POST USE_OAUTH_CLIENTS", "CREATE_POST", "ADMINISTRATOR"}).Draw(r, "permissions")
	l.ChangeAccount("odin", func(a *account.Account) error { return a.SetPermissions(p, l.Clock.Now()) })
}

func (l *life) edits(r *rapid.T) {
	changed := settings
	changed.Allowed = rapid.SampledFrom([]oauth.Scope{all, "openid offline_access", "CREATE_POST"}).Draw(r, "allowed")
	if rapid.IntRange(0, 3).Draw(r, "no refreshing") == 0 {
		changed.Grants = []oauth.GrantType{oauth.AuthorizationCodeGrant}
	}
	l.ChangeClient("app", func(c *client.Client) error { return c.Change(changed, l.Clock.Now()) })
}

// pastStands asks again about every moment that was asked about.
func (l *life) pastStands(r *rapid.T) {
	for _, before := range l.pictures {
		if now := l.at(before.At); !reflect.DeepEqual(before, now) {
			r.Fatalf("the past at %s has changed (-before +now):\n%s", before.At, cmp.Diff(before, now))
		}
	}
}

// chainsAgree holds what is told of each token against the picture of now.
func (l *life) chainsAgree(r *rapid.T) {
	now := l.held()
	for _, id := range l.grants {
		for generation, token := range l.tokens[id] {
			c := l.explain(token.Refresh.Reveal())
			issued := 0
			for _, s := range c.Steps {
				if s.Issued {
					issued++
				}
			}
			h, stands := now[id]
			last := generation == len(l.tokens[id])-1
			live := stands && h.Refreshable && h.Refused == "" && last
			if issued != 1 || (c.State == investigate.Live) != live {
				r.Fatalf("generation %d of %s was issued %d times and is %s (%s), held %+v", generation, id, issued, c.State, c.Why, h)
			}
		}
	}
}

func (l *life) held() map[string]investigate.Held {
	now := map[string]investigate.Held{}
	for _, h := range l.at(l.Clock.Now()).Grants {
		now[h.Grant] = h
	}
	return now
}

// refreshesAgree refreshes every grant, and holds what comes against what was said.
func (l *life) refreshesAgree(r *rapid.T) {
	for id, tokens := range l.tokens {
		h := l.held()[id]
		next, err := l.refresh.Execute(l.t.Context(), issue.RefreshTokenCommand{Client: app, Token: tokens[len(tokens)-1].Refresh.Reveal()})
		said := h.Refreshable && h.Refused == ""
		if (err == nil) != said || err == nil && next.Scope != l.Server.Vocabulary.Canonical(h.AtRefresh) {
			r.Fatalf("of %s it was said %+v, and it came to %q: %v", id, h, next.Scope, err)
		}
	}
}
