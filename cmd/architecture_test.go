// Package cmd_test holds the laws of the source tree: who may import whom, which words names are
// made of, what decisions may not ask for, and which versions belong together.
package cmd_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// layer says what the packages of a part of the tree may import beside the standard library and
// their own unit (an aggregate, a verb, an adapter with its test support).
type layer struct {
	imports []string // prefixes of import paths; ours are written without the module's name
	refused []string // packages of the standard library that are not for this layer
}

// pure is what a decision cannot need: it gets the time, chance and what was stored as arguments.
var pure = []string{
	"bufio", "context", "crypto/rand", "database", "embed", "encoding/json", "html", "io/fs", "log",
	"math/rand", "net", "os", "path/filepath", "runtime", "sync", "syscall", "testing", "unsafe",
}

// layers is the whole rule about imports: the longest prefix that covers a package decides. An
// entry that ends in a slash covers packages below it; another covers itself and those below.
var layers = map[string]layer{
	"domain/event":           {refused: pure},
	"domain/oauth":           {refused: pure},
	"domain/event/eventtest": {imports: []string{"domain/oauth", "github.com/google/go-cmp"}},
	"domain/":                {imports: []string{"domain/event", "domain/oauth"}, refused: pure},

	"ports":           {imports: []string{"domain/"}, refused: []string{"database", "net/http", "os"}},
	"ports/portstest": {imports: []string{"domain/", "ports", "github.com/google/go-cmp", "go.uber.org/goleak", "pgregory.net/rapid"}},

	"application/": {
		imports: []string{"domain/", "ports"},
		refused: []string{"crypto/rand", "database", "html", "math/rand", "net/http", "os", "syscall", "unsafe"},
	},

	"adapters/eventsourcing": adapter(),
	"adapters/bunstore": adapter("github.com/gofrs/flock", "github.com/jackc/pgx/v5", "github.com/pressly/goose/v3",
		"github.com/uptrace/bun", "modernc.org/sqlite"),
	"adapters/natsbus": adapter("github.com/nats-io/jwt/v2", "github.com/nats-io/nats-server/v2",
		"github.com/nats-io/nats.go", "github.com/nats-io/nkeys"),
	"adapters/natsbus/natstest": adapter("github.com/goccy/go-yaml", "github.com/nats-io/nats.go",
		"github.com/santhosh-tekuri/jsonschema/v6"),
	"adapters/jwtsigner":  adapter("github.com/go-jose/go-jose/v4", "github.com/golang-jwt/jwt/v5"),
	"adapters/argon2hash": adapter("golang.org/x/crypto"),
	"adapters/masterkey":  adapter("golang.org/x/crypto"),
	"adapters/system":     adapter("github.com/rs/xid"),
	"adapters/limits":     adapter("golang.org/x/time"),
	"adapters/metrics":    adapter("github.com/prometheus/client_golang"),
	"adapters/upstream":   adapter("code.dny.dev/ssrf", "github.com/coreos/go-oidc/v3", "golang.org/x/oauth2"),
	"adapters/webauthn":   adapter("github.com/go-webauthn/webauthn"),
	"adapters/httpapi": adapter("application/", "github.com/boombuler/barcode", "github.com/gin-gonic/gin",
		"github.com/goccy/go-yaml", "golang.org/x/net", "golang.org/x/text/language"),

	"adapters/console":      adapter(),
	"adapters/passwordlist": adapter(),
	"adapters/phonenumber":  adapter("github.com/nyaruka/phonenumbers"),
	"adapters/smtpmail":     adapter("github.com/wneessen/go-mail"),
	"adapters/twilio":       adapter(),
	"adapters/webhook":      adapter(),

	// What other teams' services import: each part with its one library, and nothing of ours.
	"adapters/resource":          {imports: []string{"github.com/golang-jwt/jwt/v5"}},
	"adapters/resource/follow":   {imports: []string{"github.com/nats-io/nats.go"}},
	"adapters/resource/ginguard": {imports: []string{"github.com/gin-gonic/gin"}},
	"deploy/example":             {imports: []string{"adapters/resource"}},

	"cmd": {imports: []string{""}},
}

// adapter is the layer of one brand: the roles, and its own libraries. It imports neither another
// adapter nor fx, because neither is in any list.
func adapter(own ...string) layer {
	return layer{imports: append([]string{"domain/", "ports"}, own...)}
}

func TestImportsFollowTheLayers(t *testing.T) {
	for _, pkg := range packages(t) {
		for _, breach := range breaches(pkg) {
			t.Error(breach)
		}
	}
}

func TestTheLawRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		path, imports string
		want          int
	}{
		"an aggregate may import the kernel":                 {"domain/grant", "writ/domain/event", 0},
		"an aggregate may import the words":                  {"domain/grant", "writ/domain/oauth", 0},
		"an aggregate may not import another":                {"domain/grant", "writ/domain/client", 1},
		"the kernel may not import the words":                {"domain/event", "writ/domain/oauth", 1},
		"the domain may not see the clock of a context":      {"domain/grant", "context", 1},
		"the domain may not do I/O":                          {"domain/grant", "os", 1},
		"the domain may parse an address":                    {"domain/oauth", "net/url", 0},
		"ports may import an aggregate":                      {"ports", "writ/domain/grant", 0},
		"ports may not import a verb":                        {"ports", "writ/application/issue", 1},
		"a suite may import the ports":                       {"ports/portstest", "writ/ports", 0},
		"a suite may import another package of suites":       {"ports/portstest", "writ/ports/portstest/req", 0},
		"a suite may not import an adapter":                  {"ports/portstest", "writ/adapters/bunstore", 1},
		"a verb may import an aggregate":                     {"application/issue", "writ/domain/grant", 0},
		"a verb may not import another":                      {"application/issue", "writ/application/revoke", 1},
		"a verb may not import an adapter":                   {"application/issue", "writ/adapters/system", 1},
		"a verb may not import a library":                    {"application/issue", "github.com/rs/xid", 1},
		"a verb may not know HTTP":                           {"application/issue", "net/http", 1},
		"an adapter may import its brand":                    {"adapters/bunstore", "github.com/uptrace/bun/dialect/pgdialect", 0},
		"an adapter may not import another brand":            {"adapters/bunstore", "github.com/nats-io/nats.go", 1},
		"an adapter may not import a name that begins alike": {"adapters/bunstore", "github.com/uptrace/bunny", 1},
		"an adapter may not import another":                  {"adapters/natsbus", "writ/adapters/bunstore", 1},
		"test support may import its adapter":                {"adapters/bunstore/bunstoretest", "writ/adapters/bunstore", 0},
		"an adapter may not import a verb":                   {"adapters/natsbus", "writ/application/issue", 1},
		"the HTTP adapter may import a verb":                 {"adapters/httpapi", "writ/application/issue", 0},
		"the HTTP adapter may not import fx":                 {"adapters/httpapi", "go.uber.org/fx", 1},
		"the HTTP adapter may not count":                     {"adapters/httpapi", "github.com/prometheus/client_golang/prometheus", 1},
		"what services import may not import the roles":      {"adapters/resource", "writ/ports", 1},
		"what services import links no broker by itself":     {"adapters/resource", "github.com/nats-io/nats.go", 1},
		"its guard for gin links no broker":                  {"adapters/resource/ginguard", "github.com/nats-io/nats.go", 1},
		"the command may import fx":                          {"cmd/writ/wiring", "go.uber.org/fx", 0},
		"an adapter nobody declared belongs nowhere":         {"adapters/redis", "context", 1},
		"a package at the top belongs nowhere":               {"internal/thing", "context", 1},
	} {
		t.Run(name, func(t *testing.T) {
			got := breaches(source{ImportPath: "writ/" + tc.path, Imports: []string{tc.imports}})
			if len(got) != tc.want {
				t.Errorf("writ/%s imports %s: got %q, want %d breaches", tc.path, tc.imports, got, tc.want)
			}
		})
	}
}

// source is a package as the go command lists it; imports of its tests are not among Imports.
type source struct {
	ImportPath, Name, Dir              string
	Imports                            []string
	GoFiles, TestGoFiles, XTestGoFiles []string
}

// breaches says what a package imports that its layer does not allow.
func breaches(pkg source) []string {
	path := strings.TrimPrefix(pkg.ImportPath, "writ/")
	prefix, allowed, found := layerOf(path)
	if !found {
		return []string{fmt.Sprintf("%s belongs to no layer: add it to layers, or move it", pkg.ImportPath)}
	}
	var all []string
	for _, imported := range pkg.Imports {
		if !mayImport(path, imported, allowed) {
			all = append(all, fmt.Sprintf("%s imports %s, which layer %q does not allow", pkg.ImportPath, imported, prefix))
		}
	}
	return all
}

// layerOf finds the longest prefix of layers that covers a package.
func layerOf(path string) (string, layer, bool) {
	var longest string
	for prefix := range layers {
		if covers(prefix, path) && len(prefix) > len(longest) {
			longest = prefix
		}
	}
	return longest, layers[longest], longest != ""
}

func mayImport(path, imported string, allowed layer) bool {
	if ours, is := strings.CutPrefix(imported, "writ/"); is {
		return unit(ours) == unit(path) || slices.ContainsFunc(allowed.imports, func(p string) bool { return covers(p, ours) })
	}
	list, may := allowed.imports, true
	if !strings.Contains(strings.SplitN(imported, "/", 2)[0], ".") { // the standard library
		list, may = allowed.refused, false
	}
	found := slices.ContainsFunc(list, func(p string) bool { return covers(p, imported) && !excused(p, imported) })
	return found == may
}

// excused is what a refused prefix covers that does no I/O: names and addresses as values.
func excused(prefix, imported string) bool {
	return prefix == "net" && slices.Contains([]string{"net/netip", "net/url"}, imported) ||
		prefix == "log" && imported == "log/slog" // for slog.LogValuer: secrets say how they print
}

// unit is what may import within itself: an aggregate, a verb, an adapter, the suites.
func unit(path string) string {
	parts := strings.SplitN(path, "/", 3)
	return strings.Join(parts[:min(2, len(parts))], "/")
}

func covers(prefix, path string) bool {
	if prefix == "" || strings.HasSuffix(prefix, "/") {
		return strings.HasPrefix(path, prefix)
	}
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}

// packages lists the packages of the module.
func packages(t *testing.T) []source {
	t.Helper()
	var all []source
	goList(t, func(pkg source) { all = append(all, pkg) }, "-tags", "nomsgpack,nopgxregisterdefaulttypes", "writ/...")
	return all
}

// goList runs `go list -json` and hands over every value that it prints.
func goList[T any](t *testing.T, each func(T), args ...string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", append([]string{"list", "-json"}, args...)...).Output()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		t.Fatalf("go list %v: %v\n%s", args, err, exit.Stderr)
	}
	if err != nil {
		t.Fatalf("go list %v: %v", args, err)
	}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var next T
		if err := decoder.Decode(&next); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("read what go list %v printed: %v", args, err)
		}
		each(next)
	}
}
