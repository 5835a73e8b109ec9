package investigate

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/token"
	"writ/ports"
)

// unverified reads what a JWT says that does not verify, so that it can be looked for in the log. It
// reports false for what is no JWT.
func unverified(of string) (claims token.AccessClaims, readable bool) {
	parts := strings.Split(of, ".")
	if len(parts) != 3 {
		return claims, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	return claims, err == nil && json.Unmarshal(payload, &claims) == nil
}

// ofAccessToken is about an access token that was presented. What one says that does not verify
// counts for nothing, but the log may know its jti.
func (t *trail) ofAccessToken(ctx context.Context, claims token.AccessClaims, authentic bool) error {
	p := &Presented{
		JTI: claims.JTI, Authentic: authentic, Scope: oauth.Scope(claims.Scope),
		Issued: second(claims.IssuedAt), Expires: second(claims.Expires),
	}
	p.Expired = !t.now.Before(p.Expires)
	t.chain.Token = p
	err := t.ofJTI(ctx, p, claims.Grant)
	known := err == nil
	if err != nil && !errors.Is(err, ports.ErrNotFound) {
		return err
	}
	if !known { // what it says of a grant is not so
		t.restart()
		t.chain.Token = p
	}
	switch {
	case !authentic && known:
		t.is(Forged, "its signature does not hold, although a token of this jti was issued: it was altered, or its key is gone")
	case !authentic:
		t.is(Forged, "its signature does not hold, and the log knows of no such token")
	case !known:
		t.is(Live, "its signature holds, but the log knows of no such token")
	}
	t.chain.Of = "access token"
	return nil
}

// isIDToken tells what an ID token says, if it is one: who signed in, and not of which grant.
func (t *trail) isIDToken(ctx context.Context, of string) bool {
	var claims token.IDClaims
	if t.verifier.Verify(ctx, of, token.IDType, &claims) != nil {
		return false
	}
	p := &Presented{Authentic: true, Issued: second(claims.IssuedAt), Expires: second(claims.Expires)}
	p.Expired = !t.now.Before(p.Expires)
	t.chain.Of, t.chain.Token, t.chain.Until = "ID token", p, p.Expires
	t.about(oauth.ClientID(claims.Audience), oauth.AccountID(claims.Subject))
	const says = "its signature holds; an ID token says who signed in, and not by which grant"
	if t.is(Live, says); p.Expired {
		t.is(Expired, says)
	}
	return true
}

func second(unix int64) time.Time {
	if unix == 0 {
		return time.Time{}
	}
	return time.Unix(unix, 0).UTC()
}

// ofJTI is about the access token with a jti, of a grant or else of a client itself. One that the
// log does not know is ports.ErrNotFound.
func (t *trail) ofJTI(ctx context.Context, p *Presented, grantID string) error {
	t.chain.Of, t.chain.Token, t.issued = "access token", p, issues(p.JTI)
	var f family
	var err error
	if grantID == "" {
		f, err = t.issuance(ctx, p)
	} else if f, err = t.family(ctx, grantID); err == nil {
		err = t.mustHaveIssued(ctx, p.JTI)
	}
	if err != nil {
		return err
	}
	revocation := token.RevocationOf(p.JTI)
	err = t.take(ctx, revocation)
	if err != nil {
		return err
	}
	t.judgeAccess(f, revocation.Exists())
	return nil
}

// mustHaveIssued is ports.ErrNotFound when no fact of the grant issued a token with a jti.
func (t *trail) mustHaveIssued(ctx context.Context, jti string) error {
	for _, f := range t.facts {
		if f.Stream.Kind != grant.Kind || !names(f, jti) {
			continue
		}
		records, err := t.annals.Tell(ctx, []event.Fact{f})
		if err != nil || t.issued(records[0]) {
			return err
		}
	}
	return ports.ErrNotFound
}

// names is a quick look whether a fact may say something.
func names(f event.Fact, what string) bool { return what != "" && bytes.Contains(f.Data, []byte(what)) }

// issuance is about a token that a client got on its own behalf. Its account is the client's owner.
func (t *trail) issuance(ctx context.Context, p *Presented) (family, error) {
	facts, err := t.read(ctx, token.Unissued(p.JTI))
	if err != nil {
		return family{}, err
	}
	if p.JTI == "" || len(facts) == 0 {
		return family{}, ports.ErrNotFound
	}
	records, err := t.tell(ctx, facts)
	if err != nil {
		return family{}, err
	}
	t.add(facts[0].Stream, facts)
	t.about(oauth.ClientID(records[0].Client), oauth.AccountID(records[0].Account))
	t.issued = func(r ports.Record) bool { return r.Position == facts[0].Position }
	if expires, is := records[0].Says["exp"].(time.Time); is && p.Expires.IsZero() {
		p.Expires, p.Expired, p.Scope = expires, !t.now.Before(expires), oauth.Scope(word(records[0], "scope"))
	}
	f := family{grant: grant.Named("")}
	f.client, f.account, err = t.parties(ctx, t.end(p.Expires))
	return f, err
}

// judgeAccess says whether an access token counts.
func (t *trail) judgeAccess(f family, revoked bool) {
	const elsewhere = "; who only verifies it accepts it until it expires"
	s := f.grant.View()
	t.chain.Scope, t.chain.Until = t.chain.Token.Scope, t.chain.Token.Expires
	switch {
	case t.chain.Token.Expired:
		t.is(Expired, "it expired at "+stamp(t.chain.Token.Expires))
	case revoked:
		t.is(Revoked, "it was revoked itself: it is refused here"+elsewhere)
	case s.Reason.IsCompromise():
		t.is(Revoked, "its grant is revoked, "+string(s.Reason)+": it is refused here"+elsewhere)
	case t.chain.Account != "" && f.account.Served() != nil:
		t.is(Barred, "the account is "+string(standingOf(f.account))+": it is refused here"+elsewhere)
	case !s.Revoked.IsZero():
		t.is(Live, "its grant is revoked, "+string(s.Reason)+", but it is accepted until it expires")
	default:
		t.is(Live, "it is accepted until it expires")
	}
}

// ofID is about the id of a grant or of a request, or the jti of an access token.
func (t *trail) ofID(ctx context.Context, id string) error {
	for _, explain := range []func(context.Context, string) error{t.ofGrant, t.ofRequest, t.ofIssuance, t.ofSessionID} {
		err := explain(ctx, id)
		if !errors.Is(err, ports.ErrNotFound) {
			return err
		}
		t.restart()
	}
	return t.ofRefreshedJTI(ctx, id)
}

func (t *trail) ofIssuance(ctx context.Context, id string) error {
	return t.ofJTI(ctx, &Presented{JTI: id, Authentic: true}, "")
}

// restart forgets what was found about another meaning of what was asked for.
func (t *trail) restart() {
	*t = trail{Explanation: t.Explanation, now: t.now, seen: map[event.Stream]bool{}}
}

// ofRefreshedJTI finds the fact that issued an access token of a grant.
func (t *trail) ofRefreshedJTI(ctx context.Context, jti string) error {
	issued, told := issues(jti), ports.Record{}
	var failed error
	_, err := t.around(ctx, jti, func(f event.Fact) bool {
		if f.Stream.Kind != grant.Kind || !names(f, jti) {
			return false
		}
		records, err := t.annals.Tell(ctx, []event.Fact{f})
		if err != nil {
			failed = err
			return true
		}
		told = records[0]
		return issued(told)
	})
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	p := &Presented{JTI: jti, Authentic: true, Scope: oauth.Scope(word(told, "scope")), Issued: told.At}
	p.Expires, _ = told.Says["access_until"].(time.Time)
	p.Expired = !t.now.Before(p.Expires)
	return t.ofJTI(ctx, p, told.Stream.ID)
}
