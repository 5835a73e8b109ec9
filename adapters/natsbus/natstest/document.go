package natstest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
	"github.com/nats-io/nats.go"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"writ/adapters/natsbus"
)

// Message is a message as a subscriber has it. A jetstream.Msg is one.
type Message interface {
	Subject() string
	Headers() nats.Header
	Data() []byte
}

// Check says what is wrong with a message that Writ published, by the AsyncAPI document: its type is
// not described, the body is not as the schema of the type has it, or subject, headers and body say
// different things. It is safe for concurrent use.
func Check(m Message) error {
	d, err := document()
	if err != nil {
		return err
	}
	e, err := open(m.Data())
	if err != nil {
		return fmt.Errorf("read the message on %s: %w", m.Subject(), err)
	}
	kind := strings.TrimPrefix(e.Type, "writ.")
	schema := d.payloads[kind]
	if schema == nil || kind == e.Type {
		return fmt.Errorf("message %s has type %q, which is not described", e.ID, e.Type)
	}
	if err := errors.Join(schema.Validate(e.whole), e.agrees(m)); err != nil {
		return fmt.Errorf("message %s of type %s: %w: %s", e.ID, e.Type, err, m.Data())
	}
	return nil
}

// Kinds are the names of all messages that Writ publishes as events, such as "grant-opened.v1".
func Kinds() ([]string, error) {
	d, err := document()
	var kinds []string
	for name := range d.payloads {
		if !strings.HasPrefix(name, "accounts-") {
			kinds = append(kinds, name)
		}
	}
	slices.Sort(kinds)
	return kinds, err
}

// CheckRejection says what is wrong with what is told of a message that could not be followed.
func CheckRejection(m Message) error {
	d, err := document()
	if err != nil {
		return err
	}
	told := map[string]any{}
	for name, values := range m.Headers() {
		told[name] = values[0]
	}
	if m.Subject() != "writ.rejected" {
		err = fmt.Errorf("its subject is %s", m.Subject())
	}
	return errors.Join(err, d.rejected.Validate(told))
}

// CheckChange says what is wrong with a change of an account that its owner publishes on a subject.
func CheckChange(subject string, body []byte) error {
	d, err := document()
	if err != nil {
		return err
	}
	schema := d.payloads[strings.ReplaceAll(subject, ".", "-")]
	if schema == nil {
		return fmt.Errorf("subject %s is not described", subject)
	}
	e, err := open(body)
	if err != nil {
		return fmt.Errorf("read the change on %s: %w", subject, err)
	}
	return schema.Validate(e.whole)
}

// envelope is what of a message stands elsewhere, too.
type envelope struct {
	ID   string `json:"id"`
	Type string `json:"type"`
	Told struct {
		Client  string `json:"client_id"`
		Account string `json:"account_id"`
	} `json:"data"`

	whole any
}

func open(body []byte) (envelope, error) {
	var e envelope
	whole, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err == nil {
		err = json.Unmarshal(body, &e)
	}
	e.whole = whole
	return e, err
}

// agrees holds subject and headers against the body.
func (e envelope) agrees(m Message) error {
	kind, _, _ := strings.Cut(strings.TrimPrefix(e.Type, "writ."), ".")
	var wrong error
	if want := strings.Join([]string{"writ.events", kind, token(e.Told.Client), token(e.Told.Account)}, "."); m.Subject() != want {
		wrong = fmt.Errorf("its subject is %s, not %s", m.Subject(), want)
	}
	for header, want := range map[string]string{nats.MsgIdHdr: e.ID, "Content-Type": "application/cloudevents+json"} {
		if got := m.Headers()[header]; len(got) != 1 || got[0] != want {
			wrong = errors.Join(wrong, fmt.Errorf("its header %s is %q, not %q", header, got, want))
		}
	}
	return wrong
}

// token is written here once more, so that a mistake in the adapter is one between two.
func token(id string) string {
	if id == "" {
		return "_"
	}
	return base64.RawURLEncoding.EncodeToString([]byte(id))
}

const documentURL = "https://writ.test/asyncapi.json"

// described are the schemas of the AsyncAPI document: of the payload of each message that has one, by
// its name there, and of the headers of a rejection.
type described struct {
	payloads map[string]*jsonschema.Schema
	rejected *jsonschema.Schema
}

var document = sync.OnceValues(func() (described, error) {
	whole, err := Document()
	if err != nil {
		return described{}, err
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft7) // what AsyncAPI takes a schema for that does not say
	c.AssertFormat()
	if err := c.AddResource(documentURL, whole); err != nil {
		return described{}, fmt.Errorf("read asyncapi.yaml: %w", err)
	}
	d := described{payloads: map[string]*jsonschema.Schema{}}
	messages := documentURL + "#/components/messages/"
	d.rejected, err = c.Compile(messages + "rejected/headers")
	for name, message := range whole.(map[string]any)["components"].(map[string]any)["messages"].(map[string]any) {
		if _, has := message.(map[string]any)["payload"]; has && err == nil {
			d.payloads[name], err = c.Compile(messages + name + "/payload")
		}
	}
	if err != nil {
		return described{}, fmt.Errorf("read the schemas of asyncapi.yaml: %w", err)
	}
	return d, nil
})

// Document is the AsyncAPI document as JSON has it.
func Document() (any, error) {
	var whole any
	if err := yaml.Unmarshal(natsbus.AsyncAPI, &whole); err != nil {
		return nil, fmt.Errorf("read asyncapi.yaml: %w", err)
	}
	text, err := json.Marshal(whole)
	if err != nil {
		return nil, fmt.Errorf("write asyncapi.yaml as JSON: %w", err)
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(text))
}
