package device_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"writ/domain/device"
	"writ/domain/event"
	"writ/domain/event/eventtest"
	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

const id = "c0ffee0000000000000g"

var (
	noon      = eventtest.Noon
	keys      = oauth.TokenKeys{{ID: [4]byte{1}, Secret: [32]byte{1}}}
	code      = keys.Mint(oauth.DeviceCode, id, 0, [32]byte{7})
	other     = keys.Mint(oauth.DeviceCode, id, 0, [32]byte{8})
	until     = noon.Add(10 * time.Minute)
	requested = device.Requested{Client: "tv", Scope: "openid", Code: code.Digest(), UserCode: "digest", Until: until}
	byOdin    = device.Claimed{Account: "odin"}
	approved  = device.Approved{Account: "odin", Session: "s1", Scope: "openid", AuthTime: noon}
	denied    = device.Denied{Account: "odin"}
	redeemed  = device.Redeemed{}
)

func TestDeciding(t *testing.T) {
	req.Covers(t, "R-129")
	claim := func(who oauth.AccountID, at time.Time) func(*device.Device) error {
		return func(d *device.Device) error { return d.Claim(who, at) }
	}
	approve := func(who oauth.AccountID, at time.Time) func(*device.Device) error {
		return func(d *device.Device) error {
			return d.Approve(device.Approved{Account: who, Session: "s1", Scope: "openid", AuthTime: noon}, at)
		}
	}
	deny := func(who oauth.AccountID, at time.Time) func(*device.Device) error {
		return func(d *device.Device) error { return d.Deny(who, at) }
	}
	refused := device.ErrUserCode
	for name, tc := range map[string]struct {
		given   []any
		when    func(*device.Device) error
		then    []any
		refused error
	}{
		"the first claims":                  {[]any{requested}, claim("odin", noon), []any{byOdin}, nil},
		"the same account claims again":     {[]any{requested, byOdin}, claim("odin", noon), nil, nil},
		"another account claims":            {[]any{requested, byOdin}, claim("loki", noon), nil, refused},
		"claimed too late":                  {[]any{requested}, claim("odin", until), nil, refused},
		"claimed before it was requested":   {nil, claim("odin", noon), nil, refused},
		"claimed after the decision":        {[]any{requested, byOdin, denied}, claim("odin", noon), nil, refused},
		"approved by who claimed it":        {[]any{requested, byOdin}, approve("odin", noon), []any{approved}, nil},
		"approved without a claim":          {[]any{requested}, approve("odin", noon), []any{byOdin, approved}, nil},
		"approved by another account":       {[]any{requested, byOdin}, approve("loki", noon), nil, refused},
		"approved in the last moment":       {[]any{requested, byOdin}, approve("odin", until.Add(-time.Microsecond)), []any{approved}, nil},
		"approved too late":                 {[]any{requested, byOdin}, approve("odin", until), nil, refused},
		"approved twice":                    {[]any{requested, byOdin, approved}, approve("odin", noon), nil, refused},
		"approved after it was denied":      {[]any{requested, byOdin, denied}, approve("odin", noon), nil, refused},
		"approved after tokens were issued": {[]any{requested, byOdin, approved, redeemed}, approve("odin", noon), nil, refused},
		"denied by who claimed it":          {[]any{requested, byOdin}, deny("odin", noon), []any{denied}, nil},
		"denied without a claim":            {[]any{requested}, deny("odin", noon), []any{byOdin, denied}, nil},
		"denied by another account":         {[]any{requested, byOdin}, deny("loki", noon), nil, refused},
		"denied after it was approved":      {[]any{requested, byOdin, approved}, deny("odin", noon), nil, refused},
		"denied too late":                   {[]any{requested, byOdin}, deny("odin", until), nil, refused},
	} {
		t.Run(name, func(t *testing.T) {
			d := device.Named(id)
			eventtest.Given(t, d, tc.given...).When(func() error { return tc.when(d) }).Then(tc.then...).Refused(tc.refused)
		})
	}
}

