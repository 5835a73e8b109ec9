package authorization_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"writ/domain/authorization"
	"writ/domain/event/eventtest"
	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

const (
	id                            = "c0ffee0000000000000g"
	redirect   oauth.RedirectURI  = "https://app.example/cb"
	verifier   oauth.CodeVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	noVerifier oauth.CodeVerifier = ""
	wrong      oauth.CodeVerifier = "XBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	lifetime                      = time.Minute
)

var (
	noon     = eventtest.Noon
	keys     = oauth.TokenKeys{{ID: [4]byte{1}, Secret: [32]byte{1}}}
	code     = keys.Mint(oauth.AuthorizationCode, id, 0, [32]byte{7})
	other    = keys.Mint(oauth.AuthorizationCode, id, 0, [32]byte{8})
	approved = authorization.Approved{
		Client: "app", Account: "odin", Session: "s1", Redirect: redirect, Scope: "openid", Nonce: "n",
		Challenge: verifier.Challenge(), Code: code.Digest(), AuthTime: noon, Until: noon.Add(lifetime),
	}
	denied   = authorization.Denied{Client: "app", Account: "odin"}
	tried    = authorization.VerifierRefused{}
	redeemed = authorization.Redeemed{}
)

func redemption() authorization.Redemption {
	return authorization.Redemption{Client: "app", Code: code, Redirect: redirect, Verifier: verifier, At: noon.Add(time.Second)}
}

func with(change func(*authorization.Redemption)) authorization.Redemption {
	r := redemption()
	change(&r)
	return r
}

func TestARequestIsDecidedOnce(t *testing.T) {
	req.Covers(t, "R-061")
	approve := func(a *authorization.Authorization) error { return a.Approve(approved, noon) }
	deny := func(a *authorization.Authorization) error { return a.Deny("app", "odin", noon) }
	for name, tc := range map[string]struct {
		given   []any
		when    func(*authorization.Authorization) error
		then    []any
		refused error
	}{
		"approved":                {nil, approve, []any{approved}, nil},
		"denied":                  {nil, deny, []any{denied}, nil},
		"approved after approval": {[]any{approved}, approve, nil, authorization.ErrDecided},
		"denied after approval":   {[]any{approved}, deny, nil, authorization.ErrDecided},
		"approved after denial":   {[]any{denied}, approve, nil, authorization.ErrDecided},
		"denied after denial":     {[]any{denied}, deny, nil, authorization.ErrDecided},
	} {
		t.Run(name, func(t *testing.T) {
			a := authorization.Undecided(id)
			eventtest.Given(t, a, tc.given...).When(func() error { return tc.when(a) }).Then(tc.then...).Refused(tc.refused)
		})
	}
}

