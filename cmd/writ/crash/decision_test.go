package crash_test

import (
	"net/http"
	"slices"
	"testing"

	"writ/ports/portstest/req"
)

// decisions alternates between yes and no.
func decisions(turn int, about, id string) map[string]string {
	return map[string]string{about: id, "decision": []string{"approve", "deny"}[turn/2%2]}
}

// only fails the test unless one answer is a success and the server is at fault in none.
func only(t *testing.T, answers []answer) {
	t.Helper()
	counts, faults := tally(answers), 0
	for _, a := range answers {
		if a.Status >= http.StatusInternalServerError {
			faults++
		}
	}
	if counts["200"] != 1 || faults > 0 {
		t.Errorf("decisions on one request: %v; want one success, and refusals", counts)
	}
}

func TestOneOfManyDecisionsOnARequestCounts(t *testing.T) {
	req.Covers(t, "R-249")
	onBoth(t, nil, func(t *testing.T, s *site) {
		p := newParty(t, s)
		request, err := p.person.visit(t.Context(), s.of(0), p.client.id, scope)
		if err != nil {
			t.Fatal(err)
		}
		only(t, atOnce(t, crowd, func(turn int) (answer, error) {
			return p.person.decide(t.Context(), url(s.of(turn), consentPath), decisions(turn, "request_id", request))
		}))
		decided := 0
		for _, f := range s.history(t) {
			if f.Name == "approved" || f.Name == "denied" {
				decided++
			}
		}
		if decided != 1 {
			t.Errorf("the log has %d decisions, want one", decided)
		}
		s.verify(t)
	})
}

func TestOneOfManyDecisionsOnADeviceCounts(t *testing.T) {
	req.Covers(t, "R-249")
	onBoth(t, nil, func(t *testing.T, s *site) {
		p := newParty(t, s)
		device, err := p.client.requestDevice(t.Context(), s.of(0), scope)
		if err != nil {
			t.Fatal(err)
		}
		only(t, atOnce(t, crowd, func(turn int) (answer, error) {
			return p.person.decide(t.Context(), url(s.of(turn), deviceConsentPath), decisions(turn, "user_code", device.UserCode))
		}))
		happened := names(slices.DeleteFunc(s.history(t), func(f fact) bool { return !slices.Contains([]string{"approved", "denied"}, f.Name) }))
		told, err := p.client.poll(t.Context(), s.of(1), device.DeviceCode)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"approved": "200", "denied": "400 access_denied"}
		if len(happened) != 1 || told.String() != want[happened[0]] {
			t.Errorf("the log has the decisions %v, and the device is told %v; want one, and its consequence", happened, told)
		}
		s.verify(t)
	})
}
