// Package introspect answers questions about tokens: to resource servers and clients (RFC 7662),
// and to whoever holds one, about the person (OIDC Core §5.3).
//
// It owns who may learn what. Its answers rest on state that was read after the question came. It
// does not own the making of tokens.
package introspect
