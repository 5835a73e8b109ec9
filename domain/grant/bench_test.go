package grant_test

import (
	"testing"

	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
)

// BenchmarkRefresh is the whole decision: the token is read, recognised and spent, and its successor
// is shown.
func BenchmarkRefresh(b *testing.B) {
	b.ReportAllocs()
	presented := t0.Reveal()
	for b.Loop() {
		g := grant.Named(id)
		g.Core().Found(event.Stream{Kind: grant.Kind, ID: id}, 1)
		g.Replay(opened, noon)
		token, _ := keys.Parse(oauth.RefreshToken, presented)
		r := spend(token, noon)
		err := g.Present(r)
		if err != nil {
			b.Fatal(err)
		}
		decided, err := g.Refresh(r)
		if err != nil || decided.Refresh.Reveal() == presented {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		err := grant.Named(id).Open(grant.Opening{
			Client: "app", Account: "odin", Scope: all, AMR: opened.AMR, JTI: "j", Refresh: t0, Lifetimes: lifetimes, At: noon,
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
