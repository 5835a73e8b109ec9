package follow

import (
	"maps"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
)

// NewView is a view that hears nothing by itself.
func NewView(o Options) *View { return newView(o.complete()) }

// Learn takes a message into a view.
func (v *View) Learn(subject string, body []byte) error { return v.learn(subject, body) }

// Heard notes that a view was up to date.
func (v *View) Heard(at time.Time) { v.heard(at) }

// Kinds are those of the events that are listened to.
func Kinds() []string { return slices.Collect(maps.Keys(kinds)) }

// Session hears messages as they would come, and says why it would end.
func Session(v *View, all ...*nats.Msg) error {
	l, heard := &listener{view: v, options: v.options}, uint64(0)
	for _, m := range all {
		if err := l.take(m, &heard); err != nil {
			return err
		}
	}
	return nil
}
