package investigate

import (
	"time"

	"writ/domain/event"
)

// Happening is one fact of an answer, in a sentence.
type Happening struct {
	Position event.Position `json:"position"`
	ID       string         `json:"id"`
	At       time.Time      `json:"at"`
	Stream   string         `json:"stream"`
	Name     string         `json:"name"` // kind and name: "grant.revoked"
	What     string         `json:"what"` // a sentence
	Says     map[string]any `json:"says,omitempty"`
}
