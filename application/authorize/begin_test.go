package authorize_test

import (
	"errors"
	"testing"
	"time"

	"writ/application/authorize"
	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports/portstest/req"
)

func TestRequestsThatMayNotBeAnsweredAtTheirRedirectURI(t *testing.T) {
	req.Covers(t, "R-045", "R-047", "R-065", "R-069")
	for name, tc := range map[string]struct {
		change  func(*authorize.Request)
		refused error
	}{
		"an unknown client":              {func(r *authorize.Request) { r.Client = "nobody" }, client.ErrUnknown},
		"no client":                      {func(r *authorize.Request) { r.Client = "" }, client.ErrUnknown},
		"another redirect URI":           {func(r *authorize.Request) { r.Redirect = "https://evil.example/cb" }, client.ErrRedirectURI},
		"one that is nearly the same":    {func(r *authorize.Request) { r.Redirect += "/" }, client.ErrRedirectURI},
		"none with openid":               {func(r *authorize.Request) { r.Redirect = "" }, client.ErrRedirectURI},
		"both unknown":                   {func(r *authorize.Request) { r.Client, r.Redirect = "nobody", "https://evil.example" }, client.ErrUnknown},
		"another redirect, all is wrong": {func(r *authorize.Request) { r.Redirect, r.ResponseType, r.Scope = "https://evil.example", "token", "x" }, client.ErrRedirectURI},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			outcome, err := w.begin.Execute(t.Context(), authorize.BeginCommand{Request: asked(tc.change), Visitor: &w.odin})
			refusedWith(t, err, tc.refused)
			if outcome.Location != "" {
				t.Errorf("the person would be sent to %s", outcome.Location)
			}
		})
	}
	t.Run("a deleted client", func(t *testing.T) {
		w := newWorld(t)
		w.ChangeClient("app", func(c *client.Client) error { return c.Delete(w.Clock.Now()) })
		_, err := w.begin.Execute(t.Context(), authorize.BeginCommand{Request: asked(), Visitor: &w.odin})
		refusedWith(t, err, client.ErrUnknown)
	})
}

// faults are what the checks find, in the order of the checks.
var faults = []struct {
	name string
	make func(*authorize.Request)
	code oauth.ErrorCode
}{
	{"a malformed parameter", func(r *authorize.Request) { r.Faulty = "scope twice" }, oauth.InvalidRequest},
	{"a request object", func(r *authorize.Request) { r.Object = "x" }, oauth.RequestNotSupported},
	{"a request object elsewhere", func(r *authorize.Request) { r.ObjectURI = "x" }, oauth.RequestURINotSupported},
	{"a registration", func(r *authorize.Request) { r.Registration = "{}" }, oauth.RegistrationUnsupported},
	{"another response type", func(r *authorize.Request) { r.ResponseType = "token" }, oauth.UnsupportedResponseType},
	{"no challenge", func(r *authorize.Request) { r.Challenge, r.Method = "", "" }, oauth.InvalidRequest},
	{"an unknown word of scope", func(r *authorize.Request) { r.Scope = "openid everything" }, oauth.InvalidScope},
	{"a resource of somebody else", func(r *authorize.Request) { r.Resources = []string{"https://x.example"} }, oauth.InvalidTarget},
	{"an unknown prompt", func(r *authorize.Request) { r.Prompt = "always" }, oauth.InvalidRequest},
}

func TestRefusalsGoToTheRedirectURI(t *testing.T) {
	req.Covers(t, "R-048", "R-049", "R-050", "R-058", "R-073", "R-074", "R-079")
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			w := newWorld(t)
			for who, visitor := range map[string]*session.Visitor{"odin": &w.odin, "nobody": nil} {
				outcome, err := w.begin.Execute(t.Context(), authorize.BeginCommand{Request: asked(f.make), Visitor: visitor})
				if err != nil {
					t.Fatalf("%s: %v", who, err)
				}
				got := response(t, outcome.Location)
				if got.Get("error") != string(f.code) || got.Get("state") != "st/ate +&=" || got.Get("iss") != "https://op.example" || got.Has("code") || got.Get("error_description") == "" {
					t.Errorf("%s gets %s", who, outcome.Location)
				}
			}
		})
	}
}

