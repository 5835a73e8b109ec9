package ports

import "context"

// Texts sends text messages to phones.
type Texts interface {
	// Text hands one message over to be sent to a number in E.164. A nil error says that it was
	// taken, not that it has arrived; after any error it is not known whether it was. Neither the
	// number nor the message stands in an error.
	Text(ctx context.Context, to, message string) error
}
