package authorize_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/eventsourcing/ledgertest"
	"writ/application/authorize"
	"writ/domain/account"
	"writ/domain/authorization"
	"writ/domain/client"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports/portstest/req"
)

func (w *world) decide(t *testing.T, id string, approve bool) (string, error) {
	t.Helper()
	return w.consent.Decide(t.Context(), authorize.ConsentCommand{RequestID: id, Approve: approve, Visitor: w.odin})
}

func TestApprovingGivesACode(t *testing.T) {
	req.Covers(t, "R-048", "R-062", "R-079", "R-107")
	w := newWorld(t)
	id := w.begun(t, asked(func(r *authorize.Request) { r.Resources = []string{"https://own.example"} }))
	w.Clock.Pass(time.Minute)
	location, err := w.decide(t, id, true)
	if err != nil {
		t.Fatal(err)
	}
	got := response(t, location)
	code, ok := w.Keys.Parse(oauth.AuthorizationCode, got.Get("code"))
	if !ok || got.Get("state") != "st/ate +&=" || got.Get("iss") != "https://op.example" || len(got) != 3 {
		t.Fatalf("the response is %s", location)
	}
	a := authorization.Named(code.ID())
	w.Load(a)
	want := authorization.Approved{
		Client: "app", Account: "odin", Session: w.odin.Session, Redirect: redirect, Scope: "openid CREATE_POST",
		Resources: []string{"https://own.example"}, Nonce: "n-1", Challenge: challenge, Code: code.Digest(),
		AuthTime: ledgertest.Noon, AMR: []string{"pwd"}, Until: w.Clock.Now().Add(time.Minute),
	}
	if diff := cmp.Diff(want, a.Approval()); diff != "" {
		t.Errorf("what the code is for (-want +got):\n%s", diff)
	}
}

func TestDenyingLeavesNothing(t *testing.T) {
	req.Covers(t, "R-091")
	w := newWorld(t)
	id := w.begun(t, asked())
	w.ChangeAccount("odin", func(a *account.Account) error { return a.SetPermissions("", w.Clock.Now()) }) // denying needs none
	location, err := w.decide(t, id, false)
	if err != nil {
		t.Fatal(err)
	}
	got := response(t, location)
	if got.Get("error") != "access_denied" || got.Get("state") != "st/ate +&=" || got.Get("iss") != "https://op.example" || got.Has("code") {
		t.Errorf("the response is %s", location)
	}
	if n := len(w.Names(grant.Kind)); n > 0 {
		t.Errorf("there are %d facts of grants", n)
	}
	if diff := cmp.Diff([]string{"denied"}, w.Names(authorization.Kind)); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
}

func TestARequestIsDecidedOnce(t *testing.T) {
	req.Covers(t, "R-061")
	for name, first := range map[string]bool{"approved": true, "denied": false} {
		w := newWorld(t)
		id := w.begun(t, asked())
		if _, err := w.decide(t, id, first); err != nil {
			t.Fatal(err)
		}
		for _, again := range []bool{true, false} {
			_, err := w.decide(t, id, again)
			refusedWith(t, err, authorization.ErrDecided)
		}
		_, err := w.consent.Read(t.Context(), authorize.ConsentQuery{RequestID: id, Visitor: w.odin})
		refusedWith(t, err, authorization.ErrDecided)
		if n := len(w.Names(authorization.Kind)); n != 1 {
			t.Errorf("%s: %d facts", name, n)
		}
	}
}

func TestOfParallelDecisionsOneStands(t *testing.T) {
	req.Covers(t, "R-061")
	w := newWorld(t)
	id := w.begun(t, asked())
	const n = 6
	locations, errs := make([]string, n), make([]error, n)
	var done sync.WaitGroup
	for i := range n {
		done.Go(func() { locations[i], errs[i] = w.decide(t, id, true) })
	}
	done.Wait()
	won := 0
	for i := range n {
		if errs[i] == nil {
			won++
			continue
		}
		refusedWith(t, errs[i], authorization.ErrDecided)
	}
	if won != 1 || len(w.Names(authorization.Kind)) != 1 {
		t.Errorf("%d of %d won", won, n)
	}
}

