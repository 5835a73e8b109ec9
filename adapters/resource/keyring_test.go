package resource_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"writ/adapters/resource"
)

// accepts fails the test unless a token is good.
func accepts(t *testing.T, v *resource.Verifier, token, when string) {
	t.Helper()
	if _, err := v.Verify(t.Context(), token); err != nil {
		t.Errorf("%s: %v", when, err)
	}
}

// refuses fails the test unless a token is refused as it should be.
func refuses(t *testing.T, v *resource.Verifier, token, when string, want error) {
	t.Helper()
	if _, err := v.Verify(t.Context(), token); !errors.Is(err, want) {
		t.Errorf("%s: got %v, want %v", when, err, want)
	}
}

func TestANewKeyIsFetchedWhenATokenNamesIt(t *testing.T) {
	s := newIssuer(t)
	v := s.verifier()
	accepts(t, v, s.good(), "before")
	s.rotate("next", ecKey(t))
	next := s.sign("next", s.claims())
	accepts(t, v, next, "though the keys were fetched just before")
	accepts(t, v, s.good(), "the old key")
	s.drop("ec")
	s.pass(15 * time.Minute)
	s.renews(v, 3)
	refuses(t, v, s.sign("ec", s.claims()), "a key that was taken back", resource.ErrInvalidToken)
	accepts(t, v, s.sign("next", s.claims()), "the new key")
}

// renews makes a request that finds its keys old, and waits for what is fetched beside it.
func (s *issuer) renews(v *resource.Verifier, fetched int) {
	s.tb.Helper()
	if _, err := v.Verify(s.tb.Context(), s.good()); err != nil {
		s.tb.Errorf("while the keys are fetched again: %v", err)
	}
	resource.Settle(v)
	if s.fetches() != fetched {
		s.tb.Errorf("the keys were fetched %d times, want %d", s.fetches(), fetched)
	}
}

func TestMadeUpKeysDoNotFloodTheIssuer(t *testing.T) {
	s := newIssuer(t)
	v := s.verifier()
	accepts(t, v, s.good(), "before")
	s.private["made up"] = s.private["ec"]
	token := s.sign("made up", s.claims())
	const seconds = 60
	for range seconds * 20 {
		s.pass(50 * time.Millisecond)
		refuses(t, v, token, "made up", resource.ErrInvalidToken)
	}
	if got, most := s.fetches(), 3+seconds/5; got > most {
		t.Errorf("within a minute the keys were fetched %d times, want at most %d", got, most)
	}
}

func TestRequestsShareAFetch(t *testing.T) {
	s := newIssuer(t)
	v, token := s.verifier(), s.good()
	release := s.hold()
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() { accepts(t, v, token, "waiting") })
	}
	<-s.arrived
	release()
	all.Wait()
	if s.fetches() != 1 {
		t.Errorf("the keys were fetched %d times, want once", s.fetches())
	}
}

