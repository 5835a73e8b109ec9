package ledgertest

import (
	"context"
	"sync"

	"writ/ports"
)

// Message is what somebody was sent, to a phone or to a mailbox.
type Message struct{ To, Subject, Text string }

// Messages takes texts and letters to be sent. It is safe for concurrent use.
type Messages struct {
	mu   sync.Mutex
	sent []Message
	down error
}

var (
	_ ports.Texts = (*Messages)(nil)
	_ ports.Mail  = (*Messages)(nil)
)

// Fail lets every message fail with err from now on; nil ends that.
func (m *Messages) Fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.down = err
}

// Sent are all messages that were taken.
func (m *Messages) Sent() []Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Message(nil), m.sent...)
}

// Text implements ports.Texts.
func (m *Messages) Text(_ context.Context, to, message string) error {
	return m.take(Message{To: to, Text: message})
}

// Post implements ports.Mail.
func (m *Messages) Post(_ context.Context, l ports.Letter) error {
	return m.take(Message{To: l.To, Subject: l.Subject, Text: l.Text})
}

func (m *Messages) take(one Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down != nil {
		return m.down
	}
	m.sent = append(m.sent, one)
	return nil
}
