package wiring

import (
	"cmp"
	"errors"
	"log/slog"
	"net/url"
	"strings"

	"go.uber.org/fx"

	"writ/adapters/bunstore"
	"writ/adapters/console"
	"writ/adapters/httpapi"
	"writ/adapters/natsbus"
	"writ/adapters/passwordlist"
	"writ/adapters/phonenumber"
	"writ/adapters/smtpmail"
	"writ/adapters/twilio"
	"writ/adapters/webhook"
	"writ/application/maintain"
	"writ/application/signin"
	"writ/domain/oauth"
	"writ/ports"
)

// Proofs are what is known of people by codes and links that are sent to them, and who sends these.
var Proofs = fx.Module("proofs",
	fx.Provide(
		newTexts,
		newMail,
		newProver,
		fx.Annotate(passwordlist.New, fx.As(new(ports.FrequentPasswords))),
		func(s Settings) (ports.PhoneNumbers, error) { return phonenumber.New(s.PhoneRegion, s.SMSCountries...) },
		func(s Settings) signin.SignUpPolicy { return s.SignUp != "off" },
		signin.NewArrival,
		signin.NewPhoneStart,
		signin.NewPhoneFinish,
		signin.NewEmailStart,
		signin.NewEmailFinish,
		signin.NewSignUp,
		signin.NewSignUpFinish,
		signin.NewResetStart,
		signin.NewResetFinish,
		signin.NewContactStart,
		signin.NewContactFinish,
		maintain.NewContacts,
	),
	plays[ports.Challenges, *bunstore.Store](),
	plays[ports.Quotas, *bunstore.Store](),
)

// texting is who sends texts; nobody, when it is empty.
type texting struct{ ports.Texts }

// mailing is who sends letters; nobody, when it is empty.
type mailing struct{ ports.Mail }

// textsIn is what a sender of texts may stand on.
type textsIn struct {
	fx.In
	Settings Settings
	Clock    ports.Clock
	Entropy  ports.Entropy
	Broker   *natsbus.Broker
	Log      *slog.Logger
}

func newTexts(in textsIn) (texting, error) {
	s := in.Settings
	switch s.SMSProvider {
	case "console":
		in.Log.Warn("codes by text are written to this log: whoever reads it can sign in", "setting", "WRIT_SMS_PROVIDER")
		return texting{console.New(in.Log)}, nil
	case "twilio":
		return texting{twilio.New(twilio.Options{
			URL: s.SMSURL, Account: s.SMSAccount, Token: oauth.Secret(s.SMSSecret), From: s.SMSFrom,
		})}, nil
	case "webhook":
		key, err := webhook.ParseKey(oauth.Secret(s.SMSSecret))
		return texting{webhook.New(s.SMSURL, key, in.Clock, in.Entropy)}, named("WRIT_SMS_SECRET", err)
	case "nats":
		return texting{natsbus.NewTexts(in.Broker, s.SMSSubject)}, nil
	default:
		return texting{}, nil
	}
}

// mailToLog is the address of a mail server that is none.
const mailToLog = "console"

func newMail(s Settings, c ports.Clock, log *slog.Logger) (mailing, error) {
	switch s.SMTPURL {
	case "":
		return mailing{}, nil
	case mailToLog:
		log.Warn("letters are written to this log: whoever reads it can sign in", "setting", "WRIT_SMTP_URL")
		return mailing{console.New(log)}, nil
	default:
		post, err := smtpmail.New(s.SMTPURL, s.MailFrom, c)
		return mailing{post}, named("WRIT_SMTP_URL", err)
	}
}

// proverIn is what proofs stand on.
type proverIn struct {
	fx.In
	Settings   Settings
	Server     *oauth.Server
	Challenges ports.Challenges
	Quotas     ports.Quotas
	Finder     ports.Finder
	Digests    ports.Digester
	Vault      ports.Vault
	Attempts   signin.Attempts
	Numbers    ports.PhoneNumbers
	Texts      texting
	Mail       mailing
	Keys       oauth.TokenKeys
	Clock      ports.Clock
	Entropy    ports.Entropy
}

func newProver(in proverIn) (*signin.Prover, error) {
	policy, err := in.Settings.proofPolicy(in.Server)
	return signin.NewProver(signin.ProofRoles{
		Challenges: in.Challenges, Quotas: in.Quotas, Finder: in.Finder, Digests: in.Digests, Vault: in.Vault,
		Failures: in.Attempts.BySource, Numbers: in.Numbers, Texts: in.Texts.Texts, Mail: in.Mail.Mail,
		Keys: in.Keys, Clock: in.Clock, Entropy: in.Entropy,
	}, policy), err
}