func TestTheChecksAreMadeInTheirOrder(t *testing.T) {
	req.Covers(t, "R-047", "R-050", "R-051")
	w := newWorld(t)
	for first := range faults {
		r := asked()
		for _, f := range faults[first:] {
			f.make(&r)
		}
		outcome, err := w.begin.Execute(t.Context(), authorize.BeginCommand{Request: r, Visitor: &w.odin})
		if err != nil {
			t.Fatal(err)
		}
		if got := response(t, outcome.Location).Get("error"); got != string(faults[first].code) {
			t.Errorf("of %q and all that follow, %s is told", faults[first].name, got)
		}
	}
}

func TestFormsOfAFault(t *testing.T) {
	req.Covers(t, "R-026", "R-050", "R-053", "R-073", "R-075", "R-077", "R-202")
	for name, tc := range map[string]struct {
		make func(*authorize.Request)
		code oauth.ErrorCode
	}{
		"no response type":             {func(r *authorize.Request) { r.ResponseType = "" }, oauth.InvalidRequest},
		"a hybrid response type":       {func(r *authorize.Request) { r.ResponseType = "code id_token" }, oauth.UnsupportedResponseType},
		"the method plain":             {func(r *authorize.Request) { r.Method = "plain" }, oauth.InvalidRequest},
		"no method, which means plain": {func(r *authorize.Request) { r.Method = "" }, oauth.InvalidRequest},
		"a method in small letters":    {func(r *authorize.Request) { r.Method = "s256" }, oauth.InvalidRequest},
		"a method without a challenge": {func(r *authorize.Request) { r.Challenge = "" }, oauth.InvalidRequest},
		"a short challenge":            {func(r *authorize.Request) { r.Challenge = r.Challenge[1:] }, oauth.InvalidRequest},
		"a tab in the scope":           {func(r *authorize.Request) { r.Scope = "openid\tprofile" }, oauth.InvalidScope},
		"a resource with a fragment":   {func(r *authorize.Request) { r.Resources = []string{"https://own.example#x"} }, oauth.InvalidTarget},
		"one of two resources":         {func(r *authorize.Request) { r.Resources = []string{"https://own.example", "https://x.example"} }, oauth.InvalidTarget},
		"no prompt beside another":     {func(r *authorize.Request) { r.Prompt = "none login" }, oauth.InvalidRequest},
		"a prompt in capital letters":  {func(r *authorize.Request) { r.Prompt = "NONE" }, oauth.InvalidRequest},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			outcome, err := w.begin.Execute(t.Context(), authorize.BeginCommand{Request: asked(tc.make), Visitor: &w.odin})
			if err != nil || response(t, outcome.Location).Get("error") != string(tc.code) {
				t.Errorf("got %+v, %v; want %s", outcome, err, tc.code)
			}
		})
	}
}

func TestAClientThatIsNotRegisteredForCodes(t *testing.T) {
	req.Covers(t, "R-047", "R-051")
	w := newWorld(t)
	w.Client("tv", "", client.Settings{
		Name: "TV", AuthMethod: oauth.AuthNone, Policy: oauth.Inherit, Grants: []oauth.GrantType{oauth.DeviceCodeGrant}, Allowed: "openid",
	})
	r := asked(func(r *authorize.Request) { r.Client = "tv" })
	_, err := w.begin.Execute(t.Context(), authorize.BeginCommand{Request: r, Visitor: &w.odin})
	refusedWith(t, err, client.ErrRedirectURI) // it has no redirect URI to be answered at
}

