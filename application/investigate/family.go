package investigate

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/ports"
)

// family is a grant with those whom it concerns, as they are now.
type family struct {
	grant   *grant.Grant
	client  *client.Client
	account *account.Account
}

// family adds all that led to a grant and came of it. It is ports.ErrNotFound when there is no such
// grant.
func (t *trail) family(ctx context.Context, id string) (family, error) {
	g := grant.Named(id)
	err := t.take(ctx, g)
	if err != nil {
		return family{}, err
	}
	if !g.Exists() {
		return family{}, ports.ErrNotFound
	}
	s := g.View()
	t.chain.Grant, t.chain.Scope = id, s.Scope
	t.about(s.Client, s.Account)
	err = t.origin(ctx, id)
	if err != nil {
		return family{}, err
	}
	t.key = s.Key
	f := family{grant: g}
	f.client, f.account, err = t.parties(ctx, t.end(tokensEnd(s)))
	return f, err
}

// end is when something ended, or a moment to come.
func (t *trail) end(planned time.Time) time.Time {
	if planned.After(t.now) {
		return t.now.Add(straggling)
	}
	return planned
}

// ofGrant is about a grant as a whole.
func (t *trail) ofGrant(ctx context.Context, id string) error {
	f, err := t.family(ctx, id)
	if err != nil {
		return err
	}
	t.chain.Of = "grant"
	s := f.grant.View()
	switch {
	case !s.Revoked.IsZero():
		t.is(Revoked, "it is revoked: "+string(s.Reason)+t.outliving(s))
	case !t.now.Before(tokensEnd(s)):
		t.is(Expired, "its last token has expired")
	case !refreshable(s, t.now):
		t.is(Live, "there is no refresh token; an access token is out until "+stamp(s.AccessUntil))
		t.chain.Until = s.AccessUntil
	default:
		t.prospect(f)
	}
	return nil
}

// prospect says what the next refresh would come to.
func (t *trail) prospect(f family) {
	left, refused := outlook(t.server, f.grant, f.client, f.account, t.now)
	t.chain.Until = f.grant.View().IdleUntil
	if refused != "" {
		t.is(Barred, "it stands, but its next refresh would be refused: "+refused)
		return
	}
	t.is(Live, "its next refresh would leave: "+worded(left))
}

// outliving tells of access tokens that are out although their grant has ended.
func (t *trail) outliving(s grant.State) string {
	switch {
	case !t.now.Before(s.AccessUntil):
		return ""
	case s.Reason.IsCompromise():
		return "; access tokens that are out are refused here, and elsewhere expire until " + stamp(s.AccessUntil)
	default:
		return "; access tokens that are out expire until " + stamp(s.AccessUntil)
	}
}

func (t *trail) is(s State, why string) { t.chain.State, t.chain.Why = s, why }

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func worded(s oauth.Scope) string {
	if s == "" {
		return "no scope"
	}
	return string(s)
}

// ofRefreshToken is about one generation of a family.
func (t *trail) ofRefreshToken(ctx context.Context, o oauth.Opaque) error {
	f, err := t.family(ctx, o.ID())
	if err != nil {
		return err
	}
	generation, s := o.Generation(), f.grant.View()
	t.chain.Of, t.chain.Token = "refresh token", &Presented{Generation: &generation, Authentic: true, Scope: s.Scope}
	if generation > s.Generation || generation == s.Generation && !o.Digest().Matches(s.Refresh) {
		t.chain.Token.Authentic = false
		t.is(Forged, "its grant has not issued it")
		return nil
	}
	t.issued = func(r ports.Record) bool {
		name := nameOf(r)
		return generation == 0 && name == "grant.opened" ||
			generation > 0 && name == "grant.refreshed" && word(r, "gen") == strconv.FormatUint(uint64(generation), 10)
	}
	t.judge(f, generation)
	return nil
}

func (t *trail) judge(f family, generation uint32) {
	s := f.grant.View()
	spent := ""
	if generation < s.Generation {
		spent = fmt.Sprintf("it was spent for generation %d, and generation %d is the last", generation+1, s.Generation)
	} else {
		t.chain.Token.Expires, t.chain.Token.Expired = s.IdleUntil, !t.now.Before(s.IdleUntil)
	}
	switch {
	case !s.Revoked.IsZero() && spent != "":
		t.is(Revoked, spent+"; the grant is revoked: "+string(s.Reason))
	case !s.Revoked.IsZero():
		t.is(Revoked, "the grant is revoked: "+string(s.Reason))
	case spent != "":
		t.is(Spent, spent+"; presenting it again revokes the grant, unless the reuse window forgives it")
	case t.chain.Token.Expired:
		t.is(Expired, "it was not used until "+stamp(s.IdleUntil))
	default:
		t.prospect(f)
	}
}
