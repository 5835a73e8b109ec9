package resource

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
)

// Claims are what a verified access token says (RFC 9068 §2.2). Copies share their slices: do not
// change those.
type Claims struct {
	Subject  string   // whose resources are asked for: an account, or a client on its own behalf
	Client   string   // which client holds the token
	Scope    []string // what it may do
	Audience []string // whom it is meant for; this service is among them
	ID       string   // jti
	Grant    string   // what the account allowed the client; empty when a client acts on its own behalf
	KeyID    string   // of the key that signed

	IssuedAt time.Time
	Expires  time.Time
	AuthTime time.Time // when the account's owner signed in; zero when not said

	// Stale says that it is not known now whether the token was revoked lately: what tells
	// Options.Standing is away, and it was chosen to serve nevertheless.
	Stale bool

	administrator string
}

// standard are the scopes of OpenID Connect Core §5.4 and §11: they are about the account's own
// data and allow nothing here, so no administrator has them by being one.
var standard = []string{"openid", "profile", "email", "phone", "address", "offline_access"}

// IsPermission reports whether a scope is something that an account may or may not do, rather than
// one of OpenID Connect's.
func IsPermission(scope string) bool { return !slices.Contains(standard, scope) }

// Allows reports whether the token may do all of these. One with the scope that
// Options.Administrator names may do everything but what is OpenID Connect's.
func (c Claims) Allows(scopes ...string) bool {
	for _, s := range scopes {
		if covered := c.administers() && IsPermission(s); !covered && !slices.Contains(c.Scope, s) {
			return false
		}
	}
	return true
}

func (c Claims) administers() bool {
	return c.administrator != "" && slices.Contains(c.Scope, c.administrator)
}

// payload is the JSON of the claims.
type payload struct {
	Issuer    string    `json:"iss"`
	Subject   string    `json:"sub"`
	Audience  audience  `json:"aud"`
	Client    string    `json:"client_id"`
	ID        string    `json:"jti"`
	Scope     string    `json:"scope"`
	Grant     string    `json:"gid"`
	IssuedAt  timestamp `json:"iat"`
	NotBefore timestamp `json:"nbf"`
	Expires   timestamp `json:"exp"`
	AuthTime  timestamp `json:"auth_time"`
}

// audience is a string or a list of them (RFC 7519 §4.1.3).
type audience []string

// UnmarshalJSON implements json.Unmarshaler.
func (a *audience) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		*a = make(audience, 1)
		return json.Unmarshal(text, &(*a)[0])
	}
	return json.Unmarshal(text, (*[]string)(a))
}

// timestamp is a NumericDate (RFC 7519 §2); the zero value is one that is absent.
type timestamp struct{ time.Time }

var errTimestamp = errors.New("a time in it is not a number of seconds")

// UnmarshalJSON implements json.Unmarshaler. Fractions of a second are cut off.
func (t *timestamp) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	var seconds float64
	if json.Unmarshal(text, &seconds) != nil || seconds < 0 || seconds > 1e11 {
		return errTimestamp
	}
	t.Time = time.Unix(int64(seconds), 0)
	return nil
}

// claims checks that everything is there which RFC 9068 §2.2 requires.
func (p *payload) claims(keyID string) (Claims, error) {
	for name, value := range map[string]string{"sub": p.Subject, "client_id": p.Client, "jti": p.ID} {
		if value == "" {
			return Claims{}, errors.New("it has no " + name)
		}
	}
	if p.Expires.IsZero() || p.IssuedAt.IsZero() {
		return Claims{}, errors.New("it does not say when it was issued and when it expires")
	}
	return Claims{
		Subject: p.Subject, Client: p.Client, Scope: strings.Fields(p.Scope), Audience: p.Audience, ID: p.ID,
		Grant: p.Grant, KeyID: keyID, IssuedAt: p.IssuedAt.Time, Expires: p.Expires.Time, AuthTime: p.AuthTime.Time,
	}, nil
}
