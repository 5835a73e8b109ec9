package wiring_test

import (
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/fx"

	"writ/adapters/metrics"
	"writ/cmd/writ/wiring"
	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

// defaults are the settings that the command line begins with.
func defaults(dir string) wiring.Settings {
	return wiring.Settings{
		Listen: "127.0.0.1:8080", Dir: dir, Pool: 8, Relay: true, DeviceRequests: 600, NATSListen: "off", NATSCopies: 1,
		AccessTTL: 15 * time.Minute, RefreshTTL: 720 * time.Hour, AbsoluteTTL: 4320 * time.Hour,
		CodeTTL: time.Minute, DeviceTTL: 10 * time.Minute, PollEvery: 5 * time.Second,
		AccessAlg: "ES256", IDProfile: "on", CLIClient: "storyden-cli", PublishAll: "off", LogLevel: "info",
		SignUp: "on", SMSSubject: "writ.texts", SMSHourly: 500,
	}
}

func TestEveryRoleIsPlayed(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	err := fx.ValidateApp(
		wiring.Core(defaults(t.TempDir()), log), wiring.Proofs, wiring.Messaging, wiring.Background, wiring.HTTP,
		fx.Provide(func() net.Listener { return nil }, func() *metrics.Metrics { return nil }))
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheServerFollowsTheSettings(t *testing.T) {
	s := defaults(t.TempDir())
	s.Listen = "127.0.0.1:9999"
	server, err := s.Server()
	if err != nil {
		t.Fatal(err)
	}
	if server.Issuer != "http://localhost:9999" || server.Audience != server.Issuer {
		t.Errorf("issuer %q, audience %q", server.Issuer, server.Audience)
	}
	if server.NewcomerHolds != oauth.MemberPermissions {
		t.Errorf("newcomers hold %q", server.NewcomerHolds)
	}
}

func TestThePermissionsAreConfiguration(t *testing.T) {
	file := filepath.Join(t.TempDir(), "permissions")
	err := os.WriteFile(file, []byte("# ours\nREAD\nWRITE # and more\n\n"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	s := defaults(t.TempDir())
	s.Permissions, s.Newcomers = file, []string{"WRITE"}
	server, err := s.Server()
	if err != nil {
		t.Fatal(err)
	}
	if got := server.Vocabulary.Permissions(); got != "READ WRITE USE_OAUTH_CLIENTS ADMINISTRATOR" {
		t.Errorf("permissions %q", got)
	}
	if server.NewcomerHolds != "WRITE" {
		t.Errorf("newcomers hold %q", server.NewcomerHolds)
	}
}

func TestAllMistakesAreSaidAtOnceAndByName(t *testing.T) {
	s := defaults(t.TempDir())
	s.Listen, s.Issuer, s.Database = "nowhere", "http://id.example.org", "mysql://x"
	s.AccessAlg, s.CodeTTL, s.Pool = "HS256", time.Hour, 0
	s.WebOrigins, s.Proxies = []string{"https://a.example/path"}, []string{"everybody"}
	s.Newcomers = []string{"FLY"}
	s.LoginURL, s.ConsentURL, s.DeviceURL = "login", "javascript:alert(1)", "https://www.example.org/#device"
	s.Resources, s.NATSListen, s.NATSApart = []string{"api"}, "4222", "accounts.example.org"
	s.BrandName, s.BrandColor, s.BrandLogo = "A\nB", "red", filepath.Join(s.Dir, "none.svg")
	_, err := s.Server()
	if err == nil {
		t.Fatal("nothing is said")
	}
	for _, name := range []string{
		"WRIT_LISTEN", "WRIT_ISSUER", "WRIT_DATABASE_URL", "WRIT_MASTER_KEY", "WRIT_ACCESS_TOKEN_ALG", "WRIT_CODE_TTL",
		"WRIT_DATABASE_POOL", "WRIT_WEB_ORIGINS", "WRIT_TRUSTED_PROXIES", "WRIT_DEFAULT_PERMISSIONS",
		"WRIT_LOGIN_URL", "WRIT_CONSENT_URL", "WRIT_DEVICE_CONSENT_URL", "WRIT_RESOURCES", "WRIT_NATS_LISTEN", "WRIT_NATS_ACCOUNTS_URL",
		"WRIT_BRAND_NAME", "WRIT_BRAND_COLOR", "WRIT_BRAND_LOGO",
	} {
		if !strings.Contains(err.Error(), name+":") {
			t.Errorf("nothing is said about %s in:\n%v", name, err)
		}
	}
}

func TestAnIssuerIsHTTPSUnlessItIsHere(t *testing.T) {
	req.Covers(t, "R-001")
	for issuer, good := range map[string]bool{
		"https://id.example.org":        true,
		"https://id.example.org/writ":   true,
		"http://localhost:8080":         true,
		"http://127.0.0.1:8080":         true,
		"http://[::1]:8080":             true,
		"http://id.example.org":         false,
		"http://localhost.evil.example": false,
		"https://id.example.org/":       false,
		"https://id.example.org?x=1":    false,
		"https://u:p@id.example.org":    false,
		"ftp://id.example.org":          false,
		"id.example.org":                false,
	} {
		s := defaults(t.TempDir())
		s.Issuer = issuer
		_, err := s.Server()
		if (err == nil) != good {
			t.Errorf("issuer %s: %v", issuer, err)
		}
	}
}
