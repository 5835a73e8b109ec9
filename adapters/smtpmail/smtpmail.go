package smtpmail

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"writ/ports"
)

var _ ports.Mail = (*Post)(nil)

// sendWithin bounds how long the mail server may take for one letter.
const sendWithin = 8 * time.Second

// Refusals of New.
var (
	ErrURL  = errors.New("must be smtp://user:password@host:587 or smtps://user:password@host:465")
	ErrFrom = errors.New(`must be an address, such as "Writ <writ@example.org>"`)
)

// Post hands letters to one mail server. It is safe for concurrent use: each letter has a
// connection of its own.
type Post struct {
	host    string
	options []gomail.Option
	from    *mail.Address
	clock   ports.Clock
}

// New reads where the mail server is and in whose name letters are sent. It does not ask anybody.
// smtps is TLS from the first byte (RFC 8314 §3.3); smtp demands STARTTLS, except of a server on
// this machine.
func New(address, from string, c ports.Clock) (*Post, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Path != "" && u.Path != "/" {
		return nil, ErrURL // the reason could show a password
	}
	sender, err := mail.ParseAddress(from)
	if err != nil {
		return nil, ErrFrom
	}
	options, err := optionsOf(u)
	if err != nil {
		return nil, err
	}
	return &Post{host: u.Hostname(), options: options, from: sender, clock: c}, nil
}

func optionsOf(u *url.URL) ([]gomail.Option, error) {
	options := []gomail.Option{gomail.WithTimeout(sendWithin)}
	port := 587
	switch {
	case u.Scheme == "smtps":
		port = 465
		options = append(options, gomail.WithSSL())
	case isHere(u.Hostname()):
		options = append(options, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if u.Port() != "" {
		number, err := strconv.Atoi(u.Port())
		if err != nil || number < 1 || number > 65535 {
			return nil, ErrURL
		}
		port = number
	}
	if password, has := u.User.Password(); has {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	return append(options, gomail.WithPort(port)), nil
}

func isHere(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// errLetter refuses a letter whose header would not be one.
var errLetter = errors.New("an address, a subject or a language that no header can hold")

// Post implements ports.Mail.
func (p *Post) Post(ctx context.Context, l ports.Letter) error {
	message, err := p.message(l)
	if err != nil {
		return err
	}
	client, err := gomail.NewClient(p.host, p.options...)
	if err != nil {
		return fmt.Errorf("prepare to talk to the mail server: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	err = client.DialAndSendWithContext(ctx, message)
	if err != nil {
		return fmt.Errorf("hand a letter to the mail server: %w", withoutWords(ctx, err))
	}
	return nil
}

// withoutWords leaves out what the mail server said, which names the address.
func withoutWords(ctx context.Context, err error) error {
	var refused *gomail.SendError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &refused):
		return fmt.Errorf("refused with code %d", refused.ErrorCode())
	default:
		return err // of the connection, before the letter was mentioned
	}
}

func (p *Post) message(l ports.Letter) (*gomail.Msg, error) {
	if l.To == "" || strings.ContainsAny(l.To, ",;<>\" ") || strings.ContainsAny(l.To+l.Subject+l.Language, "\r\n\x00") {
		return nil, errLetter
	}
	m := gomail.NewMsg()
	if m.To(l.To) != nil {
		return nil, errLetter
	}
	m.FromMailAddress(p.from)
	m.Subject(l.Subject)
	m.SetDateWithValue(p.clock.Now())
	m.SetMessageID()
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 §5: nobody's holiday notice answers it
	if l.Language != "" {
		m.SetGenHeader(gomail.HeaderContentLang, l.Language)
	}
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	return m, nil
}
