package resource_test

import (
	"testing"

	"writ/adapters/resource"
)

// The budgets catch work that is done for each token and could be done once. The race detector
// makes pools empty themselves at random, which adds a few.
func TestAllocationBudgets(t *testing.T) {
	s := newIssuer(t)
	v, token := s.verifier(), s.good()
	again := testing.AllocsPerRun(100, func() { accepts(t, v, token, "again") })
	first := testing.AllocsPerRun(100, func() {
		resource.Forget(v)
		accepts(t, v, token, "for the first time")
	})
	if again > 2 || first > 110 {
		t.Errorf("%v allocations to verify again, of 2; %v for the first time, of 110", again, first)
	}
}

// BenchmarkVerify verifies a token that was seen before, which is most of what a service does.
func BenchmarkVerify(b *testing.B) {
	s := newIssuer(b)
	v, token := s.verifier(), s.good()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(b.Context(), token); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerifyFirst verifies a token as if it had never been seen, with keys that are there.
func BenchmarkVerifyFirst(b *testing.B) {
	for kid, rotate := range map[string]func(*issuer){
		"ES256": func(s *issuer) { s.rotate("k", ecKey(s.tb)) },
		"RS256": func(s *issuer) { s.rotate("k", rsaKey()) },
		"EdDSA": func(s *issuer) { s.rotate("k", edKey(s.tb)) },
	} {
		b.Run(kid, func(b *testing.B) {
			s := newIssuer(b)
			rotate(s)
			v, token := s.verifier(), s.sign("k", s.claims())
			accept := func() {
				if _, err := v.Verify(b.Context(), token); err != nil {
					b.Fatal(err)
				}
			}
			accept()
			b.ReportAllocs()
			for b.Loop() {
				resource.Forget(v)
				accept()
			}
		})
	}
}