func TestARequestThatIsGivenUpLeavesTheFetch(t *testing.T) {
	s := newIssuer(t)
	v, token := s.verifier(), s.good()
	release := s.hold()
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() { _, err := v.Verify(ctx, token); failed <- err }()
	<-s.arrived
	cancel()
	if err := <-failed; !errors.Is(err, resource.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	release()
	accepts(t, v, token, "the next one")
	if s.fetches() != 1 {
		t.Errorf("the keys were fetched %d times, want once", s.fetches())
	}
}

func TestAnIssuerThatWasNeverThereSaysNothingAboutTokens(t *testing.T) {
	s := newIssuer(t)
	s.goAway(true)
	v, token := s.verifier(), s.good()
	for range 3 {
		_, err := v.Verify(t.Context(), token)
		var refusal *resource.Refusal
		if !errors.As(err, &refusal) || refusal.Status != http.StatusServiceUnavailable || refusal.RetryAfter <= 0 || errors.Is(err, resource.ErrInvalidToken) {
			t.Errorf("got %v", err)
		}
	}
	s.goAway(false)
	refuses(t, v, token, "it is not asked at once", resource.ErrUnavailable)
	s.pass(5 * time.Second)
	accepts(t, v, token, "it is back")
}

func TestOldKeysServeWhileTheIssuerIsAway(t *testing.T) {
	s := newIssuer(t)
	v := s.verifier(func(o *resource.Options) { o.KeysLast = 2 * time.Hour })
	accepts(t, v, s.good(), "before")
	s.rotate("next", ecKey(t))
	s.goAway(true)
	for range 7 {
		s.pass(15 * time.Minute)
		accepts(t, v, s.good(), "away")
	}
	refuses(t, v, s.sign("next", s.claims()), "a key that may be new", resource.ErrUnavailable)
	s.pass(15 * time.Minute)
	refuses(t, v, s.good(), "away for too long", resource.ErrUnavailable)
	s.goAway(false)
	s.pass(5 * time.Second)
	accepts(t, v, s.sign("next", s.claims()), "back")
}

func TestKeysThatDidNotChangeAreNotSentAgain(t *testing.T) {
	s := newIssuer(t)
	v := s.verifier()
	accepts(t, v, s.good(), "before")
	before := resource.Remembered(v)
	s.pass(15 * time.Minute)
	s.renews(v, 2)
	accepts(t, v, s.good(), "after")
	if got := resource.Remembered(v); got <= before {
		t.Errorf("%d tokens are remembered after the keys were fetched again, %d before", got, before)
	}
}

func TestHowLongKeysAreFresh(t *testing.T) {
	for control, want := range map[string]time.Duration{
		"public, max-age=60": time.Minute, "max-age=\"60\"": time.Minute, "no-store": 10 * time.Second, "no-cache, max-age=60": 10 * time.Second,
		"max-age=0": 10 * time.Second, "max-age=99999999999999": time.Hour, "max-age=1000000": time.Hour, "max-age=x": 5 * time.Minute,
		"max-age=-5": 10 * time.Second, "": 5 * time.Minute,
	} {
		s := newIssuer(t)
		s.control = control
		v := s.verifier()
		accepts(t, v, s.good(), control)
		s.pass(want - time.Millisecond)
		accepts(t, v, s.good(), control)
		if s.fetches() != 1 {
			t.Errorf("%q: fetched again before %s", control, want)
		}
		s.pass(time.Millisecond)
		s.renews(v, 2)
	}
}

func TestAnIssuerThatIsNotTheOneAskedFor(t *testing.T) {
	for name, metadata := range map[string]string{
		"another issuer":   `{"issuer":"https://evil.example","jwks_uri":"https://auth.example.org/keys"}`,
		"no key set":       `{"issuer":"https://auth.example.org"}`,
		"keys over http":   `{"issuer":"https://auth.example.org","jwks_uri":"http://auth.example.org/keys"}`,
		"keys of nowhere":  `{"issuer":"https://auth.example.org","jwks_uri":"https://auth.example.org/elsewhere"}`,
		"no metadata":      `<html>`,
		"keys in the file": `{"issuer":"https://auth.example.org","jwks_uri":"file:///etc/passwd"}`,
	} {
		s := newIssuer(t)
		s.metadata = metadata
		refuses(t, s.verifier(), s.good(), name, resource.ErrUnavailable)
	}
}

func TestKeysThatCannotBeUsed(t *testing.T) {
	s := newIssuer(t)
	ec := func(name string, value any) map[string]any {
		jwk := published(t, "bad", s.private["ec"].Public())
		jwk[name] = value
		return jwk
	}
	s.private["bad"] = s.private["ec"]
	for name, jwk := range map[string]any{
		"for encryption":       ec("use", "enc"),
		"for signing only":     ec("key_ops", []string{"sign"}),
		"of another algorithm": ec("alg", "ES384"),
		"of another curve":     ec("crv", "P-384"),
		"off the curve":        ec("y", b64(make([]byte, 32))),
		"a short coordinate":   ec("x", b64(make([]byte, 31))),
		"a symmetric one":      map[string]any{"kty": "oct", "kid": "bad", "k": "c2VjcmV0"},
		"of an unknown type":   map[string]any{"kty": "PQC", "kid": "bad"},
		"a weak RSA key":       map[string]any{"kty": "RSA", "kid": "bad", "n": b64(make([]byte, 128)), "e": "AQAB"},
	} {
		s.keys["bad"] = jwk
		v := s.verifier()
		accepts(t, v, s.good(), name)
		refuses(t, v, s.sign("bad", s.claims()), name, resource.ErrInvalidToken)
	}
	clear(s.keys)
	refuses(t, s.verifier(), s.good(), "no key at all", resource.ErrUnavailable)
}
