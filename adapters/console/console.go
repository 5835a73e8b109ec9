package console

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"writ/ports"
)

// errHeader refuses what could not be sent by mail either.
var errHeader = errors.New("an address, a subject or a language that no header can hold")

var (
	_ ports.Texts = (*Console)(nil)
	_ ports.Mail  = (*Console)(nil)
)

// Console writes messages to a log.
type Console struct{ log *slog.Logger }

// New writes to log.
func New(log *slog.Logger) *Console { return &Console{log: log} }

// Text implements ports.Texts.
func (c *Console) Text(ctx context.Context, to, message string) error {
	c.log.InfoContext(ctx, "text message", "to", to, "text", message)
	return ctx.Err()
}

// Post implements ports.Mail.
func (c *Console) Post(ctx context.Context, l ports.Letter) error {
	if l.To == "" || strings.ContainsAny(l.To+l.Subject+l.Language, "\r\n") || strings.Contains(l.To, ",") {
		return errHeader
	}
	c.log.InfoContext(ctx, "e-mail", "to", l.To, "subject", l.Subject, "text", l.Text, "language", l.Language)
	return ctx.Err()
}
