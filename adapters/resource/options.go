package resource

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Options say whose tokens a service accepts. Issuer and Audiences are required; the zero value of
// everything else is what most services want.
type Options struct {
	// Issuer is the authorization server, exactly as its tokens and its metadata name it.
	Issuer string
	// Audiences are the names of this service. A token must be meant for one of them, or it could
	// have been taken from a client of another service (RFC 9068 §4).
	Audiences []string

	// KeySetURL is where the public keys are. Empty: asked from the issuer's metadata (RFC 8414).
	KeySetURL string
	// Algorithms are those that a signature may have. Empty: ES256, RS256 and EdDSA, which are all
	// that there are here.
	Algorithms []string
	// Leeway is by how much clocks may differ. 0: 10 seconds; negative: not at all.
	Leeway time.Duration
	// KeysLast is for how long keys are used that could not be fetched again. 0: 24 hours. An issuer
	// that is away for longer than its tokens live has none left that is good.
	KeysLast time.Duration
	// Administrator is a scope that allows everything but the scopes of OpenID Connect, such as
	// "ADMINISTRATOR". Empty: none does.
	Administrator string
	// Standing knows what happened to tokens since they were issued. Nil: a token is good until it
	// expires.
	Standing Standing

	// Realm is named in challenges. Empty: the first audience.
	Realm string
	// Metadata is the URL of this service's metadata (RFC 9728), named in challenges. Empty: none.
	Metadata string

	// Client fetches metadata and keys. Nil: one that gives up after 10 seconds and follows no
	// redirect.
	Client *http.Client
	// AllowPlainHTTP permits http where the host is not this machine. Whoever can change what is
	// fetched can sign tokens.
	AllowPlainHTTP bool
	// Log is told what is wrong with the issuer, and why tokens are refused (at debug level; never
	// the tokens). Nil: slog.Default().
	Log *slog.Logger
	// Clock is the time. Nil: time.Now.
	Clock func() time.Time
}

const (
	defaultLeeway   = 10 * time.Second
	defaultKeysLast = 24 * time.Hour
	fetchWithin     = 10 * time.Second
)

// complete fills in what was left out.
func (o Options) complete() Options {
	o.Algorithms = slices.Clone(o.Algorithms)
	if len(o.Algorithms) == 0 {
		o.Algorithms = []string{"ES256", "RS256", "EdDSA"}
	}
	o.Audiences = slices.Clone(o.Audiences)
	if o.Realm == "" && len(o.Audiences) > 0 {
		o.Realm = o.Audiences[0]
	}
	if o.Leeway == 0 {
		o.Leeway = defaultLeeway
	}
	o.Leeway = max(o.Leeway, 0)
	if o.KeysLast <= 0 {
		o.KeysLast = defaultKeysLast
	}
	return o.connect()
}

// connect fills in what reaches out of the package.
func (o Options) connect() Options {
	if o.Client == nil {
		o.Client = &http.Client{
			Timeout:       fetchWithin,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Clock == nil {
		o.Clock = time.Now //nolint:forbidigo // whoever uses this package has no other clock at hand
	}
	return o
}

// check reports all mistakes at once.
func (o Options) check() error {
	return errors.Join(
		o.checkURL("Issuer", o.Issuer, true), o.checkURL("KeySetURL", o.KeySetURL, false),
		o.checkURL("Metadata", o.Metadata, false), o.checkAudiences(), o.checkAlgorithms(),
		quotable("Realm", o.Realm), quotable("Metadata", o.Metadata),
	)
}

func (o Options) checkURL(field, text string, required bool) error {
	if text == "" && !required {
		return nil
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", field, err)
	case u.Host == "" || u.Fragment != "" || u.User != nil:
		return fmt.Errorf("%s: %q is not the URL of a server", field, text)
	case u.Scheme == "https", u.Scheme == "http" && (o.AllowPlainHTTP || isHere(u.Hostname())):
		return nil
	default:
		return fmt.Errorf("%s: %q is not https, which only the host itself and AllowPlainHTTP excuse", field, text)
	}
}

// isHere reports whether a host is this machine.
func isHere(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

func (o Options) checkAudiences() error {
	if len(o.Audiences) == 0 || slices.Contains(o.Audiences, "") {
		return errors.New("Audiences: name this service, so that tokens for others are refused") //nolint:staticcheck // ST1005: the name of a field
	}
	return nil
}

func (o Options) checkAlgorithms() error {
	for _, alg := range o.Algorithms {
		if methods[alg] == nil {
			return fmt.Errorf("Algorithms: %q is none of ES256, RS256 and EdDSA", alg) //nolint:staticcheck // ST1005: the name of a field
		}
	}
	return nil
}

// quotable reports what cannot stand between quotes in a header (RFC 9110 §5.6.4).
func quotable(field, text string) error {
	for _, r := range text {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return fmt.Errorf("%s: %q cannot stand in a header", field, text)
		}
	}
	return nil
}
