package natsbus

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// The headers of a rejected message. Its body is that of the message that was rejected.
const (
	RejectedReason  = "Writ-Rejected-Reason"
	RejectedSubject = "Writ-Rejected-Subject"
	RejectedID      = "Writ-Rejected-Id" // of the CloudEvent, where it has one
)

const maxRejectedBody = 256 << 10

// reject copies a message to writ.rejected with the reason and lets nobody have it again. Only
// when the copy is stored is the message given up.
func (a *Accounts) reject(ctx context.Context, m jetstream.Msg, reason string) error {
	meta, err := m.Metadata()
	if err != nil {
		return fmt.Errorf("read the metadata of an account message: %w", err)
	}
	original := fmt.Sprintf("%s-%d", meta.Stream, meta.Sequence.Stream)
	ctx, cancel := context.WithTimeout(ctx, confirmWithin)
	defer cancel()
	_, err = a.broker.accounts.js.PublishMsg(ctx, rejection(m, reason), jetstream.WithMsgID(original))
	if err != nil {
		return fmt.Errorf("reject message %s: %w", original, err)
	}
	a.options.Log.Warn("an account message was rejected", "message", original, "reason", reason)
	return m.TermWithReason(oneLine(reason))
}

func rejection(m jetstream.Msg, reason string) *nats.Msg {
	body := m.Data()
	return &nats.Msg{
		Subject: rejectedSubject,
		Header: nats.Header{
			RejectedReason:  {oneLine(reason)},
			RejectedSubject: {oneLine(m.Subject())},
			RejectedID:      {oneLine(idOf(body))},
		},
		Data: body[:min(len(body), maxRejectedBody)],
	}
}

func idOf(body []byte) string {
	var m struct{ ID string }
	if json.Unmarshal(body, &m) != nil {
		return ""
	}
	return strings.ToValidUTF8(m.ID[:min(len(m.ID), maxMessageID)], "")
}

// oneLine keeps what somebody else wrote from making headers of its own.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
}
