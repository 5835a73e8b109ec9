package crash_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/ports/portstest/req"
)

// crowd is how many requests come at once.
const crowd = 50

const scope = "openid offline_access"

// party is somebody and what serves them: the requests of a test alternate between processes.
type party struct {
	*site

	person *person
	client *client
}

func newParty(t *testing.T, s *site, clientOptions ...string) party {
	t.Helper()
	return party{s, s.createPerson(t, "ada"), newClient(t, s.createClient(t, "App", clientOptions...))}
}

// code approves a request and gives the code.
func (p party) code(t *testing.T) string {
	t.Helper()
	code, err := p.person.authorize(t.Context(), p.of(0), p.client.id, scope)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// open opens a grant and gives its first tokens.
func (p party) open(t *testing.T) answer {
	t.Helper()
	a, err := p.client.redeem(t.Context(), p.of(0), p.code(t))
	if err != nil || a.Status != http.StatusOK {
		t.Fatalf("redeem a code: %v %v", a, err)
	}
	return a
}

// refreshed is what the process of a turn answers to a refresh token.
func (p party) refreshed(t *testing.T, turn int, token string) answer {
	t.Helper()
	a, err := p.client.refresh(t.Context(), p.of(turn), token)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// expect compares what came of a crowd's requests.
func expect(t *testing.T, what string, answers []answer, want map[string]int) {
	t.Helper()
	if diff := cmp.Diff(want, tally(answers)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// winner is the one answer with tokens.
func winner(t *testing.T, answers []answer) answer {
	t.Helper()
	i := slices.IndexFunc(answers, func(a answer) bool { return a.Status == http.StatusOK })
	if i < 0 {
		t.Fatalf("nobody got tokens: %v", tally(answers))
	}
	return answers[i]
}

// happened compares what the log says of a grant.
func (p party) happened(t *testing.T, access string, want ...string) {
	t.Helper()
	got := names(byStream(p.history(t))["grant/"+grantOf(access)])
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("facts of the grant (-want +got):\n%s", diff)
	}
}

// compromised fails the test unless no process takes any token of a grant any more: whoever won
// may be the thief.
func (p party) compromised(t *testing.T, first answer) {
	t.Helper()
	for turn := range p.servers {
		if got := p.refreshed(t, turn, first.Refresh).String(); got != "400 invalid_grant" {
			t.Errorf("process %d: a refresh by the winner is answered %s, want 400 invalid_grant", turn, got)
		}
		status, err := p.client.userInfo(t.Context(), p.of(turn), first.Access)
		if err != nil || status != http.StatusUnauthorized {
			t.Errorf("process %d: userinfo answers the winner's access token %d %v, want 401", turn, status, err)
		}
	}
}

// The losers of a parallel redemption are replays: somebody who stole the code may be among the
// requests, and may have been the first (RFC 6749 §4.1.2).
func TestOneOfManyRedemptionsWins(t *testing.T) {
	req.Covers(t, "R-103", "R-104", "R-106", "R-249")
	onBoth(t, nil, func(t *testing.T, s *site) {
		p := newParty(t, s)
		code := p.code(t)
		answers := atOnce(t, crowd, func(turn int) (answer, error) { return p.client.redeem(t.Context(), p.of(turn), code) })
		expect(t, "redemptions of one code", answers, map[string]int{"200": 1, "400 invalid_grant": crowd - 1})
		first := winner(t, answers)
		p.happened(t, first.Access, "opened", "code_replayed", "revoked")
		p.compromised(t, first)
		s.verify(t)
	})
}

func TestOneOfManyRefreshesWinsWithoutAWindow(t *testing.T) {
	req.Covers(t, "R-113", "R-249", "R-250")
	onBoth(t, nil, func(t *testing.T, s *site) {
		p := newParty(t, s)
		held := p.open(t)
		answers := atOnce(t, crowd, func(turn int) (answer, error) { return p.client.refresh(t.Context(), p.of(turn), held.Refresh) })
		expect(t, "refreshes with one token", answers, map[string]int{"200": 1, "400 invalid_grant": crowd - 1})
		first := winner(t, answers)
		p.happened(t, first.Access, "opened", "refreshed", "refresh_token_reused", "revoked")
		p.compromised(t, first)
		s.verify(t)
	})
}

func TestManyRefreshesGetOneSuccessorWithinTheWindow(t *testing.T) {
	req.Covers(t, "R-112", "R-113")
	window := map[string]string{"WRIT_REFRESH_REUSE_WINDOW": "10s"}
	onBoth(t, window, func(t *testing.T, s *site) {
		p := newParty(t, s)
		held := p.open(t)
		answers := atOnce(t, crowd, func(turn int) (answer, error) { return p.client.refresh(t.Context(), p.of(turn), held.Refresh) })
		expect(t, "refreshes with one token", answers, map[string]int{"200": crowd})
		successors, accesses := map[string]bool{}, map[string]bool{}
		for _, a := range answers {
			successors[a.Refresh], accesses[a.Access] = true, true
		}
		if len(successors) != 1 || len(accesses) != crowd {
			t.Errorf("%d successors and %d access tokens, want one successor and %d access tokens", len(successors), len(accesses), crowd)
		}
		p.happened(t, answers[0].Access, slices.Concat([]string{"opened", "refreshed"}, slices.Repeat([]string{"refresh_repeated"}, crowd-1))...)
		second := p.refreshed(t, 1, answers[0].Refresh)
		if second.Status != http.StatusOK {
			t.Errorf("the successor is answered %v, want tokens", second)
		}
		if got := p.refreshed(t, 0, held.Refresh).String(); got != "400 invalid_grant" {
			t.Errorf("the token before the one that was spent is answered %s, want 400 invalid_grant", got)
		}
		if got := p.refreshed(t, 1, second.Refresh).String(); got != "400 invalid_grant" {
			t.Errorf("a token of the family is answered %s after a reuse, want 400 invalid_grant", got)
		}
		s.verify(t)
	})
}

// A server's own window and a client's: the client's goes first.
func TestAClientsOwnWindowGoesFirst(t *testing.T) {
	req.Covers(t, "R-112")
	s := oneProcess(t, map[string]string{"WRIT_REFRESH_REUSE_WINDOW": "10s"})
	p := newParty(t, s, "--reuse-window", "0s")
	held := p.open(t)
	answers := atOnce(t, crowd, func(int) (answer, error) { return p.client.refresh(t.Context(), p.of(0), held.Refresh) })
	expect(t, "refreshes with one token", answers, map[string]int{"200": 1, "400 invalid_grant": crowd - 1})
}

// A poll whose moment was taken before that of a poll which was noted first is too soon by the
// rules of RFC 8628 §3.5; all others race for the tokens.
func TestOneOfManyPollsGetsTheTokens(t *testing.T) {
	req.Covers(t, "R-130", "R-249")
	onBoth(t, nil, func(t *testing.T, s *site) {
		p := newParty(t, s)
		device, err := p.client.requestDevice(t.Context(), s.of(0), scope)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.person.allowDevice(t.Context(), s.of(1), device.UserCode); err != nil {
			t.Fatal(err)
		}
		answers := atOnce(t, crowd, func(turn int) (answer, error) { return p.client.poll(t.Context(), p.of(turn), device.DeviceCode) })
		got := tally(answers)
		if got["200"] != 1 || got["200"]+got["400 invalid_grant"]+got["400 slow_down"] != crowd {
			t.Errorf("polls with one approved code: %v; want tokens once, and invalid_grant or slow_down for all others", got)
		}
		first := winner(t, answers)
		p.happened(t, first.Access, "opened")
		if got := p.refreshed(t, 1, first.Refresh); got.Status != http.StatusOK {
			t.Errorf("the winner's refresh token is answered %v, want tokens", got)
		}
		s.verify(t)
	})
}
