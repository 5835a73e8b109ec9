// Command example is a service that accepts Writ's access tokens: it verifies them itself, refuses
// those of a revoked grant at once, and asks for the scope READ_PROFILE. With `make run` elsewhere:
//
//	go run ./deploy/example
//	curl -H "Authorization: Bearer $ACCESS" http://localhost:9000/hello
//
// It owns no state: what it knows of revocations it reads from the stream when it starts.
package main
