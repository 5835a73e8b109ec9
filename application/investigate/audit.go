package investigate

import (
	"context"
	"time"

	"writ/domain/event"
	"writ/domain/oauth"
)

// AuditCommand asks for what happened from Since on and before Until. A zero Until is now.
type AuditCommand struct{ Since, Until time.Time }

// Entry is one line of an audit.
type Entry struct {
	Time     time.Time       `json:"time"`
	Position event.Position  `json:"position"`
	Event    string          `json:"event"` // "grant.revoked"
	What     string          `json:"what"`  // a sentence
	Actor    string          `json:"actor,omitempty"`
	Account  oauth.AccountID `json:"account,omitempty"`
	Client   oauth.ClientID  `json:"client,omitempty"`
	Subject  string          `json:"subject"` // the id within the stream
	Outcome  Outcome         `json:"outcome"`
	Cause    string          `json:"cause,omitempty"` // the id of the message from outside that caused it
}

// Outcome says how something went.
type Outcome string

// The outcomes.
const (
	Done    Outcome = "done"
	Refused Outcome = "refused"
	Alarm   Outcome = "alarm" // somebody may hold what is not theirs
)

// Audit tells what an audit wants to know. It is safe for concurrent use.
type Audit struct{}

// Execute gives each entry, oldest first, to each, until it fails. Memory does not grow with the log.
func (*Audit) Execute(context.Context, AuditCommand, func(Entry) error) error { return nil }
