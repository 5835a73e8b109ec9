package pages_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"writ/domain/oauth"
)

var named = regexp.MustCompile(`(?m)^\t"([a-zA-Z_.]+)": `)

// TestEveryTextIsUsed reads the sources: a text that nothing shows would be translated in vain.
func TestEveryTextIsUsed(t *testing.T) {
	catalogue := read(t, "text.go")
	var used strings.Builder
	for _, pattern := range []string{"templates/*.html", "*.go"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if path != "text.go" && !strings.HasSuffix(path, "_test.go") {
				used.WriteString(read(t, path))
			}
		}
	}
	for _, match := range named.FindAllStringSubmatch(catalogue, -1) {
		name := match[1]
		if scope, is := strings.CutPrefix(name, "scope."); is {
			if !oauth.IsStandardScope(scope) && !slices.Contains(oauth.DefaultPermissions, scope) {
				t.Errorf("%s is the text of no scope", name)
			}
			continue
		}
		last := strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(name, "problem."), ".title"), ".text")
		if !strings.Contains(used.String(), `"`+name+`"`) && !strings.Contains(used.String(), `"`+last+`"`) {
			t.Errorf("nothing shows the text %s", name)
		}
	}
	for _, scope := range append(oauth.StandardScopes.Words(), oauth.DefaultPermissions...) {
		if !strings.Contains(catalogue, `"scope.`+scope+`":`) {
			t.Errorf("the scope %s has no text", scope)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
