package client_test

import (
	"testing"

	"writ/domain/client"
	"writ/domain/event"
	"writ/domain/oauth"
)

// BenchmarkForItself is what is decided about a client that asks for a token on its own behalf.
func BenchmarkForItself(b *testing.B) {
	b.ReportAllocs()
	vocabulary, err := oauth.NewVocabulary([]string{"A", "B", oauth.UseOAuthClients})
	if err != nil {
		b.Fatal(err)
	}
	c := client.Named("app")
	c.Core().Found(event.Stream{Kind: client.Kind, ID: "app"}, 1)
	c.Replay(registered, noon)
	cred := client.Credentials{ID: "app", Method: oauth.AuthClientSecretBasic, Secret: "first"}
	for b.Loop() {
		err := c.Authenticate(cred, noon)
		if err != nil {
			b.Fatal(err)
		}
		requested, err := vocabulary.Parse("A")
		if err != nil {
			b.Fatal(err)
		}
		scope, err := c.Allowance("A B USE_OAUTH_CLIENTS").ForClientItself(requested)
		if err != nil || vocabulary.Canonical(scope) != "A" {
			b.Fatal(err)
		}
	}
}
