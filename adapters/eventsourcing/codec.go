package eventsourcing

import (
	"encoding/json"
	"fmt"
	"reflect"

	"writ/domain/event"
	"writ/ports"
)

// encode gives the stored form of an event or a state.
func (l *Ledger) encode(v any, key keyOf) ([]byte, error) {
	if about, is := v.(event.AboutPerson); is {
		subject := about.DataSubject()
		wrapped, err := key(subject)
		if err != nil {
			return nil, err
		}
		v, err = sealed(v, l.sealing(subject, wrapped))
		if err != nil {
			return nil, err
		}
	}
	if data, quickly := written(v); quickly {
		return data, nil
	}
	return json.Marshal(v)
}

// keyOf finds the wrapped key of an account; nil when it was destroyed.
type keyOf func(account string) ([]byte, error)

// always is the key that came with a row.
func always(wrapped []byte) keyOf { return func(string) ([]byte, error) { return wrapped, nil } }

// decode fills the value that into points at.
func (l *Ledger) decode(data []byte, into any, key keyOf) error {
	if !read(data, into) {
		err := json.Unmarshal(data, into)
		if err != nil {
			return err
		}
	}
	about, is := into.(event.AboutPerson)
	if !is {
		return nil
	}
	wrapped, err := key(about.DataSubject())
	if err != nil {
		return err
	}
	return replace(reflect.ValueOf(into).Elem(), l.opening(about.DataSubject(), wrapped))
}

// fill puts a row's state into an aggregate. A row of another shape than this binary's is not
// read: the stream is replayed instead.
func (l *Ledger) fill(a event.Aggregate, row ports.Row) error {
	a.Core().Found(row.Stream, row.Version)
	err := l.decode(row.Data, a.State(), always(row.Key))
	if err != nil {
		return fmt.Errorf("read the state of %s: %w", row.Stream, err)
	}
	return nil
}

// reset empties an aggregate for a fresh look.
func reset(a event.Aggregate) {
	root := a.Core()
	root.Found(root.Stream(), 0)
	if s := a.State(); s != nil {
		reflect.ValueOf(s).Elem().SetZero()
	}
}
