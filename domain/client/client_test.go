package client_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"writ/domain/client"
	"writ/domain/event"
	"writ/domain/event/eventtest"
	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

var (
	noon     = eventtest.Noon
	first    = oauth.DigestOf([]byte("first"))
	second   = oauth.DigestOf([]byte("second"))
	third    = oauth.DigestOf([]byte("third"))
	settings = client.Settings{
		Name: "App", Confidential: true, AuthMethod: oauth.AuthClientSecretBasic, Policy: oauth.Explicit, RequirePKCE: true,
		RedirectURIs: []oauth.RedirectURI{"https://app.example/cb"},
		Grants:       []oauth.GrantType{oauth.AuthorizationCodeGrant, oauth.RefreshTokenGrant}, Allowed: "openid A",
	}
	registered = client.Registered{ID: "row1", Owner: "odin", Settings: settings, Secret: first}
	deleted    = client.Deleted{}
)

func public() client.Settings {
	s := settings
	s.Confidential, s.AuthMethod = false, oauth.AuthNone
	return s
}

func TestRegistering(t *testing.T) {
	r := client.Registration{ID: "row1", Owner: "odin", Settings: settings, Secret: first, At: noon}
	broken := r
	broken.Settings.Name = ""
	for name, tc := range map[string]struct {
		id      oauth.ClientID
		given   []any
		when    client.Registration
		then    []any
		refused error
	}{
		"a new id":             {"app", nil, r, []any{registered}, nil},
		"an id in use":         {"app", []any{registered}, r, nil, client.ErrTaken},
		"the id of a deleted":  {"app", []any{registered, deleted}, r, nil, client.ErrTaken},
		"no id":                {"", nil, r, nil, client.ErrClientID},
		"an id with a space":   {"my app", nil, r, nil, client.ErrClientID},
		"an id beyond ASCII":   {"äpp", nil, r, nil, client.ErrClientID},
		"the longest id":       {oauth.ClientID(strings.Repeat("a", 255)), nil, r, []any{registered}, nil},
		"an id that is longer": {oauth.ClientID(strings.Repeat("a", 256)), nil, r, nil, client.ErrClientID},
		"broken settings":      {"app", nil, broken, nil, client.ErrName},
	} {
		t.Run(name, func(t *testing.T) {
			c := client.Unregistered(tc.id)
			eventtest.Given(t, c, tc.given...).When(func() error { return c.Register(tc.when) }).Then(tc.then...).Refused(tc.refused)
		})
	}
}

func window(d time.Duration) *time.Duration { return &d }

