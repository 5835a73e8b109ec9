package oauth_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

func vocabulary(tb testing.TB) *oauth.Vocabulary {
	tb.Helper()
	v, err := oauth.NewVocabulary(oauth.DefaultPermissions)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func TestScopeParameterIsReadInCanonicalOrder(t *testing.T) {
	req.Covers(t, "R-026", "R-052")
	for name, tc := range map[string]struct {
		given   string
		want    oauth.Scope
		refused bool
	}{
		"nothing":                           {"", "", false},
		"only spaces":                       {"   ", "", false},
		"standard scopes in their order":    {"email openid profile", "openid profile email", false},
		"permissions come after":            {"MANAGE_POSTS openid CREATE_POST", "openid CREATE_POST MANAGE_POSTS", false},
		"repeated words count once":         {"openid openid  openid", "openid", false},
		"offline_access is last of its":     {"offline_access address openid", "openid address offline_access", false},
		"an unknown word refuses all":       {"openid SECRET", "", true},
		"words are case-sensitive":          {"OpenID", "", true},
		"permissions are case-sensitive":    {"create_post", "", true},
		"a tab does not separate":           {"openid\tprofile", "", true},
		"a line break does not separate":    {"openid\nprofile", "", true},
		"a quote":                           {`openid "profile"`, "", true},
		"a backslash":                       {`openid\profile`, "", true},
		"a control character":               {"openid\x00", "", true},
		"a letter that only looks the same": {"оpenid", "", true},
		"administrator can be named":        {"ADMINISTRATOR", "ADMINISTRATOR", false},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := vocabulary(t).Parse(tc.given)
			if got != tc.want || (err != nil) != tc.refused {
				t.Errorf("Parse(%q) = %q, %v; want %q, refused %v", tc.given, got, err, tc.want, tc.refused)
			}
			if tc.refused && err != oauth.ErrUnknownScope {
				t.Errorf("refused with %v, want ErrUnknownScope", err)
			}
		})
	}
}

func TestVocabularyRefusesWhatIsNoScopeWord(t *testing.T) {
	for name, permissions := range map[string][]string{
		"an empty word":      {""},
		"a space":            {"A B"},
		"a quote":            {`A"B`},
		"a backslash":        {`A\B`},
		"a control":          {"A\x7f"},
		"non-ASCII":          {"Ä"},
		"a standard scope":   {"openid"},
		"a word given twice": {"A", "A"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := oauth.NewVocabulary(permissions); err == nil {
				t.Errorf("%q was accepted", permissions)
			}
		})
	}
}

func TestVocabularyKnowsEverything(t *testing.T) {
	v := vocabulary(t)
	if n := len(v.Permissions().Words()); n != 34 {
		t.Errorf("the default catalogue has %d permissions, want 34", n)
	}
	if v.Everything() != oauth.StandardScopes.Join(v.Permissions()) {
		t.Errorf("everything is %q", v.Everything())
	}
	if !v.Permissions().Covers(oauth.MemberPermissions) || !oauth.MemberPermissions.Has(oauth.UseOAuthClients) {
		t.Error("members hold what is not in the catalogue, or may not use clients")
	}
	if got := v.Canonical("GONE MANAGE_POSTS openid CREATE_POST"); got != "openid CREATE_POST MANAGE_POSTS GONE" {
		t.Errorf("a word that left the catalogue made %q", got)
	}
}

func TestScopeIsASet(t *testing.T) {
	for name, tc := range map[string]struct{ got, want oauth.Scope }{
		"words once":             {oauth.NewScope("a", "b", "", "a"), "a b"},
		"join keeps the order":   {oauth.Scope("b a").Join("c a"), "b a c"},
		"join with nothing":      {oauth.Scope("a").Join(""), "a"},
		"nothing joined":         {oauth.Scope("").Join("a"), "a"},
		"without":                {oauth.Scope("a b c").Without("b"), "a c"},
		"without everything":     {oauth.Scope("a b").Without("b a"), ""},
		"within":                 {oauth.Scope("a b c").Within("c a"), "a c"},
		"within administrator":   {oauth.Scope("openid A B").Within("ADMINISTRATOR"), "A B"},
		"standard":               {oauth.Scope("A openid B email").Standard(), "openid email"},
		"permissions":            {oauth.Scope("A openid B email").Permissions(), "A B"},
		"parts are not prefixes": {oauth.Scope("AB A").Without("A"), "AB"},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.got != tc.want {
				t.Errorf("got %q, want %q", tc.got, tc.want)
			}
		})
	}
	if !oauth.Scope("a b").Covers("b") || oauth.Scope("a b").Covers("b c") || !oauth.Scope("").Covers("") {
		t.Error("Covers is wrong")
	}
	if oauth.Scope("ab").Has("a") || oauth.Scope("").Has("") {
		t.Error("Has takes a part for the whole")
	}
	if diff := cmp.Diff([]string{}, oauth.Scope("").Words()); diff != "" {
		t.Errorf("no words (-want +got):\n%s", diff)
	}
}

func FuzzVocabularyParse(f *testing.F) {
	for _, seed := range []string{"", "openid profile", "openid  openid", "a\tb", "ADMINISTRATOR openid", "\x00", `"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v := vocabulary(t)
		scope, err := v.Parse(s)
		if err != nil {
			return
		}
		given := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' })
		for _, w := range scope.Words() {
			if !slices.Contains(given, w) || strings.Count(" "+string(scope)+" ", " "+w+" ") != 1 {
				t.Errorf("Parse(%q) = %q has %q from nowhere, or twice", s, scope, w)
			}
		}
		for _, w := range given {
			if !scope.Has(w) {
				t.Errorf("Parse(%q) = %q lost %q", s, scope, w)
			}
		}
		again, err := v.Parse(string(scope))
		if err != nil || again != scope {
			t.Errorf("Parse(%q) = %q, %v; want itself", scope, again, err)
		}
	})
}
