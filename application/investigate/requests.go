package investigate

import (
	"context"
	"errors"
	"time"

	"writ/domain/account"
	"writ/domain/authorization"
	"writ/domain/device"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
)

func (t *trail) ofCode(ctx context.Context, o oauth.Opaque) error {
	return t.ofAuthorization(ctx, o.ID(), &o)
}

// ofRequest is about the request with an id that led to no grant.
func (t *trail) ofRequest(ctx context.Context, id string) error {
	err := t.ofAuthorization(ctx, id, nil)
	if !errors.Is(err, ports.ErrNotFound) {
		return err
	}
	return t.ofDevice(ctx, id, nil)
}

// ofAuthorization is about a request at the authorization endpoint, by its code or its id.
func (t *trail) ofAuthorization(ctx context.Context, id string, code *oauth.Opaque) error {
	z := authorization.Named(id)
	_, err := t.read(ctx, z)
	if err != nil {
		return err
	}
	if !z.Exists() {
		return ports.ErrNotFound
	}
	s := z.State().(*authorization.State)
	err = t.request(ctx, id, s.Scope, s.Until)
	if err != nil {
		return err
	}
	t.chain.Of = "authorization code"
	t.present(code, s.Code, s.Until, "authorization.approved")
	switch {
	case t.chain.State == Forged:
	case s.Denied:
		t.is(Denied, "the request was denied")
	case s.Spent && t.chain.Grant != "":
		t.is(Spent, "it was redeemed for the grant; presenting it again revokes the grant")
	case s.Spent:
		t.is(Spent, "it came with a wrong verifier too often")
	case !t.now.Before(s.Until):
		t.is(Expired, "it was not redeemed until "+stamp(s.Until))
	default:
		t.is(Live, "it may be redeemed until "+stamp(s.Until))
	}
	return nil
}

func (t *trail) ofDeviceCode(ctx context.Context, o oauth.Opaque) error {
	return t.ofDevice(ctx, o.ID(), &o)
}

// ofDevice is about a request of a device, by its code or its id.
func (t *trail) ofDevice(ctx context.Context, id string, code *oauth.Opaque) error {
	d := device.Named(id)
	_, err := t.read(ctx, d)
	if err != nil {
		return err
	}
	if !d.Exists() {
		return ports.ErrNotFound
	}
	s := d.View()
	err = t.request(ctx, id, s.Scope, s.Until)
	if err != nil {
		return err
	}
	t.chain.Of = "device code"
	t.present(code, s.Code, s.Until, "device.requested")
	switch {
	case t.chain.State == Forged:
	case s.Denied:
		t.is(Denied, "the request was denied")
	case s.Redeemed:
		t.is(Spent, "the device got its tokens")
	case !t.now.Before(s.Until):
		t.is(Expired, "it was not redeemed until "+stamp(s.Until))
	case s.Approved == nil:
		t.is(Pending, "nobody has decided yet; it may be decided until "+stamp(s.Until))
	default:
		t.is(Live, "it is approved, and may be redeemed until "+stamp(s.Until))
	}
	return nil
}

// request adds all that led to a request and came of it.
func (t *trail) request(ctx context.Context, id string, scope oauth.Scope, until time.Time) error {
	g := grant.Named(id)
	_, err := t.read(ctx, g)
	if err != nil {
		return err
	}
	if g.Exists() {
		_, err = t.family(ctx, id)
		return err
	}
	t.chain.Scope, t.chain.Until = scope, until
	err = t.origin(ctx, id)
	if err == nil {
		_, _, err = t.parties(ctx, t.end(until))
	}
	return err
}

// present says what is known of a code that was presented, if one was.
func (t *trail) present(code *oauth.Opaque, kept oauth.Digest, until time.Time, issuedBy string) {
	if code == nil {
		return
	}
	t.chain.Token = &Presented{Authentic: code.Digest().Matches(kept), Scope: t.chain.Scope, Expires: until, Expired: !t.now.Before(until)}
	if !t.chain.Token.Authentic {
		t.is(Forged, "no such code was issued for the request")
		return
	}
	t.issued = func(r ports.Record) bool { return nameOf(r) == issuedBy }
}

func (t *trail) ofSession(ctx context.Context, o oauth.Opaque) error {
	return t.ofSignIn(ctx, o.ID(), &o)
}

func (t *trail) ofSessionID(ctx context.Context, id string) error { return t.ofSignIn(ctx, id, nil) }

// ofSignIn is about a session, by its cookie or its id.
func (t *trail) ofSignIn(ctx context.Context, id string, cookie *oauth.Opaque) error {
	s := session.Named(id)
	err := t.take(ctx, s)
	if err != nil {
		return err
	}
	if !s.Exists() {
		return ports.ErrNotFound
	}
	v := s.View()
	t.about("", v.Account)
	_, a, err := t.parties(ctx, t.end(v.Until))
	if err != nil {
		return err
	}
	t.chain.Of, t.chain.Until = "session", v.Until
	t.present(cookie, v.Token, v.Until, "session.started")
	t.judgeSession(s, a)
	return nil
}

func (t *trail) judgeSession(s *session.Session, a *account.Account) {
	v := s.View()
	switch {
	case t.chain.State == Forged:
	case v.Ended:
		t.is(Revoked, "it was ended")
	case !a.Recognises(v.AuthTime):
		t.is(Revoked, "every session of the account that began before "+stamp(a.View().SignedOut)+" is over")
	case !t.now.Before(v.Until):
		t.is(Expired, "it lasted until "+stamp(v.Until))
	case a.Served() != nil:
		t.is(Barred, "the account is "+string(standingOf(a)))
	default:
		t.is(Live, "it lasts until "+stamp(v.Until))
	}
}
