package signingkey_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"writ/domain/event"
	"writ/domain/event/eventtest"
	"writ/domain/oauth"
	"writ/domain/signingkey"
	"writ/ports/portstest/req"
)

var noon = eventtest.Noon

func published(ordinal int, signs time.Time) signingkey.Published {
	return signingkey.Published{Alg: oauth.ES256, Ordinal: ordinal, Public: []byte("p"), Sealed: []byte("s"), Signs: signs}
}

func key(tb testing.TB, kid string, past ...any) *signingkey.Key {
	tb.Helper()
	k := signingkey.Named(kid)
	eventtest.Given(tb, k, past...)
	return k
}

func TestTheLifeOfAKey(t *testing.T) {
	retired := signingkey.Retired{At: noon.Add(time.Hour), Until: noon.Add(3 * time.Hour)}
	retire := func(k *signingkey.Key) { k.Retire(retired.At, retired.Until, noon) }
	forget := func(k *signingkey.Key) { k.Forget(noon) }
	for name, tc := range map[string]struct {
		given []any
		when  func(*signingkey.Key)
		then  []any
	}{
		"published":               {nil, func(k *signingkey.Key) { k.Publish(published(1, noon), noon) }, []any{published(1, noon)}},
		"retired":                 {[]any{published(1, noon)}, retire, []any{retired}},
		"retired twice":           {[]any{published(1, noon), retired}, func(k *signingkey.Key) { k.Retire(noon, noon.Add(time.Minute), noon) }, nil},
		"retired when forgotten":  {[]any{published(1, noon), signingkey.Forgotten{}}, retire, nil},
		"retired, never there":    {nil, retire, nil},
		"forgotten":               {[]any{published(1, noon)}, forget, []any{signingkey.Forgotten{}}},
		"forgotten after retired": {[]any{published(1, noon), retired}, forget, []any{signingkey.Forgotten{}}},
		"forgotten twice":         {[]any{published(1, noon), signingkey.Forgotten{}}, forget, nil},
		"forgotten, never there":  {nil, forget, nil},
	} {
		t.Run(name, func(t *testing.T) {
			k := signingkey.Unpublished("kid")
			eventtest.Given(t, k, tc.given...).Do(func() { tc.when(k) }).Then(tc.then...)
		})
	}
}

func TestWhichKeySignsAndWhichVerifies(t *testing.T) {
	req.Covers(t, "R-216", "R-217")
	change, over := noon.Add(time.Hour), noon.Add(3*time.Hour)
	old := key(t, "old", published(1, noon), signingkey.Retired{At: change, Until: over})
	next := key(t, "new", published(2, change))
	gone := key(t, "gone", published(3, noon), signingkey.Forgotten{})
	other := key(t, "rsa", signingkey.Published{Alg: oauth.RS256, Ordinal: 1, Signs: noon})
	keys := []*signingkey.Key{next, gone, old, other}
	for name, tc := range map[string]struct {
		at       time.Time
		signs    string
		verifies []string
	}{
		"before any may sign":           {noon.Add(-time.Minute), "", []string{"new", "old", "rsa"}},
		"while the new one is cached":   {noon, "old", []string{"new", "old", "rsa"}},
		"just before the change":        {change.Add(-time.Microsecond), "old", []string{"new", "old", "rsa"}},
		"the change":                    {change, "new", []string{"new", "old", "rsa"}},
		"when the old one's tokens end": {over, "new", []string{"new", "rsa"}},
	} {
		t.Run(name, func(t *testing.T) {
			signing, found := signingkey.Signing(keys, oauth.ES256, tc.at)
			if found != (tc.signs != "") || found && signing.ID() != tc.signs {
				t.Errorf("signs: %v, want %q", signing, tc.signs)
			}
			var verifies []string
			for _, k := range keys {
				if k.Verifies(tc.at) {
					verifies = append(verifies, k.ID())
				}
			}
			if diff := cmp.Diff(tc.verifies, verifies); diff != "" {
				t.Errorf("verify (-want +got):\n%s", diff)
			}
		})
	}
	if _, found := signingkey.Signing(keys, oauth.EdDSA, noon); found {
		t.Error("a key of another algorithm signs")
	}
	for at, want := range map[time.Time]time.Time{noon.Add(-time.Hour): noon, noon: change, change: over, over: {}} {
		if got := signingkey.NextChange(keys, at); !got.Equal(want) {
			t.Errorf("after %s the next change is at %s, want %s", at, got, want)
		}
	}
}

func TestAForgottenKeyKeepsNoSecret(t *testing.T) {
	k := key(t, "kid", published(1, noon), signingkey.Forgotten{})
	if v := k.View(); v.Sealed != nil || v.KID != "kid" || !v.Created.Equal(noon) {
		t.Errorf("the state is %+v", v)
	}
	want := []event.Unique{{Kind: "signing_key", Value: "ES256#1"}}
	if diff := cmp.Diff(want, k.State().Index().Unique); diff != "" {
		t.Errorf("unique (-want +got):\n%s", diff)
	}
}

func TestAnyHistoryOfKeys(t *testing.T) {
	req.Covers(t, "R-216", "R-217")
	const cache, lifetime = time.Hour, 15 * time.Minute
	rapid.Check(t, func(t *rapid.T) {
		at := noon
		first := signingkey.Unpublished("k")
		first.Publish(published(1, at), at)
		keys := []*signingkey.Key{first}
		var used *signingkey.Key
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			at = at.Add(time.Duration(rapid.Int64Range(0, int64(2*time.Hour)).Draw(t, "passed")))
			if rapid.Bool().Draw(t, "rotate") {
				signs := at.Add(cache)
				for _, k := range keys {
					k.Retire(signs, signs.Add(lifetime+cache), at)
				}
				next := signingkey.Unpublished("k")
				next.Publish(published(len(keys)+1, signs), at)
				keys = append(keys, next)
			}
			signing, found := signingkey.Signing(keys, oauth.ES256, at)
			switch {
			case !found:
				t.Fatalf("no key signs at %s", at)
			case signing != first && signing.View().Created.After(at.Add(-cache)):
				t.Fatal("a key signs before every cache has seen it")
			case used != nil && signing.View().Ordinal < used.View().Ordinal:
				t.Fatal("an older key signs again")
			}
			used = signing
		}
		for _, k := range keys {
			eventtest.ReplayGivesTheSame(t, k, nil)
		}
	})
}
