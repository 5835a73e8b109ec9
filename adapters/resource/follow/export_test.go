package follow

import (
	"maps"
	"slices"
	"time"
)

// NewView is a view that hears nothing by itself.
func NewView(o Options) *View { return newView(o.complete()) }

// Learn takes a message into a view.
func (v *View) Learn(subject string, body []byte) error { return v.learn(subject, body) }

// Heard notes that a view was up to date.
func (v *View) Heard(at time.Time) { v.heard(at) }

// Kinds are those of the events that are listened to.
func Kinds() []string { return slices.Collect(maps.Keys(kinds)) }
