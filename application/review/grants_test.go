package review_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/adapters/eventsourcing/ledgertest"
	"writ/application/review"
	"writ/domain/client"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
)

func open(w *ledgertest.World, id string, c oauth.ClientID, a oauth.AccountID) {
	g := grant.Named(id)
	w.Decide(func() error {
		return g.Open(grant.Opening{Client: c, Account: a, Scope: "openid", Lifetimes: w.Server.Lifetimes, At: w.Clock.Now()})
	}, g)
}

func world(t *testing.T) (*ledgertest.World, *review.Grants) {
	w := ledgertest.New(t)
	w.Account("odin", "")
	w.Client("app", "", client.Settings{
		Name: "App", AuthMethod: oauth.AuthNone, Policy: oauth.Inherit, Grants: []oauth.GrantType{oauth.DeviceCodeGrant},
	})
	return w, review.NewGrants(w.Directory, w.Ledger, w.Notes, w.Clock)
}

func TestAPersonSeesTheLiveGrantsThatTheyGave(t *testing.T) {
	w, uc := world(t)
	for _, id := range []string{"g1", "g2", "g3"} {
		open(w, id, "app", "odin")
	}
	open(w, "g4", "app", "loki")
	revoked := grant.Named("g2")
	w.Decide(func() error { revoked.Revoke(grant.ByOwner, "odin", w.Clock.Now()); return nil }, revoked)
	w.Notes.Touch(event.Stream{Kind: grant.Kind, ID: "g1"}, w.Clock.Now())
	page, err := uc.Execute(t.Context(), review.GrantsQuery{Account: "odin", Page: 1})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, g := range page.Grants {
		got = append(got, fmt.Sprintf("%s %s %s %s %s used:%v", g.ID, g.Client.Name, g.ClientID, g.Account, g.Scope, !g.LastUsed.IsZero()))
		if !g.Opened.Equal(ledgertest.Noon) || !g.Expires.Equal(ledgertest.Noon.Add(15*time.Minute)) {
			t.Errorf("%s was opened at %s and ends at %s", g.ID, g.Opened, g.Expires)
		}
	}
	want := []string{"g3 App app odin openid used:false", "g1 App app odin openid used:true"}
	if diff := cmp.Diff(want, got); diff != "" || page.Total != 2 {
		t.Errorf("%d in all (-want +got):\n%s", page.Total, diff)
	}
	w.Clock.Pass(15 * time.Minute)
	page, err = uc.Execute(t.Context(), review.GrantsQuery{Account: "odin", Page: 1})
	if err != nil || len(page.Grants) != 0 || page.Grants == nil {
		t.Errorf("after they ended: %+v, %v", page, err)
	}
}

func TestGrantsComeInPages(t *testing.T) {
	w, uc := world(t)
	for i := range review.PageSize + 1 {
		open(w, fmt.Sprintf("g%03d", i), "app", "odin")
	}
	for page, want := range map[int]int{1: review.PageSize, 2: 1, 3: 0} {
		got, err := uc.Execute(t.Context(), review.GrantsQuery{Account: "odin", Page: page})
		if err != nil || len(got.Grants) != want || got.Total != review.PageSize+1 {
			t.Errorf("page %d has %d of %d, %v; want %d", page, len(got.Grants), got.Total, err, want)
		}
	}
}

func TestAnOutageIsNoEmptyPage(t *testing.T) {
	w, uc := world(t)
	broken := errors.New("the store is away")
	w.Store.Fail(broken)
	if _, err := uc.Execute(t.Context(), review.GrantsQuery{Account: "odin", Page: 1}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}
