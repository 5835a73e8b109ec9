// Package ginguard is resource.Verifier's middleware for gin. It is apart so that services without
// gin do not link it, and owns nothing but the translation.
//
//	router.GET("/posts", ginguard.Require(verifier, "READ_POSTS"), list)
package ginguard
