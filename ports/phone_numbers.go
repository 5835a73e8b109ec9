package ports

import "errors"

// ErrNumber refuses what is no number that a text message can be sent to.
var ErrNumber = errors.New("not a phone number that takes text messages")

// PhoneNumbers knows the numbering plans of the world.
type PhoneNumbers interface {
	// Normal is the one form of a number, in E.164, however a person wrote it. What cannot be a
	// subscriber's number, and a number whose calls are paid by its caller, is ErrNumber. The
	// normal form of a normal form is itself.
	Normal(written string) (string, error)
}
