package natsbus

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"writ/domain/event"
)

// Message is the public form of a fact, without its envelope.
type Message struct {
	Kind     string // what happened: "grant-opened"
	Revision int    // of the form that Data has
	Client   string // whom it concerns, or empty
	Account  string // whom it concerns, or empty
	Data     any    // what others may know, as JSON; no personal data and no secret
}

// Form gives the public form of a fact, or nil when this one is nobody else's business. An error
// means that the fact cannot be read, and stops the relay before it.
type Form func(event.Fact) (*Message, error)

// Forms are the public forms of the facts that have one, by stream kind and event name with a dot
// between them. Facts that are not in the table are not published.
type Forms map[string]Form

// Of gives the public form of f, or nil when it has none.
func (forms Forms) Of(f event.Fact) (*Message, error) {
	form, public := forms[f.Stream.Kind+"."+f.Name]
	if !public {
		return nil, nil
	}
	m, err := form(f)
	if err != nil {
		return nil, fmt.Errorf("public form of fact %s at position %d: %w", f.ID, f.Position, err)
	}
	return m, nil
}

// cloudEvent is the envelope: CloudEvents 1.0 in its JSON format.
type cloudEvent struct {
	SpecVersion     string    `json:"specversion"`
	ID              string    `json:"id"`
	Type            string    `json:"type"`
	Source          string    `json:"source"`
	Subject         string    `json:"subject"`
	Time            time.Time `json:"time"`
	Sequence        string    `json:"sequence"`
	CausationID     string    `json:"causationid,omitempty"`
	DataContentType string    `json:"datacontenttype"`
	Data            any       `json:"data"`
}

const (
	specVersion       = "1.0"
	structuredContent = "application/cloudevents+json" // NATS binding, structured mode
	nobody            = "_"
)

// seal puts a message into its envelope: what is published for f. The same fact always gives the
// same bytes.
func (m *Message) seal(f event.Fact, issuer string) (*nats.Msg, error) {
	body, err := json.Marshal(cloudEvent{
		SpecVersion: specVersion, ID: f.ID,
		Type:   fmt.Sprintf("writ.%s.v%d", m.Kind, m.Revision),
		Source: issuer, Subject: f.Stream.ID, Time: f.At.UTC(),
		Sequence:    fmt.Sprintf("%020d", f.Position),
		CausationID: f.Cause, DataContentType: "application/json", Data: m.Data,
	})
	if err != nil {
		return nil, fmt.Errorf("write the message of fact %s: %w", f.ID, err)
	}
	return &nats.Msg{
		Subject: "writ.events." + m.Kind + "." + token(m.Client) + "." + token(m.Account),
		Header:  nats.Header{"Content-Type": {structuredContent}},
		Data:    body,
	}, nil
}

// token writes an id as one token of a subject. Base64url has neither dots nor wildcards, so no id
// can make another subject; an id that is "_" itself is written "Xw".
func token(id string) string {
	if id == "" {
		return nobody
	}
	return base64.RawURLEncoding.EncodeToString([]byte(id))
}

// Subject is the NATS subject of the messages of a kind about a client and an account. An empty
// kind, client or account stands for any.
func Subject(kind, client, account string) string {
	subject := "writ.events"
	for _, part := range []string{kind, filter(client), filter(account)} {
		if part == "" {
			part = "*"
		}
		subject += "." + part
	}
	return subject
}

func filter(id string) string {
	if id == "" {
		return ""
	}
	return token(id)
}
