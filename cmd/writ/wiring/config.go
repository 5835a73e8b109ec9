package wiring

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"writ/adapters/natsbus"
	"writ/domain/oauth"
)

// mistakes collects what is wrong with settings, so that all of it is said at once.
type mistakes []error

func (m *mistakes) add(setting, format string, args ...any) {
	*m = append(*m, fmt.Errorf("%s: %s", setting, fmt.Sprintf(format, args...)))
}

// Server checks the settings and makes of them what the server is. The error names every setting
// that is wrong.
func (s Settings) Server() (*oauth.Server, error) {
	var m mistakes
	server := &oauth.Server{
		Issuer:    s.issuer(&m),
		Resources: s.Resources,
		AccessAlg: s.alg(&m),
		Lifetimes: oauth.Lifetimes{
			Access: s.AccessTTL, Idle: s.RefreshTTL, Absolute: s.AbsoluteTTL,
			Code: s.CodeTTL, DeviceCode: s.DeviceTTL, PollEvery: s.PollEvery,
		},
		ReuseWindow: s.ReuseWindow,
		ProfileInID: s.IDProfile != "off",
		CLIClient:   oauth.ClientID(s.CLIClient),
		Vocabulary:  s.vocabulary(&m),
	}
	server.Audience = server.Issuer
	if s.Audience != "" {
		server.Audience = s.Audience
	}
	server.NewcomerHolds = s.newcomers(server.Vocabulary, &m)
	s.checkLifetimes(&m)
	s.checkNetwork(&m)
	s.checkAddresses(&m)
	s.checkWays(server.Issuer, &m)
	s.checkProofs(&m)
	s.brand(&m)
	return server, errors.Join(m...)
}

// issuer is the issuer, which follows the listener's port when it is not set.
func (s Settings) issuer(m *mistakes) string {
	if s.Issuer == "" {
		_, port, _ := net.SplitHostPort(s.Listen)
		return "http://" + net.JoinHostPort("localhost", port)
	}
	u, err := url.Parse(s.Issuer)
	switch {
	case err != nil, u.Host == "", u.RawQuery != "", u.Fragment != "", u.User != nil:
		m.add("WRIT_ISSUER", "must be a URL without query, fragment and user, such as https://id.example.org")
	case u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())):
		m.add("WRIT_ISSUER", "must be https unless the host is loopback")
	case strings.HasSuffix(s.Issuer, "/"):
		m.add("WRIT_ISSUER", "must not end with a slash")
	}
	return s.Issuer
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

func (s Settings) alg(m *mistakes) oauth.SigningAlg {
	alg, ok := oauth.ParseSigningAlg(s.AccessAlg)
	if !ok {
		m.add("WRIT_ACCESS_TOKEN_ALG", "must be ES256, RS256 or EdDSA, not %q", s.AccessAlg)
	}
	return alg
}

// vocabulary reads the catalogue of permissions: one a line, # begins a comment.
func (s Settings) vocabulary(m *mistakes) *oauth.Vocabulary {
	permissions := oauth.DefaultPermissions
	if s.Permissions != "" {
		text, err := os.ReadFile(s.Permissions)
		if err != nil {
			m.add("WRIT_PERMISSIONS_FILE", "%v", err)
		}
		permissions = lines(string(text))
	}
	for _, needed := range []string{oauth.UseOAuthClients, oauth.Administrator} {
		if !slices.Contains(permissions, needed) {
			permissions = append(slices.Clone(permissions), needed)
		}
	}
	v, err := oauth.NewVocabulary(permissions)
	if err != nil {
		m.add("WRIT_PERMISSIONS_FILE", "%v", err)
		v, _ = oauth.NewVocabulary(nil)
	}
	return v
}

func lines(text string) []string {
	var found []string
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" {
			found = append(found, line)
		}
	}
	return found
}

func (s Settings) newcomers(v *oauth.Vocabulary, m *mistakes) oauth.Scope {
	if s.Newcomers == nil {
		return oauth.MemberPermissions.Within(v.Permissions())
	}
	held := oauth.NewScope(s.Newcomers...)
	if unknown := held.Without(v.Permissions()); unknown != "" {
		m.add("WRIT_DEFAULT_PERMISSIONS", "%s is not in the catalogue", unknown)
	}
	return v.Canonical(held)
}

