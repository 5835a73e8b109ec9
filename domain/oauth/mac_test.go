package oauth_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"testing"

	"pgregory.net/rapid"

	"writ/domain/oauth"
)

// TestTagsAndSuccessorsAreMadeByHMAC computes both by the standard library.
func TestTagsAndSuccessorsAreMadeByHMAC(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := oauth.TokenKey{ID: [4]byte{1}, Secret: drawSecret(t, "key")}
		token := oauth.TokenKeys{key}.Mint(oauth.RefreshToken, stream, rapid.Uint32Max(1<<31).Draw(t, "generation"), drawSecret(t, "secret"))
		raw, err := base64.RawURLEncoding.DecodeString(token.Reveal())
		if err != nil {
			t.Fatal(err)
		}
		body, tag := raw[:len(raw)-16], raw[len(raw)-16:]
		if !hmac.Equal(tag, macOf(key, body)[:16]) {
			t.Error("the tag is not that of RFC 2104")
		}
		salt := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "salt")
		want := macOf(key, []byte("successor"), []byte(stream), binary.BigEndian.AppendUint32(nil, token.Generation()+1), salt, body[len(body)-32:])
		if token.Successor(salt).Digest() != oauth.DigestOf(want) {
			t.Error("the successor is not that of RFC 2104")
		}
	})
}

func drawSecret(t *rapid.T, label string) [32]byte {
	return [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, label))
}

func macOf(key oauth.TokenKey, parts ...[]byte) []byte {
	mac := hmac.New(sha256.New, key.Secret[:])
	for _, p := range parts {
		mac.Write(p)
	}
	return mac.Sum(nil)
}
