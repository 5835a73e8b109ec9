package natsbus_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"writ/adapters/natsbus/natstest"
)

// The version of @asyncapi/specs that the document is held against, and what its schema has to be.
const (
	specsVersion = "6.11.1"
	specsDigest  = "d4571a420e6ffb7fcc7066c95a6db1202f299a3c51daa103d0706bf30f95e626"
)

// trusted is what Debian trusts. Node.js has a list of its own, without the proxies of a company; a
// file that is not there it leaves out.
const trusted = "/etc/ssl/certs/ca-certificates.crt"

// asyncAPISchema is AsyncAPI's own schema of its documents. It is kept beside the other tools, and
// fetched when it is not there.
func asyncAPISchema(t *testing.T) []byte {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "..", ".cache", "asyncapi-specs-"+specsVersion))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "node_modules", "@asyncapi", "specs", "schemas", "3.0.0.json")
	schema, err := os.ReadFile(path)
	if err != nil {
		fetchSpecs(t, dir)
		schema, err = os.ReadFile(path)
	}
	if err != nil {
		t.Fatal(err)
	}
	if digest := sha256.Sum256(schema); hex.EncodeToString(digest[:]) != specsDigest {
		t.Fatalf("%s is not that of @asyncapi/specs %s", path, specsVersion)
	}
	return schema
}

