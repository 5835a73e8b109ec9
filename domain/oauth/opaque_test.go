package oauth_test

import (
	"bytes"
	"encoding/base64"
	"testing"

	"pgregory.net/rapid"

	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

const stream = "c0ffee0000000000000g" // an xid

func tokenKey(n byte) oauth.TokenKey {
	return oauth.TokenKey{ID: [4]byte{n, n, n, n}, Secret: [32]byte{n, 1, 2, 3}}
}

var keys = oauth.TokenKeys{tokenKey(1)}

func mint(kind oauth.OpaqueKind) oauth.Opaque {
	return keys.Mint(kind, stream, 7, [32]byte{1, 2, 3})
}

var kinds = []oauth.OpaqueKind{
	oauth.AuthorizationCode, oauth.DeviceCode, oauth.RefreshToken, oauth.SessionToken, oauth.RequestID,
	oauth.ChallengeID, oauth.ChallengeLink,
}

func TestATokenIsReadAsItWasMinted(t *testing.T) {
	for _, kind := range kinds {
		minted := mint(kind)
		got, ok := keys.Parse(kind, minted.Reveal())
		if !ok || got.ID() != stream || got.Generation() != 7 || got.Digest() != minted.Digest() || got.IsZero() {
			t.Errorf("%c: read as %s generation %d, %v", kind, got.ID(), got.Generation(), ok)
		}
		if got.Reveal() != minted.Reveal() {
			t.Errorf("%c: reveals another token", kind)
		}
	}
}

func TestOneKindIsNeverTakenForAnother(t *testing.T) {
	for _, minted := range kinds {
		for _, wanted := range kinds {
			if _, ok := keys.Parse(wanted, mint(minted).Reveal()); ok != (minted == wanted) {
				t.Errorf("a %c read as a %c: %v", minted, wanted, ok)
			}
		}
	}
}

func TestATokenWithAFlippedBitIsRefused(t *testing.T) {
	raw, err := base64.RawURLEncoding.DecodeString(mint(oauth.RefreshToken).Reveal())
	if err != nil {
		t.Fatal(err)
	}
	for bit := range len(raw) * 8 {
		flipped := bytes.Clone(raw)
		flipped[bit/8] ^= 1 << (bit % 8)
		if _, ok := keys.Parse(oauth.RefreshToken, base64.RawURLEncoding.EncodeToString(flipped)); ok {
			t.Errorf("accepted with bit %d flipped", bit)
		}
	}
}

func TestWhatIsNoTokenIsRefused(t *testing.T) {
	good := mint(oauth.RefreshToken).Reveal()
	for name, s := range map[string]string{
		"nothing": "", "cut": good[:len(good)-1], "longer": good + "A", "padded": good + "=", "spaces": " " + good[1:],
		"another alphabet": "+" + good[1:], "line breaks": good[:len(good)-4] + "\n\n\n\n", "zeroes": string(bytes.Repeat([]byte("A"), len(good))),
	} {
		if got, ok := keys.Parse(oauth.RefreshToken, s); ok || !got.IsZero() {
			t.Errorf("%s: accepted as %s", name, got.ID())
		}
	}
	if _, ok := (oauth.TokenKeys{}).Parse(oauth.RefreshToken, good); ok {
		t.Error("accepted without any key")
	}
}

func TestTokensOfAnOlderKeyAreStillAccepted(t *testing.T) {
	old := mint(oauth.RefreshToken)
	rotated := oauth.TokenKeys{tokenKey(2), tokenKey(1)}
	got, ok := rotated.Parse(oauth.RefreshToken, old.Reveal())
	if !ok || got.Digest() != old.Digest() {
		t.Error("a token of the older key was refused")
	}
	if _, ok := keys.Parse(oauth.RefreshToken, rotated.Mint(oauth.RefreshToken, stream, 0, [32]byte{}).Reveal()); ok {
		t.Error("a token of a key that is not there was accepted")
	}
	forged := oauth.TokenKeys{{ID: tokenKey(1).ID, Secret: [32]byte{9}}}
	if _, ok := keys.Parse(oauth.RefreshToken, forged.Mint(oauth.RefreshToken, stream, 0, [32]byte{}).Reveal()); ok {
		t.Error("a token with a known key's id and another secret was accepted")
	}
}

func TestASuccessorFollowsFromItsToken(t *testing.T) {
	first, salt := mint(oauth.RefreshToken), []byte("0123456789abcdef")
	next := first.Successor(salt)
	if next.Generation() != 8 || next.ID() != stream {
		t.Errorf("the successor is of %s generation %d", next.ID(), next.Generation())
	}
	parsed, ok := keys.Parse(oauth.RefreshToken, next.Reveal())
	if !ok || parsed.Digest() != next.Digest() {
		t.Error("the successor cannot be read")
	}
	again, _ := oauth.TokenKeys{tokenKey(2), tokenKey(1)}.Parse(oauth.RefreshToken, first.Reveal())
	if again.Successor(salt).Reveal() != next.Reveal() {
		t.Error("the same token has another successor after the keys were rotated")
	}
	for name, other := range map[string]oauth.Opaque{
		"another salt":   first.Successor([]byte("0123456789abcdeX")),
		"another secret": keys.Mint(oauth.RefreshToken, stream, 7, [32]byte{9}).Successor(salt),
		"another stream": keys.Mint(oauth.RefreshToken, "c0ffee00000000000010", 7, [32]byte{1, 2, 3}).Successor(salt),
		"another place":  keys.Mint(oauth.RefreshToken, stream, 8, [32]byte{1, 2, 3}).Successor(salt),
		"another key":    oauth.TokenKeys{tokenKey(2)}.Mint(oauth.RefreshToken, stream, 7, [32]byte{1, 2, 3}).Successor(salt),
		"the token":      first,
	} {
		if other.Digest() == next.Digest() {
			t.Errorf("%s has the same successor", name)
		}
	}
}

func TestAnyMintedTokenIsRead(t *testing.T) {
	req.Covers(t, "R-041", "R-062")
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringMatching(`[0-9a-v]{19}[0g]`).Draw(t, "id")
		secret := [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "secret"))
		generation := rapid.Uint32().Draw(t, "generation")
		kind := rapid.SampledFrom(kinds).Draw(t, "kind")
		minted := keys.Mint(kind, id, generation, secret)
		got, ok := keys.Parse(kind, minted.Reveal())
		if !ok || got.ID() != id || got.Generation() != generation || !got.Digest().Matches(oauth.DigestOf(secret[:])) {
			t.Fatalf("read as %s generation %d, %v", got.ID(), got.Generation(), ok)
		}
	})
}

func FuzzOpaqueParse(f *testing.F) {
	f.Add(mint(oauth.RefreshToken).Reveal())
	f.Add("")
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := keys.Parse(oauth.RefreshToken, s)
		if ok && got.Reveal() != s {
			t.Errorf("%q was read as %q", s, got.Reveal())
		}
	})
}