func TestRedeeming(t *testing.T) {
	req.Covers(t, "R-062", "R-076", "R-077", "R-102", "R-105")
	spent := []any{approved, redeemed}
	unbound, implied := approved, approved
	unbound.Challenge, implied.Implied = "", true
	for name, tc := range map[string]struct {
		given   []any
		when    authorization.Redemption
		then    []any
		refused error
	}{
		"as it was made for":                {[]any{approved}, redemption(), []any{redeemed}, nil},
		"just in time":                      {[]any{approved}, with(func(r *authorization.Redemption) { r.At = approved.Until.Add(-time.Microsecond) }), []any{redeemed}, nil},
		"too late":                          {[]any{approved}, with(func(r *authorization.Redemption) { r.At = approved.Until }), nil, authorization.ErrCode},
		"by another client":                 {[]any{approved}, with(func(r *authorization.Redemption) { r.Client = "other" }), nil, authorization.ErrCode},
		"for another redirect URI":          {[]any{approved}, with(func(r *authorization.Redemption) { r.Redirect += "/" }), nil, authorization.ErrCode},
		"for none, though one was sent":     {[]any{approved}, with(func(r *authorization.Redemption) { r.Redirect = "" }), nil, authorization.ErrCode},
		"for none, as none was sent":        {[]any{implied}, with(func(r *authorization.Redemption) { r.Redirect = "" }), []any{redeemed}, nil},
		"for the implied one, sent now":     {[]any{implied}, redemption(), []any{redeemed}, nil},
		"another code of the request":       {[]any{approved}, with(func(r *authorization.Redemption) { r.Code = other }), nil, authorization.ErrCode},
		"no code":                           {[]any{approved}, with(func(r *authorization.Redemption) { r.Code = oauth.Opaque{} }), nil, authorization.ErrCode},
		"a request that nobody decided":     {nil, redemption(), nil, authorization.ErrCode},
		"a request that was denied":         {[]any{denied}, redemption(), nil, authorization.ErrCode},
		"a denied one, without a code":      {[]any{denied}, authorization.Redemption{Client: "app"}, nil, authorization.ErrCode},
		"a wrong verifier":                  {[]any{approved}, with(func(r *authorization.Redemption) { r.Verifier = wrong }), []any{tried}, authorization.ErrVerifier},
		"no verifier":                       {[]any{approved}, with(func(r *authorization.Redemption) { r.Verifier = noVerifier }), []any{tried}, authorization.ErrVerifier},
		"a verifier that nobody asked for":  {[]any{unbound}, redemption(), []any{tried}, authorization.ErrVerifier},
		"none, as there is no challenge":    {[]any{unbound}, with(func(r *authorization.Redemption) { r.Verifier = noVerifier }), []any{redeemed}, nil},
		"right after four wrong tries":      {[]any{approved, tried, tried, tried, tried}, redemption(), []any{redeemed}, nil},
		"a fifth wrong try":                 {[]any{approved, tried, tried, tried, tried}, with(func(r *authorization.Redemption) { r.Verifier = wrong }), []any{tried}, authorization.ErrVerifier},
		"right after five wrong tries":      {[]any{approved, tried, tried, tried, tried, tried}, redemption(), nil, authorization.ErrCode},
		"a replay":                          {spent, redemption(), nil, authorization.ErrReplayed},
		"a replay after the code expired":   {spent, with(func(r *authorization.Redemption) { r.At = noon.Add(time.Hour) }), nil, authorization.ErrReplayed},
		"a replay by another client":        {spent, with(func(r *authorization.Redemption) { r.Client = "other" }), nil, authorization.ErrCode},
		"a replay for another redirect URI": {spent, with(func(r *authorization.Redemption) { r.Redirect = "https://evil.example" }), nil, authorization.ErrCode},
		"a replay with a wrong verifier":    {spent, with(func(r *authorization.Redemption) { r.Verifier = wrong }), nil, authorization.ErrCode},
		"a replay without a verifier":       {spent, with(func(r *authorization.Redemption) { r.Verifier = noVerifier }), nil, authorization.ErrCode},
	} {
		t.Run(name, func(t *testing.T) {
			a := authorization.Named(id)
			eventtest.Given(t, a, tc.given...).When(func() error { return a.Redeem(tc.when) }).Then(tc.then...).Refused(tc.refused)
		})
	}
}

func TestAReplayReadsLikeAnyOtherCode(t *testing.T) {
	req.Covers(t, "R-102")
	if authorization.ErrReplayed.Error() != authorization.ErrCode.Error() {
		t.Error("a client can tell a replay")
	}
	if errors.Is(authorization.ErrReplayed, authorization.ErrCode) {
		t.Error("a use case cannot tell a replay")
	}
}

func TestADecidedRequestIsFound(t *testing.T) {
	a := authorization.Named(id)
	eventtest.Given(t, a, approved)
	i := a.State().Index()
	if i.Account != "odin" || i.Client != "app" || !i.Ends.Equal(approved.Until) || !i.Keep.Equal(approved.Until.Add(30*24*time.Hour)) {
		t.Errorf("found by %+v", i)
	}
	if a.Approval().Nonce != "n" {
		t.Errorf("the approval is %+v", a.Approval())
	}
}

func TestAnyHistoryOfACode(t *testing.T) {
	req.Covers(t, "R-062", "R-076")
	rapid.Check(t, func(t *rapid.T) {
		a := authorization.Undecided(id)
		if err := a.Approve(approved, noon); err != nil {
			t.Fatal(err)
		}
		redemptions, wrongs, at := 0, 0, noon
		for range rapid.IntRange(0, 20).Draw(t, "tries") {
			at = at.Add(time.Duration(rapid.Int64Range(0, int64(20*time.Second)).Draw(t, "passed")))
			r := authorization.Redemption{
				Client:   rapid.SampledFrom([]oauth.ClientID{"app", "app", "other"}).Draw(t, "client"),
				Code:     rapid.SampledFrom([]oauth.Opaque{code, code, other}).Draw(t, "code"),
				Redirect: rapid.SampledFrom([]oauth.RedirectURI{redirect, redirect, ""}).Draw(t, "redirect"),
				Verifier: rapid.SampledFrom([]oauth.CodeVerifier{verifier, wrong, noVerifier}).Draw(t, "verifier"),
				At:       at,
			}
			switch err := a.Redeem(r); {
			case err == nil:
				redemptions++
				if r.Client != "app" || r.Redirect != redirect || r.Verifier != verifier || wrongs >= 5 || !at.Before(approved.Until) {
					t.Fatalf("redeemed after %d wrong tries with %+v", wrongs, r)
				}
			case errors.Is(err, authorization.ErrVerifier):
				wrongs++
			}
		}
		if redemptions > 1 || wrongs > 5 {
			t.Fatalf("%d redemptions and %d wrong tries", redemptions, wrongs)
		}
		eventtest.ReplayGivesTheSame(t, a, nil)
	})
}
