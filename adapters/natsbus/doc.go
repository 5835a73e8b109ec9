// Package natsbus carries facts out to NATS JetStream and changes of accounts in.
//
// It owns the embedded broker with its credentials, the connection to an external one, the
// streams WRIT, ACCOUNTS and REJECTED, the relay of the log, the public form of every fact that
// others may see (public.go, asyncapi.yaml) and the reading of account messages.
//
// It does not own the log, which stays the truth when a broker is away or empty, nor what a
// change of an account means: a Follower decides that. It decides nothing about a token.
//
// The relay's states: waiting to lead → finding where the stream ends → relaying → (broker away:
// holding its place, then finding the end again).
package natsbus
