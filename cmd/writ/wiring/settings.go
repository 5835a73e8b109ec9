package wiring

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"writ/adapters/natsbus"
)

// Settings are what flags, the environment and a file may say, in this order of precedence.
type Settings struct {
	Listen     string   `name:"listen" env:"WRIT_LISTEN" default:"127.0.0.1:8080" help:"Address to serve on; port 0 picks one."`
	Issuer     string   `name:"issuer" env:"WRIT_ISSUER" help:"Issuer URL; default http://localhost and the port. https unless the host is loopback."`
	Audience   string   `name:"default-audience" env:"WRIT_AUDIENCE" help:"Audience of access tokens that name no resource; default the issuer."`
	Resources  []string `name:"resources" env:"WRIT_RESOURCES" help:"Further resources that every client may ask tokens for."`
	Dir        string   `name:"data-dir" env:"WRIT_DATA_DIR" default:"./data" help:"Embedded database and broker, generated keys."`
	Database   string   `name:"database-url" env:"WRIT_DATABASE_URL" help:"postgres://… ; empty: embedded SQLite."`
	DirectURL  string   `name:"database-direct-url" env:"WRIT_DATABASE_DIRECT_URL" help:"The same database without a pooler between; default the database URL."`
	Pool       int      `name:"database-pool" env:"WRIT_DATABASE_POOL" default:"8" help:"Connections to PostgreSQL at most."`
	NATS       string   `name:"nats-url" env:"WRIT_NATS_URL" help:"nats://…[,…] ; empty: embedded."`
	NATSCreds  string   `name:"nats-creds" env:"WRIT_NATS_CREDS" help:"File of credentials for the NATS server." type:"path"`
	NATSApart  string   `name:"nats-accounts-url" env:"WRIT_NATS_ACCOUNTS_URL" help:"The same, as a user who may read and reject account changes, where those are in a NATS account of their own."`
	ApartCreds string   `name:"nats-accounts-creds" env:"WRIT_NATS_ACCOUNTS_CREDS" help:"File of credentials of that user." type:"path"`
	NATSListen string   `name:"nats-listen" env:"WRIT_NATS_LISTEN" default:"127.0.0.1:4222" help:"Where the embedded broker listens; port 0 picks one; off: nowhere."`
	NATSCopies int      `name:"nats-replicas" env:"WRIT_NATS_REPLICAS" default:"1" help:"Copies of the streams in a NATS cluster."`
	Relay      bool     `name:"relay" env:"WRIT_RELAY" default:"true" negatable:"" help:"Whether this process may lead the relay; replicas that only answer can leave it to others."`
	MasterKey  string   `name:"master-key" env:"WRIT_MASTER_KEY" help:"Base64 of 32 bytes; several separated by commas, the first is current." hidden:""`
	MasterFile string   `name:"master-key-file" env:"WRIT_MASTER_KEY_FILE" help:"File with the master key." type:"path"`

	AccessTTL      time.Duration `name:"access-token-ttl" env:"WRIT_ACCESS_TOKEN_TTL" default:"15m" help:"Lifetime of access tokens."`
	RefreshTTL     time.Duration `name:"refresh-token-ttl" env:"WRIT_REFRESH_TOKEN_TTL" default:"720h" help:"Lifetime of a refresh token that is not used."`
	AbsoluteTTL    time.Duration `name:"refresh-absolute-ttl" env:"WRIT_REFRESH_ABSOLUTE_TTL" default:"4320h" help:"Lifetime of a family of refresh tokens."`
	ReuseWindow    time.Duration `name:"refresh-reuse-window" env:"WRIT_REFRESH_REUSE_WINDOW" default:"0s" help:"How long a spent refresh token may be repeated; 10s suits clients in several tabs."`
	CodeTTL        time.Duration `name:"code-ttl" env:"WRIT_CODE_TTL" default:"60s" help:"Lifetime of authorization codes."`
	DeviceTTL      time.Duration `name:"device-code-ttl" env:"WRIT_DEVICE_CODE_TTL" default:"10m" help:"Lifetime of device codes."`
	PollEvery      time.Duration `name:"device-poll-every" env:"WRIT_DEVICE_POLL_EVERY" default:"5s" help:"Interval between polls of a device."`
	DeviceRequests int           `name:"device-requests" env:"WRIT_DEVICE_REQUESTS" default:"600" help:"Device authorization requests a minute that a client may make from one source."`
	AccessAlg      string        `name:"access-token-alg" env:"WRIT_ACCESS_TOKEN_ALG" default:"ES256" help:"ES256, RS256 or EdDSA."`
	IDProfile      string        `name:"id-token-profile" env:"WRIT_ID_TOKEN_PROFILE" default:"on" enum:"on,off" help:"Whether name and e-mail stand in ID tokens."`

	PasskeyDomain    string   `name:"passkey-domain" env:"WRIT_PASSKEY_DOMAIN" help:"Domain that passkeys are made for; default the issuer's host."`
	Upstreams        []string `name:"upstreams" env:"WRIT_UPSTREAMS" help:"Other OpenID providers to sign in with: name=issuer;client_id;client_secret;label[,…]." hidden:""`
	UpstreamsFile    string   `name:"upstreams-file" env:"WRIT_UPSTREAMS_FILE" help:"File with the same, one a line." type:"path"`
	UpstreamNetworks []string `name:"upstream-networks" env:"WRIT_UPSTREAM_NETWORKS" help:"Networks that those providers may be in, besides public addresses."`

	LoginURL    string   `name:"login-url" env:"WRIT_LOGIN_URL" help:"Page to sign in on; default built in."`
	ConsentURL  string   `name:"consent-url" env:"WRIT_CONSENT_URL" help:"Page to consent on; default built in."`
	DeviceURL   string   `name:"device-consent-url" env:"WRIT_DEVICE_CONSENT_URL" help:"Page to enter device codes on; default built in."`
	BrandName   string   `name:"brand-name" env:"WRIT_BRAND_NAME" help:"What people know this server as; default the issuer's host."`
	BrandColor  string   `name:"brand-color" env:"WRIT_BRAND_COLOR" help:"The accent of the pages, #rrggbb; made lighter or darker where people could not see it."`
	BrandLogo   string   `name:"brand-logo" env:"WRIT_BRAND_LOGO" help:"File of an SVG or PNG picture, at most 64 KiB." type:"path"`
	WebOrigins  []string `name:"web-origins" env:"WRIT_WEB_ORIGINS" help:"Exact origins of custom frontends."`
	Proxies     []string `name:"trusted-proxies" env:"WRIT_TRUSTED_PROXIES" help:"Addresses whose forwarded headers count."`
	Permissions string   `name:"permissions-file" env:"WRIT_PERMISSIONS_FILE" help:"Catalogue of permissions, one a line; default Storyden's 34." type:"path"`
	Newcomers   []string `name:"default-permissions" env:"WRIT_DEFAULT_PERMISSIONS" help:"What a new account holds when nothing is said."`
	CLIClient   string   `name:"cli-client-id" env:"WRIT_CLI_CLIENT_ID" default:"storyden-cli" help:"Id of the built-in command line client."`
	PublishAll  string   `name:"publish-issuance" env:"WRIT_PUBLISH_ISSUANCE" default:"off" enum:"on,off" help:"Publish client-credentials issuances, too."`
	LogLevel    string   `name:"log-level" env:"WRIT_LOG_LEVEL" default:"info" enum:"debug,info,warn,error" help:"Least level that is logged."`

	SignUp       string   `name:"sign-up" env:"WRIT_SIGN_UP" default:"on" enum:"on,off" help:"Whether people may open accounts by themselves."`
	PhoneRegion  string   `name:"phone-region" env:"WRIT_PHONE_REGION" help:"Where phone numbers without a country code are, such as DE; default nowhere."`
	SMSCountries []string `name:"sms-countries" env:"WRIT_SMS_COUNTRIES" help:"Regions whose numbers are sent texts, such as DE,AT,CH; default all."`
	SMSProvider  string   `name:"sms-provider" env:"WRIT_SMS_PROVIDER" help:"Who sends text messages: console (the log; to develop), twilio, webhook or nats; empty: nobody, and nobody signs in by phone." enum:",console,twilio,webhook,nats" default:""`
	SMSURL       string   `name:"sms-url" env:"WRIT_SMS_URL" help:"Address of the webhook, or of an API like Twilio's; default Twilio's own."`
	SMSAccount   string   `name:"sms-account" env:"WRIT_SMS_ACCOUNT" help:"Account SID at Twilio."`
	SMSSecret    string   `name:"sms-secret" env:"WRIT_SMS_SECRET" help:"Token of the account at Twilio, or the secret that the webhook is signed with (whsec_…)." hidden:""`
	SMSFrom      string   `name:"sms-from" env:"WRIT_SMS_FROM" help:"Number, name or messaging service (MG…) that texts come from at Twilio."`
	SMSSubject   string   `name:"sms-subject" env:"WRIT_SMS_SUBJECT" default:"writ.texts" help:"Subject of the requests to send a text, with nats."`
	SMSHourly    int      `name:"sms-hourly" env:"WRIT_SMS_HOURLY" default:"500" help:"Text messages that are sent in an hour at most, whoever asks."`
	SMTPURL      string   `name:"smtp-url" env:"WRIT_SMTP_URL" help:"smtp://user:password@host:587 or smtps://…; console: letters become lines of the log; empty: none are sent."`
	MailFrom     string   `name:"mail-from" env:"WRIT_MAIL_FROM" help:"Who letters come from, such as Writ <writ@example.org>."`
}

