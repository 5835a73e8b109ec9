// Package resource protects a service that accepts the access tokens of an authorization server:
// it verifies them here, without asking anybody, and answers requests without a good one as OAuth
// clients expect.
//
//	verifier, err := resource.New(resource.Options{
//		Issuer:    "https://auth.example.org",
//		Audiences: []string{"https://api.example.org"},
//	})
//	mux.Handle("GET /posts", verifier.Require("READ_POSTS")(posts))
//
// A token is a signed JWT (RFC 9068), so that whatever happened since it was issued is not in it:
// it stays good until it expires. Package follow, given as Options.Standing, hears of revocations
// as they happen. Package ginguard is Require for gin.
//
// The package imports the standard library and golang-jwt, nothing else of this module. It owns
// neither sessions nor the asking for tokens, and takes them from the Authorization header only.
package resource
