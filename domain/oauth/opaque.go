package oauth

import (
	"crypto/hmac"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"log/slog"
)

// OpaqueKind says what an opaque token is for. One kind is never taken for another.
type OpaqueKind byte

// The kinds of opaque tokens.
const (
	AuthorizationCode OpaqueKind = 'a'
	DeviceCode        OpaqueKind = 'd'
	RefreshToken      OpaqueKind = 'r'
	SessionToken      OpaqueKind = 's'
	RequestID         OpaqueKind = 'q'
	ChallengeID       OpaqueKind = 'c'
	ChallengeLink     OpaqueKind = 'l'
)

// TokenKey tags opaque tokens. ID names it inside them.
type TokenKey struct {
	ID     [4]byte
	Secret [32]byte
}

// TokenKeys are the keys that tags are checked with. The first one is used for new tokens.
type TokenKeys []TokenKey

// String implements fmt.Stringer without showing the keys.
func (TokenKeys) String() string { return redacted }

// GoString implements fmt.GoStringer without showing the keys.
func (TokenKeys) GoString() string { return redacted }

// LogValue implements slog.LogValuer without showing the keys.
func (TokenKeys) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements encoding.TextMarshaler without showing the keys.
func (TokenKeys) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Opaque is a token that describes itself: it names the stream that knows it and the generation
// within it, and its tag proves that this server minted it. So it is found without an index, and a
// forged one is refused before anything is read. It does not print.
type Opaque struct {
	kind       OpaqueKind
	key        TokenKey
	id         string
	generation uint32
	secret     [32]byte
}

// The parts of an opaque token: kind, key id, stream id, generation, secret, tag.
const (
	idSize     = 12
	bodySize   = 1 + 4 + idSize + 4 + 32
	tagSize    = 16
	opaqueSize = bodySize + tagSize
	textSize   = opaqueSize / 3 * 4 // base64url, in which opaqueSize leaves no remainder
)

var (
	textEncoding = base64.RawURLEncoding.Strict()
	xidEncoding  = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)
)

// Mint makes an opaque token for the stream with id, an xid, around secret.
func (keys TokenKeys) Mint(kind OpaqueKind, id string, generation uint32, secret [32]byte) Opaque {
	return Opaque{kind: kind, key: keys[0], id: id, generation: generation, secret: secret}
}

// Parse reads a token of kind. It reports false for everything that was not minted as this kind
// under one of the keys.
func (keys TokenKeys) Parse(kind OpaqueKind, s string) (Opaque, bool) {
	var raw [opaqueSize]byte
	var text [textSize]byte
	if copy(text[:], s) != len(s) || len(s) != textSize {
		return Opaque{}, false
	}
	_, err := textEncoding.Decode(raw[:], text[:])
	if err != nil || OpaqueKind(raw[0]) != kind {
		return Opaque{}, false
	}
	for _, key := range keys {
		if [4]byte(raw[1:5]) == key.ID {
			return authentic(key, raw)
		}
	}
	return Opaque{}, false
}

func authentic(key TokenKey, raw [opaqueSize]byte) (Opaque, bool) {
	tag := key.mac(raw[:bodySize])
	if !hmac.Equal(tag[:tagSize], raw[bodySize:]) {
		return Opaque{}, false
	}
	var id [20]byte
	xidEncoding.Encode(id[:], raw[5:5+idSize])
	return Opaque{
		kind:       OpaqueKind(raw[0]),
		key:        key,
		id:         string(id[:]),
		generation: binary.BigEndian.Uint32(raw[5+idSize:]),
		secret:     [32]byte(raw[9+idSize:]),
	}, true
}

// ID is the id of the stream that knows the token.
func (o Opaque) ID() string { return o.id }

// Generation is the token's place in its family, from 0.
func (o Opaque) Generation() uint32 { return o.generation }

// Digest is what the log keeps of the token.
func (o Opaque) Digest() Digest { return DigestOf(o.secret[:]) }

// IsZero reports whether there is no token at all.
func (o Opaque) IsZero() bool { return o.kind == 0 }

// Successor is the token of the next generation. It is derived from this one and a salt that the
// log keeps, so that whoever presents the same token again can be given the same successor,
// without it being stored anywhere.
func (o Opaque) Successor(salt []byte) Opaque {
	message := make([]byte, 0, maxMessage)
	message = append(message, "successor"...)
	message = append(message, o.id...)
	message = binary.BigEndian.AppendUint32(message, o.generation+1)
	message = append(message, salt...)
	message = append(message, o.secret[:]...)
	next := o
	next.generation++
	next.secret = o.key.mac(message)
	return next
}

// Reveal gives the token as it goes over the wire.
func (o Opaque) Reveal() string {
	raw := make([]byte, 0, opaqueSize)
	raw = append(raw, byte(o.kind))
	raw = append(raw, o.key.ID[:]...)
	raw, _ = xidEncoding.AppendDecode(raw, []byte(o.id)) // minted ids are xids
	raw = binary.BigEndian.AppendUint32(raw, o.generation)
	raw = append(raw, o.secret[:]...)
	tag := o.key.mac(raw)
	raw = append(raw, tag[:tagSize]...)
	return string(textEncoding.AppendEncode(make([]byte, 0, textSize), raw))
}

// String implements fmt.Stringer without showing the token.
func (o Opaque) String() string { return redacted }

// GoString implements fmt.GoStringer without showing the token.
func (o Opaque) GoString() string { return redacted }

// LogValue implements slog.LogValuer without showing the token.
func (o Opaque) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements encoding.TextMarshaler without showing the token.
func (o Opaque) MarshalText() ([]byte, error) { return []byte(redacted), nil }