func fetchSpecs(t *testing.T, dir string) {
	t.Helper()
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Fatalf("this test fetches AsyncAPI's schema with npm: install it (Debian: apt-get install npm; macOS: brew install node): %v", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	install := exec.CommandContext(t.Context(), npm, "install", "--prefix", dir, "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "@asyncapi/specs@"+specsVersion)
	install.Env = append([]string{"NODE_EXTRA_CA_CERTS=" + trusted}, os.Environ()...) // what is set already comes later, and wins
	if said, err := install.CombinedOutput(); err != nil {
		t.Fatalf("fetch @asyncapi/specs: %v: %s", err, said)
	}
}

func TestTheDocumentIsAsyncAPI(t *testing.T) {
	whole, err := natstest.Document()
	if err != nil {
		t.Fatal(err)
	}
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(asyncAPISchema(t)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft7)
	c.AssertFormat()
	if err := c.AddResource("asyncapi.json", schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("asyncapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(whole); err != nil {
		t.Error(err)
	}
	if whole.(tree)["channels"].(tree)["events"].(tree)["unheard-of"] = "x"; compiled.Validate(whole) == nil {
		t.Error("anything would do")
	}
}

// tree is a JSON object.
type tree = map[string]any

// messagesOf are the messages of the document, by name.
func messagesOf(t *testing.T) (whole tree, messages tree) {
	t.Helper()
	document, err := natstest.Document()
	if err != nil {
		t.Fatal(err)
	}
	whole = document.(tree)
	return whole, whole["components"].(tree)["messages"].(tree)
}

func TestTheDocumentHasEveryMessageAndNoOther(t *testing.T) {
	whole, messages := messagesOf(t)
	resolved(t, whole, whole) // it refers to nothing that is not there
	emitted := map[string]bool{"grant-narrowed.v1": true, "permissions-changed.v1": true}
	for _, x := range examples {
		m, _ := publicForm(t, factOf(t, x.catalogue, x.event, x.cause))
		emitted[fmt.Sprintf("%s.v%d", m.Kind, m.Revision)] = true
	}
	told := whole["channels"].(tree)["events"].(tree)["messages"].(tree)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(emitted)), slices.Sorted(maps.Keys(told))); diff != "" {
		t.Errorf("emitted (-) and described (+):\n%s", diff)
	}
	for name := range told {
		if got := messages[name].(tree)["name"]; got != "writ."+name {
			t.Errorf("the name of %s is %v", name, got)
		}
	}
	kinds := whole["channels"].(tree)["events"].(tree)["parameters"].(tree)["kind"].(tree)["enum"].([]any)
	named := map[any]bool{}
	for name := range told {
		kind, _, _ := strings.Cut(name, ".v")
		named[kind] = true
	}
	for _, kind := range kinds {
		if !named[kind] {
			t.Errorf("there is no message of kind %s", kind)
		}
	}
	if len(kinds) != len(named) {
		t.Errorf("%d kinds are named, there are %d", len(kinds), len(named))
	}
	used := 0
	for _, channel := range whole["channels"].(tree) {
		used += len(channel.(tree)["messages"].(tree))
	}
	if used != len(messages) {
		t.Errorf("%d messages are described, %d are on a channel", len(messages), used)
	}
}

// promised are the schemas of each message with all that they refer to.
func promised(t *testing.T, whole tree) map[string]tree {
	t.Helper()
	all := map[string]tree{}
	for name, m := range whole["components"].(tree)["messages"].(tree) {
		all[name] = tree{}
		for _, part := range []string{"payload", "headers", "traits"} {
			if schema, has := m.(tree)[part]; has {
				all[name][part] = resolved(t, whole, schema)
			}
		}
	}
	return all
}

// faults holds what is promised against what was when each version of each message was first
// published. What must change gets another version, beside the one that subscribers know.
func faults(dir string, promised map[string]tree) []string {
	var found []string
	for name, now := range promised {
		var was tree
		frozen, err := os.ReadFile(filepath.Join(dir, name+".json"))
		if err == nil {
			err = json.Unmarshal(frozen, &was)
		}
		if err != nil {
			found = append(found, fmt.Sprintf("%s is not frozen (the test does it with -update): %v", name, err))
		} else if diff := cmp.Diff(was, now); diff != "" {
			found = append(found, fmt.Sprintf("the schema of %s changed: give the message another version (-frozen +described):\n%s", name, diff))
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return append(found, err.Error())
	}
	for _, file := range files {
		if name := strings.TrimSuffix(filepath.Base(file), ".json"); promised[name] == nil {
			found = append(found, fmt.Sprintf("%s was published once, and is not described any more: there are messages of it in streams", name))
		}
	}
	return found
}

// freeze keeps what is new; what is there is never changed.
func freeze(t *testing.T, dir string, promised map[string]tree) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, now := range promised {
		path := filepath.Join(dir, name+".json")
		if _, err := os.Stat(path); err == nil {
			continue
		}
		text, err := json.MarshalIndent(now, "", "  ")
		if err == nil {
			err = os.WriteFile(path, append(text, '\n'), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestSchemasAreFrozen(t *testing.T) {
	whole, _ := messagesOf(t)
	now, dir := promised(t, whole), filepath.Join("testdata", "schemas")
	if *update {
		freeze(t, dir, now)
	}
	for _, fault := range faults(dir, now) {
		t.Error(fault)
	}
}

func TestAChangedSchemaNeedsAnotherVersion(t *testing.T) {
	data := func(whole tree) tree {
		return whole["components"].(tree)["schemas"].(tree)["GrantRevoked"].(tree)
	}
	for name, tc := range map[string]struct {
		change func(whole, messages tree)
		fault  string // part of what is said; empty: nothing is
	}{
		"nothing":                      {func(tree, tree) {}, ""},
		"a word for people":            {func(whole, _ tree) { data(whole)["description"] = "Another." }, ""},
		"a field more":                 {func(whole, _ tree) { data(whole)["properties"].(tree)["more"] = tree{} }, "grant-revoked.v1 changed"},
		"a field named description":    {func(whole, _ tree) { data(whole)["properties"].(tree)["description"] = tree{} }, "grant-revoked.v1 changed"},
		"a field less":                 {func(whole, _ tree) { delete(data(whole)["properties"].(tree), "by") }, "grant-revoked.v1 changed"},
		"a field that may be left out": {func(whole, _ tree) { data(whole)["required"] = []any{"reason"} }, "grant-revoked.v1 changed"},
		"one reason more": {func(whole, _ tree) {
			reason := data(whole)["properties"].(tree)["reason"].(tree)
			reason["enum"] = append(reason["enum"].([]any), "another")
		}, "grant-revoked.v1 changed"},
		"a message less": {func(_, messages tree) { delete(messages, "grant-revoked.v1") }, "not described any more"},
		"a version more": {func(_, messages tree) { messages["grant-revoked.v2"] = messages["grant-revoked.v1"] }, "not frozen"},
		"another header": {func(whole, _ tree) {
			whole["components"].(tree)["messageTraits"].(tree)["published"].(tree)["headers"] = tree{}
		}, "changed"},
	} {
		t.Run(name, func(t *testing.T) {
			whole, messages := messagesOf(t)
			tc.change(whole, messages)
			said := strings.Join(faults(filepath.Join("testdata", "schemas"), promised(t, whole)), "\n")
			if tc.fault == "" && said != "" || !strings.Contains(said, tc.fault) {
				t.Errorf("it says %q, want %q", said, tc.fault)
			}
		})
	}
}

// resolved is a schema with what it refers to in place, without the words for people, as JSON has it.
func resolved(t *testing.T, whole tree, schema any) any {
	t.Helper()
	switch s := schema.(type) {
	case tree:
		if ref, is := s["$ref"].(string); is {
			return resolved(t, whole, pointed(t, whole, ref))
		}
		all := tree{}
		for key, value := range s {
			if _, words := value.(string); !words || key != "description" && key != "title" {
				all[key] = resolved(t, whole, value)
			}
		}
		return all
	case []any:
		all := make([]any, len(s))
		for i := range s {
			all[i] = resolved(t, whole, s[i])
		}
		return all
	case json.Number:
		n, err := s.Float64()
		if err != nil {
			t.Fatal(err)
		}
		return n
	default:
		return s
	}
}

func pointed(t *testing.T, whole tree, ref string) any {
	t.Helper()
	var at any = whole
	for _, part := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
		within, is := at.(tree)
		if !is || within[part] == nil {
			t.Fatalf("%s refers to nothing", ref)
		}
		at = within[part]
	}
	return at
}
