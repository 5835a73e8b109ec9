package ports

import "context"

// Mail sends e-mails.
type Mail interface {
	// Post hands one letter over to be sent. A nil error says that it was taken, not that it has
	// arrived; after any error it is not known whether it was. Neither the address nor the text
	// stands in an error. A letter whose address or subject would break the message's header is
	// refused.
	Post(ctx context.Context, l Letter) error
}

// Letter is a plain e-mail.
type Letter struct {
	To       string
	Subject  string
	Text     string
	Language string // of the text, such as de (RFC 3282)
}
