package authorization_test

import (
	"testing"

	"writ/domain/authorization"
	"writ/domain/event"
)

func BenchmarkRedeem(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		a := authorization.Named(id)
		a.Core().Found(event.Stream{Kind: authorization.Kind, ID: id}, 1)
		a.Replay(approved, noon)
		err := a.Redeem(redemption())
		if err != nil {
			b.Fatal(err)
		}
	}
}