func TestSettingsThatContradictThemselves(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*client.Settings)
		want   error
	}{
		"good as they are":              {func(*client.Settings) {}, nil},
		"no name":                       {func(s *client.Settings) { s.Name = "" }, client.ErrName},
		"a name of spaces":              {func(s *client.Settings) { s.Name = "  " }, client.ErrName},
		"a name with a control":         {func(s *client.Settings) { s.Name = "A\x1b[31m" }, client.ErrName},
		"a name that runs backwards":    {func(s *client.Settings) { s.Name = "A\u202eB" }, client.ErrName},
		"a name with no width":          {func(s *client.Settings) { s.Name = "A\u200bB" }, client.ErrName},
		"a name that is no UTF-8":       {func(s *client.Settings) { s.Name = "A\xff" }, client.ErrName},
		"a name of 100 runes":           {func(s *client.Settings) { s.Name = strings.Repeat("ü", 100) }, nil},
		"a name of 101 runes":           {func(s *client.Settings) { s.Name = strings.Repeat("ü", 101) }, client.ErrName},
		"no grants":                     {func(s *client.Settings) { s.Grants = nil }, client.ErrNoGrants},
		"confidential without a method": {func(s *client.Settings) { s.AuthMethod = oauth.AuthNone }, client.ErrAuthMethod},
		"public with a secret":          {func(s *client.Settings) { s.Confidential = false }, client.ErrAuthMethod},
		"an unknown method":             {func(s *client.Settings) { s.AuthMethod = "private_key_jwt" }, client.ErrAuthMethod},
		"an unknown policy":             {func(s *client.Settings) { s.Policy = "all" }, client.ErrPolicy},
		"public client_credentials": {func(s *client.Settings) {
			*s = public()
			s.Grants = append(s.Grants, oauth.ClientCredentialsGrant)
		}, client.ErrPublicCreds},
		"a code without a redirect URI": {func(s *client.Settings) { s.RedirectURIs = nil }, client.ErrNoRedirectURI},
		"too many redirect URIs": {func(s *client.Settings) {
			s.RedirectURIs = slicesRepeat("https://app.example/cb", 21)
		}, client.ErrNoRedirectURI},
		"redirect URIs without a code": {func(s *client.Settings) { s.Grants = []oauth.GrantType{oauth.ClientCredentialsGrant} }, client.ErrRedirectURIs},
		"public without PKCE": {func(s *client.Settings) {
			*s = public()
			s.RequirePKCE = false
		}, client.ErrPublicPKCE},
		"confidential without PKCE": {func(s *client.Settings) { s.RequirePKCE = false }, nil},
		"refresh alone": {func(s *client.Settings) {
			s.Grants, s.RedirectURIs = []oauth.GrantType{oauth.RefreshTokenGrant}, nil
		}, client.ErrRefreshAlone},
		"refresh for a device": {func(s *client.Settings) {
			s.Grants, s.RedirectURIs = []oauth.GrantType{oauth.RefreshTokenGrant, oauth.DeviceCodeGrant}, nil
		}, nil},
		"an algorithm that is none":    {func(s *client.Settings) { s.IDTokenAlg = "none" }, client.ErrAlg},
		"a reuse window without end":   {func(s *client.Settings) { s.ReuseWindow = window(11 * time.Minute) }, client.ErrReuseWindow},
		"a reuse window of the past":   {func(s *client.Settings) { s.ReuseWindow = window(-time.Second) }, client.ErrReuseWindow},
		"the longest reuse window":     {func(s *client.Settings) { s.ReuseWindow = window(10 * time.Minute) }, nil},
		"no reuse window":              {func(s *client.Settings) { s.ReuseWindow = window(0) }, nil},
		"an algorithm of its own":      {func(s *client.Settings) { s.IDTokenAlg = oauth.EdDSA }, nil},
		"a redirect URI that may leak": {func(s *client.Settings) { s.RedirectURIs = []oauth.RedirectURI{"http://app.example"} }, oauth.ErrRedirectURI},
	} {
		t.Run(name, func(t *testing.T) {
			s := settings
			tc.change(&s)
			if got := s.Check(); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
			c := client.Named("app")
			var then []any
			if tc.want == nil {
				then = []any{client.Changed{Settings: s}}
			}
			eventtest.Given(t, c, registered).When(func() error { return c.Change(s, noon) }).Then(then...).Refused(tc.want)
		})
	}
}

func slicesRepeat(u oauth.RedirectURI, n int) []oauth.RedirectURI {
	var all []oauth.RedirectURI
	for range n {
		all = append(all, u)
	}
	return all
}