func TestPolling(t *testing.T) {
	req.Covers(t, "R-126", "R-130")
	for name, tc := range map[string]struct {
		given  []any
		client oauth.ClientID
		code   oauth.Opaque
		at     time.Time
		want   error
	}{
		"nobody decided":                {[]any{requested}, "tv", code, noon, device.ErrPending},
		"somebody looks at it":          {[]any{requested, byOdin}, "tv", code, noon, device.ErrPending},
		"approved":                      {[]any{requested, byOdin, approved}, "tv", code, noon, nil},
		"denied":                        {[]any{requested, byOdin, denied}, "tv", code, noon, device.ErrDenied},
		"expired":                       {[]any{requested}, "tv", code, until, device.ErrExpired},
		"approved, but polled too late": {[]any{requested, byOdin, approved}, "tv", code, until, device.ErrExpired},
		"denied and expired":            {[]any{requested, byOdin, denied}, "tv", code, until, device.ErrExpired},
		"used":                          {[]any{requested, byOdin, approved, redeemed}, "tv", code, noon, device.ErrCode},
		"used and expired":              {[]any{requested, byOdin, approved, redeemed}, "tv", code, until, device.ErrCode},
		"another client":                {[]any{requested, byOdin, approved}, "radio", code, noon, device.ErrCode},
		"another client, expired":       {[]any{requested}, "radio", code, until, device.ErrCode},
		"another secret":                {[]any{requested, byOdin, approved}, "tv", other, noon, device.ErrCode},
		"no code":                       {[]any{requested, byOdin, approved}, "tv", oauth.Opaque{}, noon, device.ErrCode},
		"nothing requested":             {nil, "tv", code, noon, device.ErrCode},
	} {
		t.Run(name, func(t *testing.T) {
			d := device.Named(id)
			eventtest.Given(t, d, tc.given...).When(func() error { return d.Poll(tc.client, tc.code, tc.at) }).Then().Refused(tc.want)
			var then []any
			if tc.want == nil {
				then = []any{redeemed}
			}
			d = device.Named(id)
			eventtest.Given(t, d, tc.given...).When(func() error { return d.Redeem(tc.client, tc.code, tc.at) }).Then(then...).Refused(tc.want)
		})
	}
}

func TestTheUserCodeIsHeldWhileItCanBeDecided(t *testing.T) {
	held := []event.Unique{{Kind: "user_code", Value: "digest"}}
	for name, tc := range map[string]struct {
		given []any
		want  []event.Unique
	}{
		"requested": {[]any{requested}, held}, "claimed": {[]any{requested, byOdin}, held},
		"approved": {[]any{requested, byOdin, approved}, nil}, "denied": {[]any{requested, byOdin, denied}, nil},
	} {
		d := device.Named(id)
		eventtest.Given(t, d, tc.given...)
		i := d.State().Index()
		if diff := cmp.Diff(tc.want, i.Unique); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if i.Client != "tv" || !i.Ends.Equal(until) || !i.Keep.Equal(until.Add(24*time.Hour)) {
			t.Errorf("%s: found by %+v", name, i)
		}
	}
}

func TestAnyHistoryOfADevice(t *testing.T) {
	req.Covers(t, "R-129", "R-130")
	accounts := rapid.SampledFrom([]oauth.AccountID{"odin", "loki"})
	rapid.Check(t, func(t *rapid.T) {
		d, at, tokens := device.Unrequested(id), noon, 0
		d.Request(requested, noon)
		var owner oauth.AccountID
		t.Repeat(map[string]func(*rapid.T){
			"time passes": func(t *rapid.T) {
				at = at.Add(time.Duration(rapid.Int64Range(0, int64(4*time.Minute)).Draw(t, "passed")))
			},
			"claim":   func(t *rapid.T) { _ = d.Claim(accounts.Draw(t, "who"), at) },
			"approve": func(t *rapid.T) { _ = d.Approve(device.Approved{Account: accounts.Draw(t, "who")}, at) },
			"deny":    func(t *rapid.T) { _ = d.Deny(accounts.Draw(t, "who"), at) },
			"redeem": func(t *rapid.T) {
				if d.Redeem("tv", rapid.SampledFrom([]oauth.Opaque{code, other}).Draw(t, "code"), at) == nil {
					tokens++
				}
			},
			"": func(t *rapid.T) {
				s := d.View()
				switch {
				case owner != "" && s.Account != owner:
					t.Fatalf("%s took over from %s", s.Account, owner)
				case s.Approved != nil && (s.Denied || s.Approved.Account != s.Account):
					t.Fatalf("decided as %+v", s)
				case tokens > 1 || tokens == 1 && s.Approved == nil:
					t.Fatalf("tokens were issued %d times", tokens)
				}
				owner = s.Account
			},
		})
		eventtest.ReplayGivesTheSame(t, d, nil)
	})
}