// proofPolicy says how messages call the server, and where their links lead: to its own pages, or to
// the frontend's page to sign in on, which is told what the link is for.
func (s Settings) proofPolicy(server *oauth.Server) (signin.ProofPolicy, error) {
	issuer, err := url.Parse(server.Issuer)
	if err != nil {
		return signin.ProofPolicy{}, err
	}
	root := *issuer
	root.Path = strings.TrimSuffix(strings.TrimSuffix(issuer.Path, "/"), "/api") // the pages are beside the API
	own := func(path string) string { return root.JoinPath(path).String() }
	links := signin.Links{SignIn: own("/login/link"), SignUp: own("/sign-up/link"), Reset: own("/reset")}
	host := issuer.Hostname()
	if s.LoginURL != "" {
		page, err := url.Parse(s.LoginURL)
		if err != nil {
			return signin.ProofPolicy{}, named("WRIT_LOGIN_URL", err)
		}
		host = page.Hostname()
		links = signin.Links{SignIn: forPurpose(*page, "sign_in"), SignUp: forPurpose(*page, "sign_up"), Reset: forPurpose(*page, "reset")}
	}
	return signin.ProofPolicy{
		Name: cmp.Or(s.BrandName, issuer.Hostname()), Host: host, Links: links, TextsHourly: s.SMSHourly,
	}, nil
}

func forPurpose(page url.URL, purpose string) string {
	query := page.Query()
	query.Set("purpose", purpose)
	page.RawQuery = query.Encode()
	return page.String()
}

// checkProofs looks at the settings of messages.
func (s Settings) checkProofs(m *mistakes) {
	if _, err := phonenumber.New(s.PhoneRegion); err != nil {
		m.add("WRIT_PHONE_REGION", "%v", err)
	}
	if _, err := phonenumber.New("", s.SMSCountries...); err != nil {
		m.add("WRIT_SMS_COUNTRIES", "%v", err)
	}
	if s.SMSHourly < 1 {
		m.add("WRIT_SMS_HOURLY", "must be at least 1")
	}
	s.checkTexts(m)
	if s.SMTPURL == "" || s.SMTPURL == mailToLog {
		return
	}
	_, err := smtpmail.New(s.SMTPURL, s.MailFrom, nil)
	switch {
	case errors.Is(err, smtpmail.ErrFrom):
		m.add("WRIT_MAIL_FROM", "%v", err)
	case err != nil:
		m.add("WRIT_SMTP_URL", "%v, or %s", err, mailToLog)
	}
}

func (s Settings) checkTexts(m *mistakes) {
	if s.SMSURL != "" && !isConfidential(s.SMSURL) || s.SMSURL == "" && s.SMSProvider == "webhook" {
		m.add("WRIT_SMS_URL", "must be an absolute https URL; http only on this machine")
	}
	switch s.SMSProvider {
	case "", "console":
	case "twilio":
		s.checkTwilio(m)
	case "webhook":
		if _, err := webhook.ParseKey(oauth.Secret(s.SMSSecret)); err != nil {
			m.add("WRIT_SMS_SECRET", "%v", err)
		}
	case "nats":
		s.checkTextsOverNATS(m)
	default:
		m.add("WRIT_SMS_PROVIDER", "must be console, twilio, webhook or nats, not %q", s.SMSProvider)
	}
}

// isConfidential reports whether what is sent to an address can be read there only.
func isConfidential(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()))
}

func (s Settings) checkTwilio(m *mistakes) {
	for setting, value := range map[string]string{"WRIT_SMS_ACCOUNT": s.SMSAccount, "WRIT_SMS_SECRET": s.SMSSecret, "WRIT_SMS_FROM": s.SMSFrom} {
		if value == "" {
			m.add(setting, "is required with WRIT_SMS_PROVIDER=twilio")
		}
	}
}

func (s Settings) checkTextsOverNATS(m *mistakes) {
	if s.NATS == "" {
		m.add("WRIT_SMS_PROVIDER", "nats needs WRIT_NATS_URL: on the embedded broker nobody else may listen for texts")
	}
	if s.SMSSubject == "" || strings.ContainsAny(s.SMSSubject, " *>") {
		m.add("WRIT_SMS_SUBJECT", "must be one subject, such as writ.texts")
	}
}

// proofsIn is what the endpoints of proofs call.
type proofsIn struct {
	fx.In
	PhoneStart    *signin.PhoneStart
	PhoneFinish   *signin.PhoneFinish
	EmailStart    *signin.EmailStart
	EmailFinish   *signin.EmailFinish
	SignUp        *signin.SignUp
	SignUpFinish  *signin.SignUpFinish
	ResetStart    *signin.ResetStart
	ResetFinish   *signin.ResetFinish
	ContactStart  *signin.ContactStart
	ContactFinish *signin.ContactFinish
	Contacts      *maintain.Contacts
}

func (in proofsIn) useCases() httpapi.ProofUseCases {
	return httpapi.ProofUseCases{
		PhoneStart: in.PhoneStart, PhoneFinish: in.PhoneFinish, EmailStart: in.EmailStart, EmailFinish: in.EmailFinish,
		SignUp: in.SignUp, SignUpFinish: in.SignUpFinish, ResetStart: in.ResetStart, ResetFinish: in.ResetFinish,
		ContactStart: in.ContactStart, ContactFinish: in.ContactFinish, Contacts: in.Contacts,
	}
}
