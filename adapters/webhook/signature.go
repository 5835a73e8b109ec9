package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"writ/domain/oauth"
)

// The headers of a signed request, as Standard Webhooks names them.
const (
	HeaderID        = "Webhook-Id"
	HeaderTimestamp = "Webhook-Timestamp"
	HeaderSignature = "Webhook-Signature"
)

// Tolerance is how far the clocks of sender and receiver may be apart.
const Tolerance = 5 * time.Minute

// Refusals.
var (
	ErrKey       = errors.New("a webhook secret is whsec_ and base64 of 24 to 64 bytes")
	ErrSignature = errors.New("the signature is wrong, or too old")
)

// Key signs requests. It does not print.
type Key struct{ secret []byte }

// ParseKey reads a secret in the form of Standard Webhooks: whsec_ and base64 of 24 to 64 bytes.
func ParseKey(s oauth.Secret) (Key, error) {
	text, prefixed := strings.CutPrefix(s.Reveal(), "whsec_")
	secret, err := base64.StdEncoding.DecodeString(text)
	if err != nil || !prefixed || len(secret) < 24 || len(secret) > 64 {
		return Key{}, ErrKey
	}
	return Key{secret: secret}, nil
}

// String implements fmt.Stringer without showing the key.
func (Key) String() string { return "[secret]" }

// GoString implements fmt.GoStringer without showing the key.
func (Key) GoString() string { return "[secret]" }

// LogValue implements slog.LogValuer without showing the key.
func (Key) LogValue() slog.Value { return slog.StringValue("[secret]") }

func (k Key) sign(id, at string, body []byte) string {
	mac := hmac.New(sha256.New, k.secret)
	mac.Write([]byte(id + "." + at + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// Verify checks a request that was received at now, whose body was read already. A receiver keeps
// the ids of the last Tolerance to itself, so that nobody can have a message sent again.
func (k Key) Verify(h http.Header, body []byte, now time.Time) error {
	id, at := h.Get(HeaderID), h.Get(HeaderTimestamp)
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > Tolerance {
		return ErrSignature
	}
	want := []byte(k.sign(id, at, body))
	for _, one := range strings.Fields(h.Get(HeaderSignature)) { // several while a key is being replaced
		if hmac.Equal([]byte(one), want) {
			return nil
		}
	}
	return ErrSignature
}
