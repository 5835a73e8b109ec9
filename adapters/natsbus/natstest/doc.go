// Package natstest runs a real NATS server with JetStream for tests: a process of its own, which
// can be killed and started again on the same port and the same files. It also holds what was
// published against asyncapi.yaml.
//
// It owns the building of the server from the module's own version of it. It does not own any
// stream, and no code outside tests uses it.
package natstest
