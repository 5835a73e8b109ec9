// Package twilio plays ports.Texts with the HTTP API of Twilio, which others speak, too: a form that
// is posted to /2010-04-01/Accounts/{account}/Messages.json.
//
// It owns the form and what an answer means. It does not own retries: a message that was handed over
// twice would be paid twice.
package twilio
