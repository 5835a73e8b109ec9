package natsbus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"

	"writ/ports"
)

var _ ports.Texts = (*Texts)(nil)

// Text is a request to send one text message. A gateway subscribes to the subject, in a queue group
// if it has several processes, and replies {} when it has taken the message.
type Text struct {
	To   string `json:"to"` // E.164
	Text string `json:"text"`
}

// textReply is what a gateway replies. What stands in error is not looked at: it could name the number.
type textReply struct {
	Error string `json:"error"`
}

// Texts asks a gateway on the broker to send texts. It is safe for concurrent use.
type Texts struct {
	conn    *nats.Conn
	subject string
}

// NewTexts sends requests on a subject.
func NewTexts(b *Broker, subject string) *Texts { return &Texts{b.events.conn, subject} }

// Text implements ports.Texts. Nobody who listens is an error at once.
func (t *Texts) Text(ctx context.Context, to, message string) error {
	body, err := json.Marshal(Text{To: to, Text: message})
	if err != nil {
		return fmt.Errorf("write a text request: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, publishWithin)
	defer cancel()
	reply, err := t.conn.RequestWithContext(ctx, t.subject, body)
	if err != nil {
		return fmt.Errorf("ask the text gateway on %s: %w", t.subject, err)
	}
	var told textReply
	if json.Unmarshal(reply.Data, &told) != nil || told.Error != "" {
		return fmt.Errorf("ask the text gateway on %s: %w", t.subject, errTextRefused)
	}
	return nil
}

var errTextRefused = errors.New("it refused the message")