func TestAuthenticating(t *testing.T) {
	req.Covers(t, "R-034", "R-041", "R-043", "R-045")
	rotated := client.SecretRotated{Secret: second, OldUntil: noon.Add(time.Hour)}
	again := client.SecretRotated{Secret: third, OldUntil: noon.Add(time.Hour)}
	open := client.Registered{ID: "row1", Settings: public()}
	basic := func(secret oauth.Secret) client.Credentials {
		return client.Credentials{ID: "app", Method: oauth.AuthClientSecretBasic, Secret: secret}
	}
	for name, tc := range map[string]struct {
		given []any
		cred  client.Credentials
		at    time.Time
		ok    bool
	}{
		"the right secret":                       {[]any{registered}, basic("first"), noon, true},
		"a wrong secret":                         {[]any{registered}, basic("wrong"), noon, false},
		"no secret":                              {[]any{registered}, basic(""), noon, false},
		"the digest for the secret":              {[]any{registered}, basic(oauth.Secret(first)), noon, false},
		"another method":                         {[]any{registered}, client.Credentials{Method: oauth.AuthClientSecretPost, Secret: "first"}, noon, false},
		"no method":                              {[]any{registered}, client.Credentials{Method: oauth.AuthNone}, noon, false},
		"an unknown client":                      {nil, basic("first"), noon, false},
		"an unknown client, no method":           {nil, client.Credentials{}, noon, false},
		"a deleted client":                       {[]any{registered, deleted}, basic("first"), noon, false},
		"a deleted public client":                {[]any{open, deleted}, client.Credentials{Method: oauth.AuthNone}, noon, false},
		"a public client":                        {[]any{open}, client.Credentials{Method: oauth.AuthNone}, noon, true},
		"a public client with a secret":          {[]any{open}, basic("first"), noon, false},
		"the new secret":                         {[]any{registered, rotated}, basic("second"), noon, true},
		"the old one, meanwhile":                 {[]any{registered, rotated}, basic("first"), noon.Add(time.Hour - time.Microsecond), true},
		"the old one, afterwards":                {[]any{registered, rotated}, basic("first"), noon.Add(time.Hour), false},
		"the new one, afterwards":                {[]any{registered, rotated}, basic("second"), noon.Add(48 * time.Hour), true},
		"the third of three":                     {[]any{registered, rotated, again}, basic("third"), noon, true},
		"the second of three":                    {[]any{registered, rotated, again}, basic("second"), noon, true},
		"the first of three: two are the most":   {[]any{registered, rotated, again}, basic("first"), noon, false},
		"confidential without any secret at all": {[]any{client.Registered{ID: "row1", Settings: settings}}, basic(""), noon, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := client.Named("app")
			var want error
			if !tc.ok {
				want = client.ErrAuthentication
			}
			eventtest.Given(t, c, tc.given...).When(func() error { return c.Authenticate(tc.cred, tc.at) }).Then().Refused(want)
		})
	}
}

func TestChangingRotatingDeleting(t *testing.T) {
	open := client.Registered{ID: "row1", Settings: public()}
	rotated := client.SecretRotated{Secret: second, OldUntil: noon.Add(time.Hour)}
	change := func(c *client.Client) error { return c.Change(settings, noon) }
	rotate := func(c *client.Client) error { return c.RotateSecret(second, noon.Add(time.Hour), noon) }
	remove := func(c *client.Client) error { return c.Delete(noon) }
	for name, tc := range map[string]struct {
		given   []any
		when    func(*client.Client) error
		then    []any
		refused error
	}{
		"changed":                       {[]any{registered}, change, []any{client.Changed{Settings: settings}}, nil},
		"changed after deletion":        {[]any{registered, deleted}, change, nil, client.ErrUnknown},
		"changed, never registered":     {nil, change, nil, client.ErrUnknown},
		"rotated":                       {[]any{registered}, rotate, []any{rotated}, nil},
		"rotated, but public":           {[]any{open}, rotate, nil, client.ErrPublicSecret},
		"rotated after deletion":        {[]any{registered, deleted}, rotate, nil, client.ErrUnknown},
		"deleted":                       {[]any{registered}, remove, []any{deleted}, nil},
		"deleted twice":                 {[]any{registered, deleted}, remove, nil, nil},
		"deleted, but never registered": {nil, remove, nil, client.ErrUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			c := client.Named("app")
			eventtest.Given(t, c, tc.given...).When(func() error { return tc.when(c) }).Then(tc.then...).Refused(tc.refused)
		})
	}
}

func TestWhichRedirectURIARequestMayUse(t *testing.T) {
	req.Covers(t, "R-069")
	one := registered
	two := registered
	two.Settings.RedirectURIs = []oauth.RedirectURI{"https://app.example/cb", "http://127.0.0.1/cb"}
	none := client.Registered{ID: "row1", Settings: client.Settings{Grants: []oauth.GrantType{oauth.DeviceCodeGrant}}}
	for name, tc := range map[string]struct {
		given     client.Registered
		requested oauth.RedirectURI
		openID    bool
		want      oauth.RedirectURI
	}{
		"the registered one":               {one, "https://app.example/cb", true, "https://app.example/cb"},
		"left out, where there is one":     {one, "", false, "https://app.example/cb"},
		"left out with openid":             {one, "", true, ""},
		"left out, where there are two":    {two, "", false, ""},
		"left out, where there is none":    {none, "", false, ""},
		"another one":                      {one, "https://evil.example/cb", false, ""},
		"a loopback with its present port": {two, "http://127.0.0.1:51004/cb", true, "http://127.0.0.1:51004/cb"},
	} {
		t.Run(name, func(t *testing.T) {
			c := client.Named("app")
			eventtest.Given(t, c, tc.given)
			got, err := c.Redirect(tc.requested, tc.openID)
			if got != tc.want || (err == nil) != (tc.want != "") {
				t.Errorf("got %q, %v; want %q", got, err, tc.want)
			}
		})
	}
}

