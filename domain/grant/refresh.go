package grant

import (
	"time"

	"writ/domain/oauth"
)

// Refresh is a request for new tokens against a refresh token (RFC 6749 §6).
type Refresh struct {
	Client    oauth.ClientID
	Token     oauth.Opaque
	Scope     oauth.Scope // what the access token is wanted for; empty: all that is granted
	Resources []string    // what it is wanted for; empty: all that was granted
	Allowance oauth.Allowance
	Window    time.Duration // in which the last spent token may be repeated
	Salt      []byte        // of the successor
	JTI       string
	Lifetimes oauth.Lifetimes
	At        time.Time
}

// Tokens is what a decision says is to be issued.
type Tokens struct {
	Scope       oauth.Scope
	Resources   []string
	Refresh     oauth.Opaque // zero: none
	AccessUntil time.Time
}

// Present recognises a refresh token before anything else is decided about it. A reuse is recorded
// and revokes the grant, so what was recorded must be kept also when Present refuses.
func (g *Grant) Present(r Refresh) error {
	switch {
	case !g.Exists(), g.state.Client != r.Client, !g.refreshable(r.At):
		return ErrRefreshToken
	case r.Token.Generation() > g.state.Generation:
		return ErrRefreshToken
	case r.Token.Generation() == g.state.Generation && !r.Token.Digest().Matches(g.state.Refresh):
		return ErrRefreshToken
	case r.Token.Generation() < g.state.Generation && !g.repeats(r):
		g.record(RefreshTokenReused{Generation: r.Token.Generation()}, r.At)
		g.Revoke(ByTokenReuse, "", r.At)
		return ErrReused
	default:
		return nil
	}
}

// repeats reports whether the token is the one that was spent last, so recently that the answer
// may have been lost. Its successor is still unused, for otherwise it would not be the last.
func (g *Grant) repeats(r Refresh) bool {
	return r.Token.Generation()+1 == g.state.Generation &&
		r.At.Before(g.state.Rotated.Add(r.Window)) &&
		r.Token.Successor(g.state.Salt).Digest().Matches(g.state.Refresh)
}

// Refresh spends a token that was presented, and says what is to be issued. What the account or
// the client has lost since is lost to the grant for good.
func (g *Grant) Refresh(r Refresh) (Tokens, error) {
	left := r.Allowance.AtRefresh(g.state.Scope)
	switch {
	case !g.state.Scope.Covers(r.Scope):
		return Tokens{}, ErrScope
	case !oauth.CoversResources(g.state.Resources, r.Resources):
		return Tokens{}, ErrResource
	}
	if lost := g.state.Scope.Without(left); lost != "" {
		g.record(Narrowed{Scope: left, Lost: lost, Generation: r.Token.Generation() + 1, JTI: r.JTI}, r.At)
	}
	t := Tokens{Scope: left, Resources: g.state.Resources, AccessUntil: r.At.Add(r.Lifetimes.Access)}
	if r.Scope != "" {
		t.Scope = left.Within(r.Scope)
	}
	if len(r.Resources) > 0 {
		t.Resources = r.Resources
	}
	if r.Token.Generation() < g.state.Generation {
		return g.repeat(r, t), nil
	}
	return g.rotate(r, t), nil
}

// repeat gives the same successor again, unless the grant has lost offline_access in between.
func (g *Grant) repeat(r Refresh, t Tokens) Tokens {
	if g.state.Scope.Has(oauth.OfflineAccess) {
		t.Refresh = r.Token.Successor(g.state.Salt)
	}
	g.record(RefreshRepeated{Generation: g.state.Generation, Scope: t.Scope, JTI: r.JTI, AccessUntil: t.AccessUntil}, r.At)
	return t
}

// rotate issues the successor. A grant that lost offline_access ends with this refresh.
func (g *Grant) rotate(r Refresh, t Tokens) Tokens {
	e := Refreshed{Generation: g.state.Generation + 1, Scope: t.Scope, JTI: r.JTI, AccessUntil: t.AccessUntil}
	if g.state.Scope.Has(oauth.OfflineAccess) {
		t.Refresh = r.Token.Successor(r.Salt)
		e.Salt, e.Refresh = r.Salt, t.Refresh.Digest()
		e.IdleUntil = earlier(r.At.Add(r.Lifetimes.Idle), g.state.Until)
	}
	g.record(e, r.At)
	return t
}
