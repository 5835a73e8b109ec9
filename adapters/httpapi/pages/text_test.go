package pages_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/domain/oauth"
)

// TestEveryTextIsUsed reads the sources: a text that nothing shows would be translated in vain.
func TestEveryTextIsUsed(t *testing.T) {
	english := catalogue(t, "en")
	used := sources(t)
	for name := range english {
		if scope, is := strings.CutPrefix(name, "scope."); is {
			if !oauth.IsStandardScope(scope) && !slices.Contains(oauth.DefaultPermissions, scope) {
				t.Errorf("%s is the text of no scope", name)
			}
			continue
		}
		last := strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(name, "problem."), ".title"), ".text")
		if !strings.Contains(used, `"`+name+`"`) && !strings.Contains(used, `"`+last+`"`) {
			t.Errorf("nothing shows the text %s", name)
		}
	}
	for _, scope := range append(oauth.StandardScopes.Words(), oauth.DefaultPermissions...) {
		if english["scope."+scope] == "" {
			t.Errorf("the scope %s has no text", scope)
		}
	}
}

// TestWhatIsSaidHasAText looks for names of texts that are in no catalogue.
func TestWhatIsSaidHasAText(t *testing.T) {
	english := catalogue(t, "en")
	families := map[string]bool{}
	for name := range english {
		family, _, _ := strings.Cut(name, ".")
		families[family] = true
	}
	for _, match := range regexp.MustCompile(`"(([a-z]+)\.[a-z_]+)"`).FindAllStringSubmatch(sources(t), -1) {
		if name, family := match[1], match[2]; families[family] && !strings.HasSuffix(name, ".js") && !strings.HasSuffix(name, ".html") && english[name] == "" {
			t.Errorf("%s has no text", name)
		}
	}
}

var placeholder = regexp.MustCompile(`%(\[\d\])?[a-z]`)

// TestEveryLanguageSaysEverything compares the catalogues with the English one: the same texts,
// with the same to be filled in.
func TestEveryLanguageSaysEverything(t *testing.T) {
	paths, err := filepath.Glob("texts/*.json")
	if err != nil || len(paths) < 6 {
		t.Fatalf("found the languages %v, %v", paths, err)
	}
	english := catalogue(t, "en")
	for _, path := range paths {
		language := strings.TrimSuffix(filepath.Base(path), ".json")
		says := catalogue(t, language)
		if diff := cmp.Diff(slices.Sorted(maps.Keys(english)), slices.Sorted(maps.Keys(says))); diff != "" {
			t.Errorf("%s (-English +%s):\n%s", language, language, diff)
		}
		for name, text := range says {
			if strings.TrimSpace(text) != text || text == "" {
				t.Errorf("%s: %s is empty, or has space around it", language, name)
			}
			if diff := cmp.Diff(filledIn(english[name]), filledIn(text)); diff != "" {
				t.Errorf("%s: %s is filled in otherwise (-English +%s):\n%s", language, name, language, diff)
			}
		}
	}
}

func filledIn(text string) []string {
	return slices.Sorted(slices.Values(placeholder.FindAllString(text, -1)))
}

func TestEveryLanguageCountsTheMonths(t *testing.T) {
	for _, language := range []string{"en", "de", "fr", "es", "ja", "ar"} {
		if months := strings.Split(catalogue(t, language)["date.months"], ","); len(months) != 12 {
			t.Errorf("%s has the months %q", language, months)
		}
	}
}

// catalogue reads a language's file. A name that stands there twice is found by its length.
func catalogue(t *testing.T, language string) map[string]string {
	t.Helper()
	text := read(t, "texts/"+language+".json")
	says := map[string]string{}
	if err := json.Unmarshal([]byte(text), &says); err != nil {
		t.Fatalf("%s: %v", language, err)
	}
	if lines := strings.Count(text, "\": \""); lines != len(says) {
		t.Errorf("%s: %d lines hold %d texts", language, lines, len(says))
	}
	return says
}

// sources are the templates and the code that show texts.
func sources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, pattern := range []string{"templates/*.html", "*.go"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if !strings.HasSuffix(path, "_test.go") {
				all.WriteString(read(t, path))
			}
		}
	}
	return all.String()
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
