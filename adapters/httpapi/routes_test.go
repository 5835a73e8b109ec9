package httpapi_test

import (
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file under testdata.
func golden(t testing.TB, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (-want +got), -update accepts it:\n%s", path, diff)
	}
}

// routes lists what is routed, beside pages and preflight requests.
func (r *rig) routes() []string {
	var lines []string
	for _, route := range r.handler.(*gin.Engine).Routes() {
		own := strings.HasPrefix(route.Path, "/api/") || strings.HasPrefix(route.Path, "/.well-known/") || strings.HasSuffix(route.Path, "z")
		if own && route.Method != http.MethodOptions {
			lines = append(lines, route.Path+" "+route.Method)
		}
	}
	slices.Sort(lines)
	return lines
}

func TestRoutes(t *testing.T) {
	golden(t, "routes.golden", strings.Join(newRig(t).routes(), "\n")+"\n")
}

func TestEveryRouteIsDescribed(t *testing.T) {
	r := newRig(t)
	described := map[string]bool{}
	for path, operations := range r.spec.doc.Paths.Map() {
		for method := range operations.Operations() {
			described[method+" "+path] = true
		}
	}
	for _, line := range r.routes() {
		path, method, _ := strings.Cut(regexp.MustCompile(`:(\w+)`).ReplaceAllString(line, "{$1}"), " ")
		if !described[method+" "+path] {
			t.Errorf("openapi.yaml lacks %s %s", method, path)
		}
		delete(described, method+" "+path)
	}
	for left := range described {
		t.Errorf("openapi.yaml describes %s, which is not served", left)
	}
}
