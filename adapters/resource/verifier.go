package resource

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Verifier verifies the access tokens of one issuer for one service. It is safe for concurrent use.
type Verifier struct {
	options Options
	keys    *keyring
}

// New makes a verifier. It fetches nothing yet: an issuer that is away now fails nothing here. Only
// options that can never work are an error, which names all of them.
func New(o Options) (*Verifier, error) {
	o = o.complete()
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("verify access tokens: %w", err)
	}
	return &Verifier{options: o, keys: newKeyring(o)}, nil
}

// Warm fetches the issuer's keys when there are none yet, so that the first request need not wait
// for them. A service that starts without its issuer may go on: Verify tries again.
func (v *Verifier) Warm(ctx context.Context) error {
	_, err := v.keys.get(ctx)
	return err
}

// Verify returns what an access token says, once its signature, its type, its issuer, its audience,
// its time and its standing are found to be good (RFC 9068 §4). The error is a *Refusal: the token is
// not good (ErrInvalidToken), or that cannot be said now (ErrUnavailable), which says nothing about
// the token. It waits for the network only when the issuer's keys are not known, or not that of
// the token.
func (v *Verifier) Verify(ctx context.Context, token string) (Claims, error) {
	known, err := v.genuine(ctx, token)
	if err != nil {
		return Claims{}, refusalOf(err)
	}
	now := v.options.Clock()
	switch c := known.claims; {
	case !now.Before(c.Expires.Add(v.options.Leeway)):
		return Claims{}, invalid(ErrExpired)
	case c.IssuedAt.After(now.Add(v.options.Leeway)), known.notBefore.After(now.Add(v.options.Leeway)):
		return Claims{}, invalid(errors.New("it is from the future"))
	}
	if v.options.Standing == nil {
		return known.claims, nil
	}
	claims, err := v.options.Standing.Check(known.claims)
	if err != nil {
		return Claims{}, refusalOf(standingError{err})
	}
	return claims, nil
}

// standingError marks what Standing said.
type standingError struct{ error }

func (e standingError) Unwrap() error { return e.error }

// refusalOf makes every error one that knows its answer.
func refusalOf(err error) *Refusal {
	var refusal *Refusal
	var standing standingError
	switch {
	case errors.As(err, &refusal):
		return refusal
	case errors.As(err, &standing) && !errors.Is(err, ErrRevoked):
		return unavailable(err, 0)
	default:
		return invalid(err)
	}
}

// genuine returns what a token says that the issuer signed for this service, whenever that was.
func (v *Verifier) genuine(ctx context.Context, token string) (*seen, error) {
	if len(token) > maxToken {
		return nil, errTooLong
	}
	set, err := v.keys.get(ctx)
	if err != nil {
		return nil, err
	}
	d := digest(sha256.Sum256([]byte(token)))
	if known := set.verified.recall(d); known != nil {
		return known, nil
	}
	set, known, err := v.open(ctx, set, token)
	if err != nil {
		return nil, err
	}
	set.verified.add(d, known)
	return known, nil
}

// open verifies a token that was not seen before, and says with which keys.
func (v *Verifier) open(ctx context.Context, set *keySet, token string) (*keySet, *seen, error) {
	c, err := parse(token)
	if err != nil {
		return nil, nil, err
	}
	set, k, err := v.keyOf(ctx, set, c.header)
	if err != nil {
		return nil, nil, err
	}
	if err := k.verify(c.signed, c.signature); err != nil {
		return nil, nil, err
	}
	known, err := v.read(c)
	return set, known, err
}

// keyOf finds the key that a token names, among newer ones if it is not among those known. Nothing
// in a token but its kid chooses a key.
func (v *Verifier) keyOf(ctx context.Context, set *keySet, h header) (*keySet, key, error) {
	switch {
	case !h.isAccessToken():
		return nil, key{}, errors.New("its typ is not at+jwt")
	case !slices.Contains(v.options.Algorithms, h.alg):
		return nil, key{}, errors.New("its alg is not allowed")
	}
	name := keyName{h.kid, h.alg}
	if k, is := set.keys[name]; is {
		return set, k, nil
	}
	newer, err := v.keys.newer(ctx, set)
	if err != nil {
		return nil, key{}, err
	}
	k, is := newer.keys[name]
	if !is {
		return nil, key{}, errors.New("no key of the issuer has its kid and alg")
	}
	return newer, k, nil
}

// read takes the claims out of a token whose signature is good.
func (v *Verifier) read(c compact) (*seen, error) {
	plain, err := decode(c.payload)
	if err != nil {
		return nil, err
	}
	var p payload
	if json.Unmarshal(plain, &p) != nil { // the cause may quote the claims
		return nil, errors.New("its claims are not those of an access token")
	}
	switch {
	case p.Issuer != v.options.Issuer:
		return nil, errors.New("its iss is another one")
	case !slices.ContainsFunc(p.Audience, func(a string) bool { return slices.Contains(v.options.Audiences, a) }):
		return nil, errors.New("its aud is another service")
	}
	claims, err := p.claims(c.header.kid)
	if err != nil {
		return nil, err
	}
	claims.administrator = v.options.Administrator
	return &seen{claims, p.NotBefore}, nil
}