func TestStateIsEchoedAsItWasSent(t *testing.T) {
	req.Covers(t, "R-048", "R-049")
	empty := ""
	for name, tc := range map[string]struct {
		state *string
		want  []string
	}{"not sent": {nil, nil}, "sent empty": {&empty, []string{""}}} {
		w := newWorld(t)
		outcome, err := w.begin.Execute(t.Context(), authorize.BeginCommand{Request: asked(func(r *authorize.Request) {
			r.State, r.Scope = tc.state, "everything"
		})})
		if err != nil {
			t.Fatal(err)
		}
		if got := response(t, outcome.Location)["state"]; len(got) != len(tc.want) {
			t.Errorf("%s: echoed as %q", name, got)
		}
	}
}

func TestWhoHasToSignIn(t *testing.T) {
	req.Covers(t, "R-054")
	w := newWorld(t)
	outcome, err := w.begin.Execute(t.Context(), authorize.BeginCommand{Request: asked()})
	if err != nil || outcome.SignIn == nil {
		t.Errorf("nobody: %+v, %v", outcome, err)
	}
	silent := asked(func(r *authorize.Request) { r.Prompt = "none" })
	outcome, err = w.begin.Execute(t.Context(), authorize.BeginCommand{Request: silent})
	if err != nil || response(t, outcome.Location).Get("error") != "login_required" {
		t.Errorf("nobody, silently: %+v, %v", outcome, err)
	}
	outcome, err = w.begin.Execute(t.Context(), authorize.BeginCommand{Request: silent, Visitor: &w.odin})
	if err != nil || response(t, outcome.Location).Get("error") != "consent_required" {
		t.Errorf("odin, silently: %+v, %v", outcome, err)
	}
}

func TestAnAccountThatMayNotUseClients(t *testing.T) {
	req.Covers(t, "R-054", "R-094")
	for name, change := range map[string]func(*world, *account.Account) error{
		"without the permission": func(w *world, a *account.Account) error { return a.SetPermissions("CREATE_POST", w.Clock.Now()) },
		"suspended":              func(w *world, a *account.Account) error { return a.Suspend(w.Clock.Now()) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			id := w.begun(t, asked())
			w.ChangeAccount("odin", func(a *account.Account) error { return change(w, a) })
			outcome, err := w.begin.Execute(t.Context(), authorize.BeginCommand{Request: asked(), Visitor: &w.odin})
			if err != nil || response(t, outcome.Location).Get("error") != "access_denied" {
				t.Errorf("at authorize: %+v, %v", outcome, err)
			}
			_, err = w.consent.Read(t.Context(), authorize.ConsentQuery{RequestID: id, Visitor: w.odin})
			refusedWith(t, err, account.ErrMayNotUseClients)
			_, err = w.consent.Decide(t.Context(), authorize.ConsentCommand{RequestID: id, Approve: true, Visitor: w.odin})
			refusedWith(t, err, account.ErrMayNotUseClients)
		})
	}
}

