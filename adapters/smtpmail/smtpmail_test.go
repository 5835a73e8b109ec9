package smtpmail_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"writ/adapters/smtpmail"
	"writ/ports"
	"writ/ports/portstest"
)

type still struct{}

func (still) Now() time.Time { return time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC) }

const from = `"Writ & Söhne" <writ@example.org>`

func post(t *testing.T, s *mailServer) *smtpmail.Post {
	t.Helper()
	p, err := smtpmail.New(s.url(), from, still{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestMail(t *testing.T) {
	portstest.Mail(t, func(t *testing.T) portstest.Postbox {
		s := serve(t)
		return portstest.Postbox{Mail: post(t, s), Taken: s.taken, Break: s.fail}
	})
}

func TestALetterSaysThatAProgramWroteIt(t *testing.T) {
	s := serve(t)
	if err := post(t, s).Post(t.Context(), ports.Letter{To: "ada@example.org", Subject: "s", Text: "t"}); err != nil {
		t.Fatal(err)
	}
	h := s.headers[0]
	sender, err := h.AddressList("From")
	if err != nil || sender[0].Name != "Writ & Söhne" || sender[0].Address != "writ@example.org" {
		t.Errorf("from %v, %v", sender, err)
	}
	if h.Get("Auto-Submitted") != "auto-generated" || h.Get("Message-Id") == "" || !strings.Contains(h.Get("Date"), "1 Mar 2026") {
		t.Errorf("the header is %v", h)
	}
}

// The server of the test knows no TLS: one elsewhere would not be told anything.
func TestASettingIsReadStrictly(t *testing.T) {
	for address, ok := range map[string]bool{
		"smtp://localhost": true, "smtps://u:p@mail.example.org": true, "smtp://u:p@mail.example.org:2525/": true,
		"": false, "http://mail.example.org": false, "smtp://": false, "mail.example.org:25": false,
		"smtp://u:p@mail.example.org:0": false, "smtp://u:hunter2@mail.example.org/path": false,
	} {
		_, err := smtpmail.New(address, from, still{})
		if (err == nil) != ok || err != nil && (!errors.Is(err, smtpmail.ErrURL) || strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, sender := range []string{"", "writ", "writ@example.org\r\nBcc: x@example.org"} {
		if _, err := smtpmail.New("smtp://localhost", sender, still{}); !errors.Is(err, smtpmail.ErrFrom) {
			t.Errorf("from %q: %v", sender, err)
		}
	}
}