// path is a file in the data directory.
func (s Settings) path(name string) string { return filepath.Join(s.Dir, name) }

// Embedded reports whether the database is SQLite in the data directory.
func (s Settings) Embedded() bool { return s.Database == "" }

// prepare makes the data directory.
func (s Settings) prepare() error { return os.MkdirAll(s.Dir, 0o700) }

// ServedIssuer is the issuer of the server that runs on these settings. Where the port was picked
// by the system it asks the running server's data directory.
func (s Settings) ServedIssuer() (string, error) {
	if s.Issuer != "" {
		return s.Issuer, nil
	}
	if address, err := os.ReadFile(s.path(listenFile)); err == nil {
		s.Listen = strings.TrimSpace(string(address))
	}
	server, err := s.Server()
	if err != nil {
		return "", err
	}
	return server.Issuer, nil
}

// broker says how an external broker is reached.
func (s Settings) broker(log *slog.Logger) natsbus.ConnectOptions {
	return natsbus.ConnectOptions{
		URL: s.NATS, Credentials: s.NATSCreds, AccountsURL: s.NATSApart, AccountsCredentials: s.ApartCreds, Log: log,
	}
}

// Subscriber is where and with which credentials the published events can be read.
func (s Settings) Subscriber() (url, credentials string) {
	if s.NATS != "" {
		return s.NATS, s.NATSCreds
	}
	url = "nats://" + s.NATSListen
	if served, err := os.ReadFile(s.path(subscribeFile)); err == nil {
		url = strings.TrimSpace(string(served))
	}
	return url, s.path(natsbus.SubscriberCredentials)
}

// subscribeFile is where a server writes where its embedded broker listens, in its data directory.
const subscribeFile = "nats-listen"

// listenFile is where a server writes the address that it serves on, in its data directory.
const listenFile = "listen"