func TestWhenAnEarlierApprovalStands(t *testing.T) {
	req.Covers(t, "R-053", "R-088")
	public := settings
	public.Confidential, public.AuthMethod = false, oauth.AuthNone
	native := public
	native.RedirectURIs = []oauth.RedirectURI{"http://127.0.0.1/cb"}
	loopback := func(r *authorize.Request) { r.Redirect = "http://127.0.0.1:4000/cb" }
	for name, tc := range map[string]struct {
		client client.Settings
		given  func(*world, *grant.Opening)
		asks   []func(*authorize.Request)
		stands bool
	}{
		"the same request":                     {client: settings, stands: true},
		"a smaller scope":                      {client: settings, asks: []func(*authorize.Request){func(r *authorize.Request) { r.Scope = "openid" }}, stands: true},
		"a larger scope":                       {client: settings, asks: []func(*authorize.Request){func(r *authorize.Request) { r.Scope = "openid CREATE_POST MANAGE_POSTS" }}},
		"what the account does not hold":       {client: settings, asks: []func(*authorize.Request){func(r *authorize.Request) { r.Scope = "openid MANAGE_ROLES" }}, stands: true},
		"another resource":                     {client: settings, asks: []func(*authorize.Request){func(r *authorize.Request) { r.Resources = []string{"https://own.example"} }}},
		"the client wants the person asked":    {client: settings, asks: []func(*authorize.Request){func(r *authorize.Request) { r.Prompt = "consent" }}},
		"silently":                             {client: settings, asks: []func(*authorize.Request){func(r *authorize.Request) { r.Prompt = "none" }}, stands: true},
		"a public client on the web":           {client: public, stands: true},
		"a public client on the machine":       {client: native, asks: []func(*authorize.Request){loopback}},
		"an approval of another account":       {client: settings, given: func(_ *world, o *grant.Opening) { o.Account = "loki" }},
		"an approval for another client":       {client: settings, given: func(_ *world, o *grant.Opening) { o.Client = "other" }},
		"an approval for another resource":     {client: settings, given: func(_ *world, o *grant.Opening) { o.Resources = []string{"https://own.example"} }},
		"an approval for the client of before": {client: settings, given: func(_ *world, o *grant.Opening) { o.At = o.At.Add(-time.Minute) }},
		"an approval that has ended":           {client: settings, given: func(w *world, o *grant.Opening) { o.At = o.At.Add(-w.Server.Lifetimes.Access) }},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.ChangeClient("app", func(c *client.Client) error { return c.Change(tc.client, w.Clock.Now()) })
			o := grant.Opening{Client: "app", Account: "odin", Scope: "openid CREATE_POST", Lifetimes: w.Server.Lifetimes, At: w.Clock.Now()}
			if tc.given != nil {
				tc.given(w, &o)
			}
			g := grant.Named(w.Entropy.ID())
			w.Decide(func() error { return g.Open(o) }, g)
			outcome, err := w.begin.Execute(t.Context(), authorize.BeginCommand{Request: asked(tc.asks...), Visitor: &w.odin})
			if err != nil {
				t.Fatal(err)
			}
			if stands := outcome.Location != "" && response(t, outcome.Location).Has("code"); stands != tc.stands {
				t.Errorf("it stands: %v, want %v (%+v)", stands, tc.stands, outcome)
			}
		})
	}
}

func TestARevokedApprovalDoesNotStand(t *testing.T) {
	req.Covers(t, "R-088")
	w := newWorld(t)
	g := grant.Named(w.Entropy.ID())
	w.Decide(func() error {
		err := g.Open(grant.Opening{Client: "app", Account: "odin", Scope: "openid CREATE_POST", Lifetimes: w.Server.Lifetimes, At: w.Clock.Now()})
		g.Revoke(grant.ByOwner, "odin", w.Clock.Now())
		return err
	}, g)
	w.begun(t, asked())
}

func TestAnOutageIsNoAuthorizationResponse(t *testing.T) {
	req.Covers(t, "R-017")
	w, broken := newWorld(t), errors.New("the store is away")
	w.Store.Fail(broken)
	outcome, err := w.begin.Execute(t.Context(), authorize.BeginCommand{Request: asked(), Visitor: &w.odin})
	outage(t, err, broken)
	if outcome.Location != "" {
		t.Errorf("the person is sent to %s", outcome.Location)
	}
}

func TestAnApprovalStandsThoughTheClientCannotBeGivenARefreshToken(t *testing.T) {
	w := newWorld(t)
	w.changeClient(func(s *client.Settings) { s.Grants = s.Grants[:1] })
	g := grant.Named(w.Entropy.ID())
	w.Decide(func() error {
		return g.Open(grant.Opening{Client: "app", Account: "odin", Scope: "openid", Lifetimes: w.Server.Lifetimes, At: w.Clock.Now()})
	}, g)
	r := asked(func(r *authorize.Request) { r.Scope = "openid offline_access" })
	outcome, err := w.begin.Execute(t.Context(), authorize.BeginCommand{Request: r, Visitor: &w.odin})
	if err != nil || outcome.Location == "" || !response(t, outcome.Location).Has("code") {
		t.Errorf("the person is asked again: %+v, %v", outcome, err)
	}
}
