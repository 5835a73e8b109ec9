// Package describe says what the server is: its metadata (RFC 8414, OIDC Discovery, RFC 9728).
//
// It owns which fields are true of this server. It lists nothing that is not served.
package describe
