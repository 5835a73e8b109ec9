// Package follow hears over NATS what became of grants, accounts and clients, so that a service
// refuses their access tokens at once instead of when they expire.
//
//	view, err := follow.Start(ctx, follow.Options{
//		Issuer: "https://auth.example.org", URL: "nats://…", Credentials: "nats-subscriber.creds",
//	})
//	verifier, err := resource.New(resource.Options{ …, Standing: view })
//
// A View refuses the tokens of revoked grants, of suspended and deleted accounts and of deleted
// clients, tokens that were revoked one by one, and those of signing keys that were taken back. It
// keeps this in memory for as long as such a token could live, so a service that starts reads that
// much of the stream again and needs no storage.
//
// While the broker is away nothing is heard. Staleness says since when, and Options.WhenStale what is
// done then. What the issuer itself has not published yet is not part of it: its own metrics say how
// far it is behind.
package follow
