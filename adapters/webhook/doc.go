// Package webhook plays ports.Texts by posting each message as JSON to an address of the operator's,
// signed as Standard Webhooks describes it: HMAC-SHA-256 over id, timestamp and body.
//
// It owns the request and its signature, and Verify for those who receive it. It does not own
// retries: whoever receives a message twice would send it twice.
package webhook
