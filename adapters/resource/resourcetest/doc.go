// Package resourcetest is an authorization server for the tests of services that package resource
// protects: it publishes a key and signs whatever tokens a test asks for.
//
//	issuer := resourcetest.Start(t)
//	verifier, err := resource.New(issuer.Options("https://api.example.org"))
//	request.Header.Set("Authorization", "Bearer "+issuer.Token("READ_POSTS"))
//
// It owns no grant and no consent, and no code outside tests uses it.
package resourcetest