func TestWhatAClientMayDo(t *testing.T) {
	req.Covers(t, "R-088")
	c := client.Named("app")
	if c.Active() || c.MayUse(oauth.AuthorizationCodeGrant) != client.ErrGrantType {
		t.Error("a client that was never registered is active, or may do something")
	}
	eventtest.Given(t, c, registered)
	if c.MayUse(oauth.AuthorizationCodeGrant) != nil || c.MayUse(oauth.DeviceCodeGrant) != client.ErrGrantType || !c.MayRefresh() {
		t.Error("the grant types are not those of the registration")
	}
	if !c.RemembersConsent("com.example.app:/cb") {
		t.Error("a confidential client must always ask")
	}
	if diff := cmp.Diff(oauth.Allowance{Policy: oauth.Explicit, Allowed: "openid A", Held: "A"}, c.Allowance("A")); diff != "" {
		t.Errorf("allowance (-want +got):\n%s", diff)
	}
	p := client.Named("app")
	eventtest.Given(t, p, client.Registered{ID: "row2", Settings: public()})
	for redirect, want := range map[oauth.RedirectURI]bool{
		"https://app.example/cb": true, "http://127.0.0.1/cb": false, "com.example.app:/cb": false,
	} {
		if p.RemembersConsent(redirect) != want {
			t.Errorf("a public client at %s remembers consent: %v, want %v", redirect, !want, want)
		}
	}
}

func TestAClientIDStaysTaken(t *testing.T) {
	c := client.Named("app")
	eventtest.Given(t, c, registered, deleted)
	want := event.Index{Account: "odin", Client: "app", Unique: []event.Unique{{Kind: "subject", Value: "app"}, {Kind: "client", Value: "row1"}}}
	if diff := cmp.Diff(want, c.State().Index()); diff != "" {
		t.Errorf("index (-want +got):\n%s", diff)
	}
	if s := c.View(); len(s.Secrets) > 0 || !s.Deleted {
		t.Errorf("after deletion the state is %+v", s)
	}
}

func TestAnyHistoryOfAClient(t *testing.T) {
	req.Covers(t, "R-043")
	secrets := []oauth.Secret{"s0", "s1", "s2", "s3"}
	rapid.Check(t, func(t *rapid.T) {
		c, at := client.Unregistered("app"), noon
		err := c.Register(client.Registration{ID: "row1", Settings: settings, Secret: oauth.DigestOf([]byte("s0")), At: at})
		if err != nil {
			t.Fatal(err)
		}
		wasDeleted := false
		t.Repeat(map[string]func(*rapid.T){
			"time passes": func(t *rapid.T) { at = at.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "minutes")) * time.Minute) },
			"rotate": func(t *rapid.T) {
				_ = c.RotateSecret(oauth.DigestOf([]byte(rapid.SampledFrom(secrets).Draw(t, "secret"))), at.Add(time.Hour), at)
			},
			"change": func(*rapid.T) { _ = c.Change(settings, at) },
			"delete": func(t *rapid.T) {
				if rapid.IntRange(0, 5).Draw(t, "chance") == 0 {
					_ = c.Delete(at)
				}
			},
			"": func(t *rapid.T) {
				valid := 0
				for _, s := range secrets {
					if c.Authenticate(client.Credentials{Method: oauth.AuthClientSecretBasic, Secret: s}, at) == nil {
						valid++
					}
				}
				if valid > 2 || wasDeleted && (valid > 0 || c.Active()) || c.Active() && valid == 0 {
					t.Fatalf("%d secrets are valid; deleted %v", valid, wasDeleted)
				}
				wasDeleted = !c.Active()
			},
		})
		eventtest.ReplayGivesTheSame(t, c, nil)
	})
}