func (s Settings) checkLifetimes(m *mistakes) {
	for _, l := range []struct {
		setting     string
		value       time.Duration
		least, most time.Duration
	}{
		{"WRIT_ACCESS_TOKEN_TTL", s.AccessTTL, time.Second, 24 * time.Hour},
		{"WRIT_REFRESH_TOKEN_TTL", s.RefreshTTL, time.Second, 10 * 365 * 24 * time.Hour},
		{"WRIT_REFRESH_ABSOLUTE_TTL", s.AbsoluteTTL, time.Second, 10 * 365 * 24 * time.Hour},
		{"WRIT_CODE_TTL", s.CodeTTL, time.Second, 10 * time.Minute},
		{"WRIT_DEVICE_CODE_TTL", s.DeviceTTL, time.Second, 15 * time.Minute},
		{"WRIT_DEVICE_POLL_EVERY", s.PollEvery, time.Second, time.Minute},
		{"WRIT_REFRESH_REUSE_WINDOW", s.ReuseWindow, 0, 10 * time.Minute},
	} {
		if l.value < l.least || l.value > l.most {
			m.add(l.setting, "must be from %s to %s, not %s", l.least, l.most, l.value)
		}
	}
}

// checkAddresses looks at what is put into answers: a wrong one is noticed only by whoever is sent
// there.
func (s Settings) checkAddresses(m *mistakes) {
	for setting, page := range map[string]string{
		"WRIT_LOGIN_URL": s.LoginURL, "WRIT_CONSENT_URL": s.ConsentURL, "WRIT_DEVICE_CONSENT_URL": s.DeviceURL,
	} {
		u, err := url.Parse(page)
		if page != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.Fragment != "") {
			m.add(setting, "must be an absolute URL without a fragment, such as https://www.example.org/page")
		}
	}
	for _, r := range s.Resources {
		if _, err := oauth.ParseResource(r); err != nil {
			m.add("WRIT_RESOURCES", "%q is not an absolute URI without a fragment", r)
		}
	}
	if _, _, err := net.SplitHostPort(s.NATSListen); err != nil && s.NATSListen != natsbus.ListenOff {
		m.add("WRIT_NATS_LISTEN", "must be host:port or %s, not %q", natsbus.ListenOff, s.NATSListen)
	}
}

func (s Settings) checkNetwork(m *mistakes) {
	if _, _, err := net.SplitHostPort(s.Listen); err != nil {
		m.add("WRIT_LISTEN", "must be host:port, not %q", s.Listen)
	}
	for _, o := range s.WebOrigins {
		u, err := url.Parse(o)
		if err != nil || u.Host == "" || o != u.Scheme+"://"+u.Host {
			m.add("WRIT_WEB_ORIGINS", "%q is not an origin, such as https://www.example.org", o)
		}
	}
	for _, p := range s.Proxies {
		_, noAddress := netip.ParseAddr(p)
		_, noPrefix := netip.ParsePrefix(p)
		if noAddress != nil && noPrefix != nil {
			m.add("WRIT_TRUSTED_PROXIES", "%q is neither an address nor a prefix", p)
		}
	}
	s.checkDatabase(m)
	s.checkBroker(m)
	if s.DeviceRequests < 1 {
		m.add("WRIT_DEVICE_REQUESTS", "must be at least 1")
	}
}

func (s Settings) checkBroker(m *mistakes) {
	for setting, list := range map[string]string{"WRIT_NATS_URL": s.NATS, "WRIT_NATS_ACCOUNTS_URL": s.NATSApart} {
		for broker := range strings.SplitSeq(list, ",") {
			u, err := url.Parse(broker)
			if list != "" && (err != nil || u.Host == "" || !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme)) {
				m.add(setting, "must be nats://host:port, or several separated by commas")
			}
		}
	}
	if s.NATS == "" && (s.NATSApart != "" || s.ApartCreds != "") {
		m.add("WRIT_NATS_ACCOUNTS_URL", "needs WRIT_NATS_URL: the embedded broker keeps account changes apart by itself")
	}
}

func (s Settings) checkDatabase(m *mistakes) {
	if s.Pool < 1 {
		m.add("WRIT_DATABASE_POOL", "must be at least 1")
	}
	if s.Embedded() {
		return
	}
	for setting, address := range map[string]string{"WRIT_DATABASE_URL": s.Database, "WRIT_DATABASE_DIRECT_URL": s.DirectURL} {
		_, err := pgx.ParseConfig(address)
		if address != "" && (err != nil || !strings.HasPrefix(address, "postgres")) {
			m.add(setting, "must be postgres://user@host/database") // the reason could show a password
		}
	}
	if s.MasterKey == "" && s.MasterFile == "" {
		m.add("WRIT_MASTER_KEY", "is required with PostgreSQL, or WRIT_MASTER_KEY_FILE")
	}
}
