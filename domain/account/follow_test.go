package account_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/event/eventtest"
	"writ/domain/oauth"
)

func permissions(sequence uint64, p oauth.Scope) account.Announcement {
	return account.Announcement{Sequence: sequence, Permissions: &p, At: noon}
}

func standing(sequence uint64, suspended bool) account.Announcement {
	return account.Announcement{Sequence: sequence, Suspended: &suspended, At: noon}
}

func profiled(sequence uint64, p account.Profile) account.Announcement {
	return account.Announcement{Sequence: sequence, Profile: &p, At: noon}
}

func ended(sequence uint64) account.Announcement {
	return account.Announcement{Sequence: sequence, Deleted: true, At: noon}
}

func TestFollowing(t *testing.T) {
	sixth := account.PermissionsChanged{Permissions: "C", Sequence: 6}
	followedProfile := named
	followedProfile.Sequence = 3
	for name, tc := range map[string]struct {
		given   []any
		when    account.Announcement
		then    []any
		refused error
	}{
		"permissions":                       {[]any{opened}, permissions(6, "C"), []any{sixth}, nil},
		"the same announcement again":       {[]any{opened, sixth}, permissions(6, "C"), nil, nil},
		"an older one":                      {[]any{opened, sixth}, permissions(5, "A"), nil, nil},
		"a newer one":                       {[]any{opened, sixth}, permissions(7, "A"), []any{account.PermissionsChanged{Permissions: "A", Sequence: 7}}, nil},
		"an older one of another facet":     {[]any{opened, sixth}, standing(2, true), []any{account.Suspended{Sequence: 2}}, nil},
		"reinstated by a newer one":         {[]any{opened, account.Suspended{Sequence: 2}}, standing(3, false), []any{account.Reinstated{Sequence: 3}}, nil},
		"suspended by an older one":         {[]any{opened, account.Reinstated{Sequence: 3}}, standing(2, true), nil, nil},
		"a profile":                         {[]any{opened}, profiled(3, profile), []any{followedProfile}, nil},
		"an older profile":                  {[]any{opened, followedProfile}, profiled(3, account.Profile{Handle: "loki"}), nil, nil},
		"a broken profile":                  {[]any{opened}, profiled(3, account.Profile{Handle: "l oki"}), nil, account.ErrHandle},
		"deletion":                          {[]any{opened}, ended(1), []any{deleted}, nil},
		"deletion twice":                    {[]any{opened, deleted}, ended(2), nil, nil},
		"anything after deletion":           {[]any{opened, deleted}, permissions(9, "A"), nil, nil},
		"an unknown account, permissions":   {nil, permissions(1, "A"), []any{shadow, account.PermissionsChanged{Permissions: "A", Sequence: 1}}, nil},
		"an unknown account, suspended":     {nil, standing(1, true), []any{shadow, account.Suspended{Sequence: 1}}, nil},
		"an unknown account, deleted":       {nil, ended(1), []any{shadow, deleted}, nil},
		"an unknown account, a bad profile": {nil, profiled(1, account.Profile{Name: "\x00"}), nil, account.ErrName},
	} {
		t.Run(name, func(t *testing.T) {
			a := account.Named("a1")
			eventtest.Given(t, a, tc.given...).When(func() error { return a.Follow(tc.when) }).Then(tc.then...).Refused(tc.refused)
		})
	}
	bad := account.Named("no such id!")
	eventtest.Given(t, bad).When(func() error { return bad.Follow(ended(1)) }).Then().Refused(account.ErrID)
}

// announcement draws one change, as the service that owns the accounts could have made it.
func announcement(sequence uint64) *rapid.Generator[account.Announcement] {
	return rapid.Custom(func(t *rapid.T) account.Announcement {
		switch rapid.IntRange(0, 9).Draw(t, "facet") {
		case 0:
			return ended(sequence)
		case 1, 2, 3:
			return standing(sequence, rapid.Bool().Draw(t, "suspended"))
		case 4, 5, 6:
			return profiled(sequence, account.Profile{Handle: event.Personal(rapid.StringMatching(`[a-z]{1,5}`).Draw(t, "handle"))})
		default:
			return permissions(sequence, rapid.SampledFrom([]oauth.Scope{"", "A", "A B", "C"}).Draw(t, "permissions"))
		}
	})
}

func TestAnnouncementsMayComeInAnyOrderAndTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var changes []account.Announcement
		for i := range rapid.IntRange(1, 8).Draw(t, "changes") {
			changes = append(changes, announcement(uint64(i+1)).Draw(t, "change"))
		}
		inOrder := account.Named("a1")
		for _, n := range changes {
			follow(t, inOrder, n)
		}
		mixed := account.Named("a1")
		for _, n := range rapid.Permutation(append(changes, changes...)).Draw(t, "as they came") {
			follow(t, mixed, n)
		}
		want, got := inOrder.View(), mixed.View()
		want.SignedOut, got.SignedOut = time.Time{}, time.Time{} // a suspension that came too late ended no session
		if want.Deleted {
			want.Followed, got.Followed = account.Followed{}, account.Followed{}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("another order gave another state (-in order +mixed):\n%s", diff)
		}
		eventtest.ReplayGivesTheSame(t, mixed, nil)
	})
}

func follow(t *rapid.T, a *account.Account, n account.Announcement) {
	if err := a.Follow(n); err != nil {
		t.Fatal(err)
	}
}

func TestAnyHistoryOfAnAccount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, sequence, gone := account.Named("a1"), uint64(0), false
		var newest account.Followed
		t.Repeat(map[string]func(*rapid.T){
			"follow": func(t *rapid.T) {
				sequence++
				_ = a.Follow(announcement(rapid.Uint64Range(1, sequence).Draw(t, "sequence")).Draw(t, "change"))
			},
			"open": func(*rapid.T) {
				_ = a.Open(account.Opening{Profile: profile, Permissions: "A", Password: "h", At: noon})
			},
			"set the grants": func(*rapid.T) { _ = a.SetPermissions("B", noon) },
			"suspend":        func(*rapid.T) { _ = a.Suspend(noon) },
			"reinstate":      func(*rapid.T) { _ = a.Reinstate(noon) },
			"": func(t *rapid.T) {
				s := a.View()
				switch f := s.Followed; {
				case gone && (!s.Deleted || s.Profile != account.Profile{} || s.Password != ""):
					t.Fatalf("a deleted account came back: %+v", s)
				case f.Permissions < newest.Permissions || f.Standing < newest.Standing || f.Profile < newest.Profile:
					t.Fatalf("an older change was applied: %+v after %+v", f, newest)
				case (s.Suspended || s.Deleted) && a.Served() == nil:
					t.Fatal("an account that may not be served is")
				}
				gone, newest = s.Deleted, s.Followed
			},
		})
		eventtest.ReplayGivesTheSame(t, a, nil)
	})
}
