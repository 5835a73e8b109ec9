package account_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"writ/domain/account"
	"writ/domain/event/eventtest"
	"writ/domain/oauth"
)

func TestKeysHaveTheirForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id, key := account.MintKey(func(b []byte) { copy(b, rapid.SliceOfN(rapid.Byte(), len(b), len(b)).Draw(t, "random")) })
		got, ok := account.ParseKey(key)
		if !ok || got != id || len(id) != 12 || len(key.Reveal()) != 50 || !strings.HasPrefix(key.Reveal(), "sdpak_"+id) {
			t.Fatalf("minted %q, read %q, %v", key.Reveal(), got, ok)
		}
	})
}

func TestEveryCharacterOfAKeyIsAsLikely(t *testing.T) {
	seen, random := map[rune]int{}, rand.NewChaCha8([32]byte{1})
	for range 4096 {
		_, key := account.MintKey(func(b []byte) { _, _ = random.Read(b) })
		for _, c := range strings.TrimPrefix(key.Reveal(), "sdpak_") {
			seen[c]++
		}
	}
	least, most := 1<<30, 0
	for _, n := range seen {
		least, most = min(least, n), max(most, n)
	}
	if len(seen) != 62 || most > least*6/5 {
		t.Errorf("%d characters, from %d to %d times", len(seen), least, most)
	}
}

func TestWhatCanBeNoKey(t *testing.T) {
	good := "sdpak_" + strings.Repeat("aZ09", 11)
	if _, ok := account.ParseKey(oauth.Secret(good)); !ok {
		t.Fatalf("%q is none", good)
	}
	for _, text := range []string{
		"", "sdpak_", good[:49], good + "a", "sdbak_" + good[6:], "SDPAK_" + good[6:], good[:49] + "-", good[:20] + "\x00" + good[21:], good[:48] + "ä",
	} {
		if id, ok := account.ParseKey(oauth.Secret(text)); ok || id != "" {
			t.Errorf("%q is a key with id %q", text, id)
		}
	}
}

func FuzzKeysAreReadSafely(f *testing.F) {
	f.Add("sdpak_" + strings.Repeat("a", 44))
	f.Fuzz(func(t *testing.T, text string) {
		if id, ok := account.ParseKey(oauth.Secret(text)); ok && (len(text) != 50 || text[6:18] != id) {
			t.Errorf("%q has id %q", text, id)
		}
	})
}

func TestWhichSecretOpens(t *testing.T) {
	_, secret := account.MintKey(func(b []byte) { clear(b) })
	key := account.Key{ID: "k1", Digest: oauth.DigestOf([]byte(secret.Reveal())), Expires: noon.Add(time.Hour)}
	for name, tc := range map[string]struct {
		key    account.Key
		secret oauth.Secret
		at     time.Time
		want   bool
	}{
		"its own":           {key, secret, noon, true},
		"its own, too late": {key, secret, noon.Add(time.Hour), false},
		"another":           {key, secret + "x", noon, false},
		"none":              {key, "", noon, false},
		"of no key":         {account.Key{}, secret, noon, false},
		"none, of no key":   {account.Key{}, "", noon, false},
	} {
		if got := tc.key.Opens(tc.secret, tc.at); got != tc.want {
			t.Errorf("%s: opens %v", name, got)
		}
	}
}

func TestWhoMayUseKeys(t *testing.T) {
	for permissions, want := range map[oauth.Scope]bool{"": false, "USE_OAUTH_CLIENTS": false, "USE_PERSONAL_ACCESS_KEYS": true, "ADMINISTRATOR": true} {
		a := account.Named("a1")
		eventtest.Given(t, a, account.Opened{Permissions: permissions})
		if a.MayUseKeys() != want {
			t.Errorf("with %q: %v", permissions, !want)
		}
		eventtest.Given(t, a, suspended)
		if a.MayUseKeys() {
			t.Errorf("with %q, suspended: may", permissions)
		}
	}
}
