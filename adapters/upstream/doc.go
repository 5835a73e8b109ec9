// Package upstream plays ports.Upstreams with go-oidc: other OpenID providers, found by discovery,
// asked with PKCE and a nonce, and believed only by their signature.
//
// It owns what is sent to providers, and where connections may go: to public addresses, to the
// networks that the operator names, and to this machine only for a provider that is configured to be
// here. It does not own whom an identity belongs to: that is application/signin.
package upstream