func TestARequestBelongsToTheSessionThatBeganIt(t *testing.T) {
	req.Covers(t, "R-060")
	w := newWorld(t)
	id := w.begun(t, asked())
	for name, visitor := range map[string]session.Visitor{
		"the same person elsewhere": w.Visitor("odin"),
		"nobody":                    {},
	} {
		_, err := w.consent.Decide(t.Context(), authorize.ConsentCommand{RequestID: id, Approve: true, Visitor: visitor})
		if !errors.Is(err, authorization.ErrDecided) {
			t.Errorf("%s decided: %v", name, err)
		}
		_, err = w.consent.Read(t.Context(), authorize.ConsentQuery{RequestID: id, Visitor: visitor})
		refusedWith(t, err, authorization.ErrDecided)
	}
	if _, err := w.decide(t, id, true); err != nil {
		t.Errorf("its own session: %v", err)
	}
}

func TestRequestsThatCannotBeDecided(t *testing.T) {
	req.Covers(t, "R-061")
	for name, tc := range map[string]struct {
		change  func(*world, *string)
		refused error
	}{
		"no id":       {func(_ *world, id *string) { *id = "" }, authorization.ErrDecided},
		"a forged id": {func(_ *world, id *string) { *id = "A" + (*id)[1:] }, authorization.ErrDecided},
		"a code": {func(w *world, id *string) {
			*id = w.Keys.Mint(oauth.AuthorizationCode, w.Entropy.ID(), 0, [32]byte{}).Reveal()
		}, authorization.ErrDecided},
		"nothing begun": {func(w *world, id *string) { *id = w.Keys.Mint(oauth.RequestID, w.Entropy.ID(), 0, [32]byte{}).Reveal() }, authorization.ErrDecided},
		"expired":       {func(w *world, _ *string) { w.Clock.Pass(10 * time.Minute) }, authorization.ErrDecided},
		"client deleted": {func(w *world, _ *string) {
			w.ChangeClient("app", func(c *client.Client) error { return c.Delete(w.Clock.Now()) })
		}, client.ErrUnknown},
		"client elsewhere": {func(w *world, _ *string) {
			w.changeClient(func(s *client.Settings) { s.RedirectURIs = []oauth.RedirectURI{"https://new.example/cb"} })
		}, client.ErrRedirectURI},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			id := w.begun(t, asked())
			tc.change(w, &id)
			_, err := w.decide(t, id, true)
			refusedWith(t, err, tc.refused)
			_, err = w.consent.Read(t.Context(), authorize.ConsentQuery{RequestID: id, Visitor: w.odin})
			refusedWith(t, err, tc.refused)
		})
	}
}

func TestWhoSignedOutMeanwhileDecidesNothing(t *testing.T) {
	w := newWorld(t)
	id := w.begun(t, asked())
	s := session.Named(w.odin.Session)
	w.Decide(func() error { s.End("signed_out", w.Clock.Now()); return nil }, s)
	for _, approve := range []bool{true, false} {
		_, err := w.decide(t, id, approve)
		refusedWith(t, err, session.ErrNotSignedIn)
	}
}

