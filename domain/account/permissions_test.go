package account_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/domain/account"
	"writ/domain/event/eventtest"
	"writ/domain/oauth"
)

func TestAChangeOfPermissionsNamesTheGrantsThatLose(t *testing.T) {
	for name, tc := range map[string]struct {
		held, granted, next oauth.Scope
		loses               bool
	}{
		"what it has is lost":                      {"A B", "openid A B", "A", true},
		"what it has stays":                        {"A B", "openid A", "A", false},
		"standard scopes are nobody's to take":     {"A B", "openid email offline_access", "", false},
		"all is lost":                              {"A B", "A", "", true},
		"what it has was lost before":              {"B C", "A B", "B", false},
		"more of it is lost than was before":       {"B C", "A B", "C", true},
		"what it has comes back":                   {"B", "A B", "A B", false},
		"an administrator becomes a member":        {"ADMINISTRATOR", "A B", "A", true},
		"an administrator becomes one who has all": {"ADMINISTRATOR", "A B", "A B", false},
		"the grant is an administrator's":          {"ADMINISTRATOR A", "ADMINISTRATOR A", "A", true},
		"a member becomes an administrator":        {"A B", "A B", "ADMINISTRATOR", false},
		"an administrator loses what it has twice": {"ADMINISTRATOR A", "A", "ADMINISTRATOR", false},
	} {
		t.Run(name, func(t *testing.T) {
			live := []account.Given{{Grant: "g1", Scope: tc.granted}}
			set := account.PermissionsChanged{Permissions: tc.next}
			if tc.loses {
				set.Grants = []string{"g1"}
			}
			a := account.Named("a1")
			eventtest.Given(t, a, account.Opened{Permissions: tc.held}).
				When(func() error { return a.SetPermissions(tc.next, noon, live...) }).Then(set).Refused(nil)
			told := set
			told.Sequence = 4
			b := account.Named("a1")
			eventtest.Given(t, b, account.Opened{Permissions: tc.held}).When(func() error {
				return b.Follow(account.Announcement{Sequence: 4, Permissions: &tc.next, Live: live, At: noon})
			}).Then(told).Refused(nil)
		})
	}
}

func TestAChangeOfPermissionsNamesAHundredAndCountsTheRest(t *testing.T) {
	var live []account.Given
	for i := range 250 {
		live = append(live, account.Given{Grant: fmt.Sprint(i), Scope: []oauth.Scope{"A", "B"}[i%2]})
	}
	a := account.Named("a1")
	a.Replay(account.Opened{Permissions: "A B"}, noon)
	a.Core().Found(a.Stream(), 1)
	if err := a.SetPermissions("B", noon, live...); err != nil {
		t.Fatal(err)
	}
	e := a.Recorded()[0].Event.(account.PermissionsChanged)
	want := make([]string, 0, account.MaxNamedGrants)
	for i := range account.MaxNamedGrants {
		want = append(want, fmt.Sprint(2*i))
	}
	if diff := cmp.Diff(want, e.Grants); diff != "" || e.MoreGrants != 25 {
		t.Errorf("%d more, named (-want +got):\n%s", e.MoreGrants, diff)
	}
}
