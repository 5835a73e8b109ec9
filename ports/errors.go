package ports

import (
	"errors"
	"fmt"
)

var (
	// ErrConflict says that a stream had moved, or was there already: decide again on fresh state.
	ErrConflict = errors.New("another decision was first")

	// ErrNotFound says that nothing is known under the name that was asked for.
	ErrNotFound = errors.New("not found")

	// ErrOverloaded says that the store refused work at once because too much of it waits already.
	ErrOverloaded = errors.New("too much work is waiting")
)

// TakenError says that another stream holds a value that must be unique.
type TakenError struct{ Kind string }

// Error implements error.
func (e *TakenError) Error() string { return fmt.Sprintf("this %s is taken", e.Kind) }