func TestAPersonSeesWhatApprovalWouldGive(t *testing.T) {
	req.Covers(t, "R-090")
	w := newWorld(t)
	id := w.begun(t, asked(func(r *authorize.Request) { r.Scope = "MANAGE_POSTS MANAGE_ROLES openid email" }))
	w.ChangeAccount("odin", func(a *account.Account) error {
		return a.SetPermissions("MANAGE_POSTS USE_OAUTH_CLIENTS", w.Clock.Now())
	})
	view, err := w.consent.Read(t.Context(), authorize.ConsentQuery{RequestID: id, Visitor: w.odin})
	if err != nil {
		t.Fatal(err)
	}
	if view.Requested != "openid email MANAGE_POSTS MANAGE_ROLES" || view.Granted != "openid MANAGE_POSTS" || view.Inherits ||
		view.Redirect != redirect || view.Client.Name != "App" || !view.Expires.Equal(ledgertest.Noon.Add(10*time.Minute)) {
		t.Errorf("the page shows %+v", view)
	}
	location, err := w.decide(t, id, true)
	if err != nil {
		t.Fatal(err)
	}
	code, _ := w.Keys.Parse(oauth.AuthorizationCode, response(t, location).Get("code"))
	a := authorization.Named(code.ID())
	w.Load(a)
	if a.Approval().Scope != view.Granted {
		t.Errorf("approved %q, shown %q", a.Approval().Scope, view.Granted)
	}
}

func TestAClientThatInheritsSaysSo(t *testing.T) {
	w := newWorld(t)
	w.changeClient(func(s *client.Settings) { s.Policy = oauth.Inherit })
	for scope, want := range map[string]struct {
		granted  oauth.Scope
		inherits bool
	}{
		"openid":              {"openid CREATE_POST MANAGE_POSTS USE_OAUTH_CLIENTS", true},
		"openid MANAGE_POSTS": {"openid MANAGE_POSTS", false},
	} {
		id := w.begun(t, asked(func(r *authorize.Request) { r.Scope = scope }))
		view, err := w.consent.Read(t.Context(), authorize.ConsentQuery{RequestID: id, Visitor: w.odin})
		if err != nil {
			t.Fatal(err)
		}
		if view.Granted != want.granted || view.Inherits != want.inherits {
			t.Errorf("%s: shows %q, inherits %v", scope, view.Granted, view.Inherits)
		}
	}
}

func TestARequestOfNobodyIsBoundToWhoResumesIt(t *testing.T) {
	req.Covers(t, "R-060")
	w := newWorld(t)
	stored, err := w.begin.Store(t.Context(), asked())
	if err != nil {
		t.Fatal(err)
	}
	other := w.Visitor("odin")
	for _, step := range []struct {
		name    string
		visitor *session.Visitor
		refused error
	}{
		{"nobody looks", nil, nil},
		{"odin resumes", &w.odin, nil},
		{"odin again", &w.odin, nil},
		{"another session", &other, authorization.ErrDecided},
		{"nobody looks again", nil, authorization.ErrDecided},
	} {
		outcome, err := w.resumed(t, stored.Reveal(), step.visitor)
		if !errors.Is(err, step.refused) {
			t.Errorf("%s: %v, want %v", step.name, err, step.refused)
		}
		if further := !outcome.Consent.IsZero(); step.refused == nil && further != (step.visitor != nil) {
			t.Errorf("%s: %+v", step.name, outcome)
		}
	}
	for _, visitor := range []*session.Visitor{nil, &w.odin} {
		_, err = w.pending.Resume(t.Context(), "nonsense", visitor)
		refusedWith(t, err, authorization.ErrDecided)
	}
}

func TestAnOutageDecidesNothing(t *testing.T) {
	req.Covers(t, "R-017")
	w, broken := newWorld(t), errors.New("the store is away")
	id := w.begun(t, asked())
	w.Store.Fail(broken)
	_, err := w.decide(t, id, true)
	outage(t, err, broken)
	_, err = w.consent.Read(t.Context(), authorize.ConsentQuery{RequestID: id, Visitor: w.odin})
	outage(t, err, broken)
	_, err = w.begin.Store(t.Context(), asked())
	outage(t, err, broken)
	w.Store.Fail(nil)
	w.Store.BeforeNextAppend(func() { w.Store.Fail(broken) })
	_, err = w.decide(t, id, false)
	outage(t, err, broken)
}
