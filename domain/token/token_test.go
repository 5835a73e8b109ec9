package token_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/domain/event/eventtest"
	"writ/domain/token"
	"writ/ports/portstest/req"
)

var noon = eventtest.Noon

func TestAnIssuanceIsOneFactWithoutAState(t *testing.T) {
	i := token.Unissued("j1")
	issued := token.Issued{Client: "app", Scope: "A", ExpiresAt: noon}
	eventtest.Given(t, i).Do(func() { i.Issue(issued, noon) }).Then(issued)
	if i.State() != nil || !i.IsUnborn() || i.Stream().String() != "token/j1" {
		t.Errorf("the issuance is %+v", i)
	}
	i.Replay(issued, noon)
}

func TestRevokingOnce(t *testing.T) {
	req.Covers(t, "R-169")
	revoked := token.Revoked{Client: "app", ExpiresAt: noon.Add(time.Minute)}
	for name, tc := range map[string]struct{ given, then []any }{
		"a token": {nil, []any{revoked}}, "twice": {[]any{revoked}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := token.RevocationOf("j1")
			eventtest.Given(t, r, tc.given...).Do(func() { r.Revoke("app", revoked.ExpiresAt, noon) }).Then(tc.then...)
			if i := r.State().Index(); i.Client != "app" || !i.Ends.Equal(revoked.ExpiresAt) || !i.Keep.Equal(revoked.ExpiresAt) {
				t.Errorf("found by %+v", i)
			}
		})
	}
}

func TestTheAudienceIsAStringWhenItIsOne(t *testing.T) {
	for name, tc := range map[string]struct {
		audiences []string
		stored    string
	}{
		"one":  {[]string{"https://a.example"}, `"https://a.example"`},
		"two":  {[]string{"https://a.example", "https://b.example"}, `["https://a.example","https://b.example"]`},
		"none": {nil, `null`},
	} {
		t.Run(name, func(t *testing.T) {
			claims := token.AccessClaims{Audience: token.AudienceClaim(tc.audiences)}
			stored, err := json.Marshal(claims.Audience)
			if err != nil || string(stored) != tc.stored {
				t.Errorf("stored as %s, %v; want %s", stored, err, tc.stored)
			}
			if diff := cmp.Diff(tc.audiences, claims.Audiences()); diff != "" {
				t.Errorf("audiences (-want +got):\n%s", diff)
			}
			var back token.AccessClaims
			if err := json.Unmarshal([]byte(`{"aud":`+tc.stored+`}`), &back); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.audiences, back.Audiences()); diff != "" {
				t.Errorf("audiences that were read (-want +got):\n%s", diff)
			}
		})
	}
	odd := token.AccessClaims{Audience: []any{1, "https://a.example"}}
	if !odd.IsFor([]string{"x", "https://a.example"}) || odd.IsFor([]string{"1"}) || odd.IsFor(nil) || (token.AccessClaims{}).IsFor([]string{""}) {
		t.Error("IsFor is wrong")
	}
}
