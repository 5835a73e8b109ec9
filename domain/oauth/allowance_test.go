package oauth_test

import (
	"testing"

	"pgregory.net/rapid"

	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

// The names of the cases say: what the client is, what it may ask for, what the account holds.

func TestScopeAtConsent(t *testing.T) {
	req.Covers(t, "R-052", "R-090")
	for name, tc := range map[string]struct {
		policy          oauth.ScopePolicy
		allowed, held   oauth.Scope
		requested, want oauth.Scope
	}{
		"explicit: both have it":                       {oauth.Explicit, "openid A B", "A C", "openid A B", "openid A"},
		"explicit: nothing requested":                  {oauth.Explicit, "openid A", "A", "", ""},
		"explicit: only standard scopes":               {oauth.Explicit, "openid A", "A", "openid", "openid"},
		"explicit: standard scopes are capped":         {oauth.Explicit, "openid", "A", "openid email", "openid"},
		"explicit: an administrator holds all":         {oauth.Explicit, "A", "ADMINISTRATOR", "A B", "A"},
		"explicit: a client allowed administrator":     {oauth.Explicit, "ADMINISTRATOR", "A", "A B", "A"},
		"explicit: both administrator":                 {oauth.Explicit, "ADMINISTRATOR", "ADMINISTRATOR", "A B", "A B"},
		"explicit: administrator is no standard scope": {oauth.Explicit, "ADMINISTRATOR", "ADMINISTRATOR", "openid A", "A"},
		"explicit: administrator itself is bounded":    {oauth.Explicit, "A", "ADMINISTRATOR", "ADMINISTRATOR", ""},
		"inherit: no permission requested gives all":   {oauth.Inherit, "openid", "A B", "openid", "openid A B"},
		"inherit: nothing requested gives all":         {oauth.Inherit, "", "A B", "", "A B"},
		"inherit: one requested gives that one":        {oauth.Inherit, "openid A B", "A B", "openid A", "openid A"},
		"inherit: requested is bounded by the client":  {oauth.Inherit, "openid A", "A B", "A B", "A"},
		"inherit: requested is bounded by the account": {oauth.Inherit, "A B", "A", "A B", "A"},
		"inherit: standard scopes are capped":          {oauth.Inherit, "openid", "A", "openid email", "openid A"},
	} {
		t.Run(name, func(t *testing.T) {
			got := oauth.Allowance{Policy: tc.policy, Allowed: tc.allowed, Held: tc.held}.AtConsent(tc.requested)
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestScopeAtRefresh(t *testing.T) {
	req.Covers(t, "R-118")
	for name, tc := range map[string]struct {
		policy        oauth.ScopePolicy
		allowed, held oauth.Scope
		granted, want oauth.Scope
	}{
		"nothing lost":                            {oauth.Explicit, "openid A B", "A B", "openid A B", "openid A B"},
		"the account lost one":                    {oauth.Explicit, "openid A B", "A", "openid A B", "openid A"},
		"the client lost one":                     {oauth.Explicit, "openid A", "A B", "openid A B", "openid A"},
		"the client lost a standard scope":        {oauth.Explicit, "A", "A", "openid A", "A"},
		"a promotion adds nothing":                {oauth.Explicit, "openid A B", "ADMINISTRATOR", "openid A", "openid A"},
		"inherit: the account lost one":           {oauth.Inherit, "openid", "A", "openid A B", "openid A"},
		"inherit: the client's list is no bound":  {oauth.Inherit, "openid", "A B", "openid A B", "openid A B"},
		"inherit: a promotion adds nothing":       {oauth.Inherit, "openid", "ADMINISTRATOR", "openid A", "openid A"},
		"an administrator's grant after the fall": {oauth.Inherit, "openid", "A", "ADMINISTRATOR A", "A"},
	} {
		t.Run(name, func(t *testing.T) {
			got := oauth.Allowance{Policy: tc.policy, Allowed: tc.allowed, Held: tc.held}.AtRefresh(tc.granted)
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestScopeForTheClientItself(t *testing.T) {
	req.Covers(t, "R-121")
	for name, tc := range map[string]struct {
		allowed, held   oauth.Scope
		requested, want oauth.Scope
		refused         error
	}{
		"nothing requested gives all":        {"openid A B", "A C", "", "A", nil},
		"one requested":                      {"A B", "A B", "A", "A", nil},
		"one the owner lacks":                {"A B", "A", "A B", "A", nil},
		"none that the owner has":            {"A", "", "A", "", nil},
		"one the client may not ask for":     {"A", "A B", "B", "", oauth.ErrScopeNotAllowed},
		"standard scopes are dropped":        {"openid A", "A", "openid offline_access A", "A", nil},
		"only standard scopes":               {"openid A", "A", "openid", "", nil},
		"a client allowed administrator":     {"ADMINISTRATOR", "A", "A B", "A", nil},
		"an owner who is an administrator":   {"A B", "ADMINISTRATOR", "", "A B", nil},
		"both administrator, administrator":  {"ADMINISTRATOR", "ADMINISTRATOR", "ADMINISTRATOR", "ADMINISTRATOR", nil},
		"an administrator's client does not": {"A", "ADMINISTRATOR", "ADMINISTRATOR", "", oauth.ErrScopeNotAllowed},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := oauth.Allowance{Allowed: tc.allowed, Held: tc.held}.ForClientItself(tc.requested)
			if got != tc.want || err != tc.refused {
				t.Errorf("got %q, %v; want %q, %v", got, err, tc.want, tc.refused)
			}
		})
	}
}

func TestScopeAtADeviceRequest(t *testing.T) {
	for name, tc := range map[string]struct {
		allowed, requested oauth.Scope
		refused            bool
	}{
		"all allowed":                      {"openid A", "openid A", false},
		"nothing requested":                {"", "", false},
		"a permission too many":            {"openid A", "A B", true},
		"a standard scope too many":        {"openid", "openid email", true},
		"administrator allows every word":  {"ADMINISTRATOR", "openid A ADMINISTRATOR", false},
		"asking for administrator is also": {"A", "ADMINISTRATOR", true},
	} {
		t.Run(name, func(t *testing.T) {
			err := oauth.Allowance{Allowed: tc.allowed}.AtDeviceRequest(tc.requested)
			if (err != nil) != tc.refused {
				t.Errorf("got %v, want refused %v", err, tc.refused)
			}
		})
	}
}

func TestWhoMayUseClients(t *testing.T) {
	for held, want := range map[oauth.Scope]bool{
		"": false, "A": false, "USE_OAUTH_CLIENTS": true, "ADMINISTRATOR": true, "A USE_OAUTH_CLIENTS": true,
	} {
		if got := (oauth.Allowance{Held: held}).MayUseClients(); got != want {
			t.Errorf("holding %q: %v, want %v", held, got, want)
		}
	}
}

// words draws a scope of a few words, administrator and standard scopes among them.
func words() *rapid.Generator[oauth.Scope] {
	word := rapid.SampledFrom([]string{"openid", "email", "offline_access", "A", "B", "C", "ADMINISTRATOR"})
	return rapid.Custom(func(t *rapid.T) oauth.Scope {
		return oauth.NewScope(rapid.SliceOfN(word, 0, 6).Draw(t, "words")...)
	})
}

func TestNoAllowanceGivesMoreThanWasAskedOrHeld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := oauth.Allowance{
			Policy:  rapid.SampledFrom([]oauth.ScopePolicy{oauth.Explicit, oauth.Inherit}).Draw(t, "policy"),
			Allowed: words().Draw(t, "allowed"), Held: words().Draw(t, "held").Permissions(),
		}
		requested := words().Draw(t, "requested")
		consented := a.AtConsent(requested)
		if beyond := consented.Permissions().Within(a.Held); beyond != consented.Permissions() {
			t.Fatalf("consent gives %q, of which the account holds only %q", consented, beyond)
		}
		if !requested.Covers(consented.Standard()) || !a.Allowed.Covers(consented.Standard()) {
			t.Fatalf("consent gives standard scopes %q beyond the request or the client", consented.Standard())
		}
		later := a
		later.Held = words().Draw(t, "held later").Permissions()
		later.Allowed = words().Draw(t, "allowed later")
		left := later.AtRefresh(consented)
		if !consented.Covers(left) {
			t.Fatalf("a refresh made %q of %q", left, consented)
		}
		if later.AtRefresh(left) != left {
			t.Fatalf("a second refresh made %q of %q", later.AtRefresh(left), left)
		}
		own, err := a.ForClientItself(requested)
		if err == nil && (own.Standard() != "" || own.Within(a.Held) != own || own.Within(a.Allowed) != own) {
			t.Fatalf("a client got %q for itself", own)
		}
	})
}
