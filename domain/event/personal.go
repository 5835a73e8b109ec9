package event

import "log/slog"

// Personal is a person's datum in an event or in a state: a name, a handle, an address. Storage
// seals it under the key of the person's account, so that destroying the key erases it. It does
// not print.
type Personal string

// Erased stands for a datum whose key was destroyed.
const Erased Personal = "erased"

const redacted = "[personal]"

// Reveal gives the datum itself.
func (p Personal) Reveal() string { return string(p) }

// String implements fmt.Stringer without showing the datum.
func (p Personal) String() string { return redacted }

// GoString implements fmt.GoStringer without showing the datum.
func (p Personal) GoString() string { return redacted }

// LogValue implements slog.LogValuer without showing the datum.
func (p Personal) LogValue() slog.Value { return slog.StringValue(redacted) }

// AboutPerson is implemented by the events and the states that have Personal fields. A field that
// is sealed must be an exported one, directly or within exported structs and slices.
type AboutPerson interface {
	// DataSubject is the id of the account whose key seals the fields.
	DataSubject() string
}

// Erasure is implemented by the event that ends a person's data: committing it destroys the key of
// the account that it names.
type Erasure interface {
	// Erases is the id of that account.
	Erases() string
}
