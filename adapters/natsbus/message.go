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
	Party           // whom it concerns
	Data     any    // what others may know, as JSON; no personal data and no secret
}

// Form gives the public form of a fact of a stream that concerns a party, or nil when this one is
// nobody else's business. An error means that the fact cannot be read, and stops the relay before
// it. A form is a function of its arguments alone, so that a fact is published alike whoever does.
type Form func(f event.Fact, concerned Party) (*Message, error)

// Forms are the public forms of the facts that have one, by stream kind and event name with a dot
// between them. Facts that are not in the table are not published.
type Forms map[string]Form

func (forms Forms) of(f event.Fact) (Form, bool) {
	form, public := forms[f.Stream.Kind+"."+f.Name]
	return form, public
}

// public is those of facts that may have a public form.
func (forms Forms) public(facts []event.Fact) []event.Fact {
	public := make([]event.Fact, 0, len(facts))
	for _, f := range facts {
		if _, is := forms.of(f); is {
			public = append(public, f)
		}
	}
	return public
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
	contentType       = "Content-Type"
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
		Subject: "writ.events." + m.Kind + "." + subjectToken(m.Client) + "." + subjectToken(m.Account),
		Header:  nats.Header{contentType: {structuredContent}},
		Data:    body,
	}, nil
}

// subjectToken writes an id as one token of a subject. Base64url has neither dots nor wildcards, so no id
// can make another subject; an id that is "_" itself is written "Xw".
func subjectToken(id string) string {
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
	return subjectToken(id)
}
