package eventsourcing

import (
	"bytes"
	"sync"

	"writ/domain/authorization"
	"writ/domain/device"
	"writ/domain/grant"
	"writ/domain/token"
)

// The stored forms of what every token writes and reads. encoding/json and the tags of the types
// define them; a test holds each description against that, with every field set.

// written gives the stored form of a value, and reports false for what only encoding/json can write.
func written(v any) ([]byte, bool) {
	f := blanks.Get().(*form)
	defer blanks.Put(f)
	f.out, f.odd = f.out[:0], false
	f.begin()
	if !described(f, v) || !f.end() {
		return nil, false
	}
	return bytes.Clone(f.out), true
}

// blanks are forms to write on.
var blanks = sync.Pool{New: func() any { return &form{out: make([]byte, 0, 1024)} }}

// read fills the value that into points at, and reports false for what only encoding/json can read.
func read(data []byte, into any) bool {
	f := form{reading: true, in: data}
	switch into.(type) {
	case *grant.State, *authorization.State, *device.State:
		f.begin()
		return described(&f, into) && f.end()
	default:
		return false
	}
}

func described(f *form, v any) bool {
	switch v := v.(type) {
	case token.Issued:
		issuedForm(f, &v)
	case grant.Opened:
		openedForm(f, &v)
	case grant.Refreshed:
		refreshedForm(f, &v)
	case *grant.State:
		grantForm(f, v)
	case *authorization.State:
		authorizationForm(f, v)
	case device.Requested:
		requestedForm(f, &v)
	case *device.State:
		deviceForm(f, v)
	case authorization.Redeemed, device.Redeemed: // nothing to say
	default:
		return false
	}
	return true
}

func issuedForm(f *form, e *token.Issued) {
	f.string("client", (*string)(&e.Client))
	f.someString("account", (*string)(&e.Account))
	f.someString("scope", (*string)(&e.Scope))
	f.someStrings("aud", &e.Audience)
	f.moment("exp", &e.ExpiresAt)
}

func openedForm(f *form, e *grant.Opened) {
	f.string("client", (*string)(&e.Client))
	f.string("account", (*string)(&e.Account))
	f.string("via", (*string)(&e.Via))
	f.someString("session", &e.Session)
	f.string("scope", (*string)(&e.Scope))
	f.someStrings("resources", &e.Resources)
	f.someMoment("auth_time", &e.AuthTime)
	f.someStrings("amr", &e.AMR)
	f.string("jti", &e.JTI)
	f.moment("access_until", &e.AccessUntil)
	f.someString("refresh", (*string)(&e.Refresh))
	f.someMoment("idle_until", &e.IdleUntil)
	f.someMoment("until", &e.Until)
	f.someString("key", &e.Key)
}

func refreshedForm(f *form, e *grant.Refreshed) {
	f.number("gen", &e.Generation)
	f.someBytes("salt", &e.Salt)
	f.someString("refresh", (*string)(&e.Refresh))
	f.string("scope", (*string)(&e.Scope))
	f.string("jti", &e.JTI)
	f.moment("access_until", &e.AccessUntil)
	f.someMoment("idle_until", &e.IdleUntil)
}

func grantForm(f *form, s *grant.State) {
	f.string("client", (*string)(&s.Client))
	f.string("account", (*string)(&s.Account))
	f.string("via", (*string)(&s.Via))
	f.someString("session", &s.Session)
	f.string("scope", (*string)(&s.Scope))
	f.someStrings("resources", &s.Resources)
	f.someMoment("auth_time", &s.AuthTime)
	f.someStrings("amr", &s.AMR)
	f.moment("opened", &s.Opened)
	f.number("gen", &s.Generation)
	f.someBytes("salt", &s.Salt)
	f.someString("refresh", (*string)(&s.Refresh))
	f.someMoment("rotated", &s.Rotated)
	f.someString("scoped", (*string)(&s.Scoped))
	f.moment("access_until", &s.AccessUntil)
	f.someMoment("idle_until", &s.IdleUntil)
	f.someMoment("until", &s.Until)
	f.someMoment("revoked", &s.Revoked)
	f.someString("reason", (*string)(&s.Reason))
	f.someString("key", &s.Key)
}

func approvedForm(f *form, e *authorization.Approved) {
	f.string("client", (*string)(&e.Client))
	f.string("account", (*string)(&e.Account))
	f.someString("session", &e.Session)
	f.string("redirect", (*string)(&e.Redirect))
	f.someTrue("implied", &e.Implied)
	f.string("scope", (*string)(&e.Scope))
	f.someStrings("resources", &e.Resources)
	f.someString("nonce", &e.Nonce)
	f.someString("challenge", (*string)(&e.Challenge))
	f.string("code", (*string)(&e.Code))
	f.moment("auth_time", &e.AuthTime)
	f.someStrings("amr", &e.AMR)
	f.moment("until", &e.Until)
	f.someString("key", &e.Key)
}

func authorizationForm(f *form, s *authorization.State) {
	approvedForm(f, &s.Approved)
	f.someTrue("denied", &s.Denied)
	f.someTrue("spent", &s.Spent)
	f.someCount("wrong", &s.Wrong)
}

func requestedForm(f *form, e *device.Requested) {
	f.string("client", (*string)(&e.Client))
	f.string("scope", (*string)(&e.Scope))
	f.someStrings("resources", &e.Resources)
	f.string("code", (*string)(&e.Code))
	f.string("user_code", &e.UserCode)
	f.moment("until", &e.Until)
}

// deviceForm is that of a request which nobody has approved: most of what is stored and read.
func deviceForm(f *form, s *device.State) {
	requestedForm(f, &s.Requested)
	f.someString("account", (*string)(&s.Account))
	f.odd = f.odd || s.Approved != nil
	f.someTrue("denied", &s.Denied)
	f.someTrue("redeemed", &s.Redeemed)
}
