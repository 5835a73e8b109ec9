package wiring_test

import (
	"strings"
	"testing"

	"writ/cmd/writ/wiring"
)

func TestTheSettingsOfMessagesAreChecked(t *testing.T) {
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	for name, tc := range map[string]struct {
		change func(*wiring.Settings)
		want   []string // the settings that are named; none: it is good
	}{
		"nothing is sent":     {func(*wiring.Settings) {}, nil},
		"to the console":      {func(s *wiring.Settings) { s.SMSProvider, s.SMTPURL = "console", "console" }, nil},
		"by somebody unknown": {func(s *wiring.Settings) { s.SMSProvider = "pigeon" }, []string{"WRIT_SMS_PROVIDER"}},
		"by Twilio": {func(s *wiring.Settings) {
			s.SMSProvider, s.SMSAccount, s.SMSSecret, s.SMSFrom = "twilio", "AC1", "t", "Writ"
		}, nil},
		"by Twilio for nothing": {func(s *wiring.Settings) { s.SMSProvider = "twilio" }, []string{"WRIT_SMS_ACCOUNT", "WRIT_SMS_SECRET", "WRIT_SMS_FROM"}},
		"by a webhook": {func(s *wiring.Settings) {
			s.SMSProvider, s.SMSURL, s.SMSSecret = "webhook", "https://sms.example.org/x", secret
		}, nil},
		"by a webhook here": {func(s *wiring.Settings) {
			s.SMSProvider, s.SMSURL, s.SMSSecret = "webhook", "http://127.0.0.1:1/x", secret
		}, nil},
		"by a webhook in clear": {func(s *wiring.Settings) {
			s.SMSProvider, s.SMSURL, s.SMSSecret = "webhook", "http://sms.example.org", secret
		}, []string{"WRIT_SMS_URL"}},
		"by a webhook nowhere": {func(s *wiring.Settings) { s.SMSProvider, s.SMSSecret = "webhook", "hunter2" }, []string{"WRIT_SMS_URL", "WRIT_SMS_SECRET"}},
		"by NATS":              {func(s *wiring.Settings) { s.SMSProvider, s.NATS = "nats", "nats://127.0.0.1:4222" }, nil},
		"by the embedded NATS": {func(s *wiring.Settings) { s.SMSProvider = "nats" }, []string{"WRIT_SMS_PROVIDER"}},
		"never":                {func(s *wiring.Settings) { s.SMSHourly = 0 }, []string{"WRIT_SMS_HOURLY"}},
		"numbers of nowhere":   {func(s *wiring.Settings) { s.PhoneRegion = "XX" }, []string{"WRIT_PHONE_REGION"}},
		"letters": {func(s *wiring.Settings) {
			s.SMTPURL, s.MailFrom = "smtps://u:hunter2@mail.example.org", "writ@example.org"
		}, nil},
		"letters of nobody":  {func(s *wiring.Settings) { s.SMTPURL = "smtp://localhost" }, []string{"WRIT_MAIL_FROM"}},
		"letters to nowhere": {func(s *wiring.Settings) { s.SMTPURL, s.MailFrom = "https://u:hunter2@x", "writ@example.org" }, []string{"WRIT_SMTP_URL"}},
	} {
		s := defaults(t.TempDir())
		tc.change(&s)
		_, err := s.Server()
		if (err != nil) != (len(tc.want) > 0) {
			t.Errorf("%s: %v", name, err)
		}
		for _, setting := range tc.want {
			if !strings.Contains(err.Error(), setting+":") || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: nothing is said about %s, or too much, in %v", name, setting, err)
			}
		}
	}
}
