package cmd_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// ambient is what nothing may take from the air above the adapters: the time is ports.Clock, and a
// context comes from the caller.
var ambient = map[string][]string{
	"time":    {"After", "AfterFunc", "NewTicker", "NewTimer", "Now", "Since", "Sleep", "Tick", "Until"},
	"context": {"Background", "TODO"},
}

// waiting is what no test may do: a test waits on a condition or a channel, or runs in a bubble of
// testing/synctest, where sleeping takes no time.
var waiting = map[string][]string{"time": {"Sleep"}}

func TestDecisionsAskForTheTimeAndTheContext(t *testing.T) {
	for _, pkg := range packages(t) {
		path := strings.TrimPrefix(pkg.ImportPath, "writ/")
		if !covers("domain/", path) && !covers("application/", path) && path != "ports" {
			continue
		}
		for _, file := range parsed(t, pkg.Dir, pkg.GoFiles) {
			for _, use := range file.uses(ambient) {
				t.Error(use)
			}
		}
	}
}

func TestTestsNeitherSleepNorSkip(t *testing.T) {
	for _, pkg := range packages(t) {
		for _, file := range parsed(t, pkg.Dir, slices.Concat(pkg.TestGoFiles, pkg.XTestGoFiles)) {
			for _, use := range slices.Concat(file.skips(), file.sleeps()) {
				t.Error(use)
			}
		}
	}
}

// tree is a parsed file.
type tree struct {
	*ast.File

	files *token.FileSet
}

func parsed(t *testing.T, dir string, names []string) []tree {
	t.Helper()
	all := make([]tree, len(names))
	for i, name := range names {
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatalf("read %s: %v", name, err)
		}
		all[i] = tree{file, files}
	}
	return all
}

// sleeps lists where a test sleeps outside a bubble.
func (f tree) sleeps() []string {
	if f.name("testing/synctest") != "" {
		return nil
	}
	return f.uses(waiting)
}

// skips lists where a test gives itself up.
func (f tree) skips() []string {
	return f.selected(func(on, name string) bool {
		return slices.Contains([]string{"t", "tb", "b", "f"}, on) && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, name)
	})
}

// uses lists where the file names one of the functions, whatever it calls their package.
func (f tree) uses(functions map[string][]string) []string {
	of := map[string][]string{}
	for path, names := range functions {
		of[f.name(path)] = names
	}
	delete(of, "")
	return f.selected(func(on, name string) bool { return slices.Contains(of[on], name) })
}

func (f tree) selected(matches func(on, name string) bool) []string {
	var all []string
	ast.Inspect(f.File, func(n ast.Node) bool {
		selector, is := n.(*ast.SelectorExpr)
		if !is {
			return true
		}
		if on, is := selector.X.(*ast.Ident); is && matches(on.Name, selector.Sel.Name) {
			all = append(all, fmt.Sprintf("%s: %s.%s", f.files.Position(selector.Pos()), on.Name, selector.Sel.Name))
		}
		return true
	})
	return all
}

// name is what the file calls a package, or empty when it does not import it.
func (f tree) name(path string) string {
	for _, spec := range f.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		switch {
		case err != nil || imported != path:
		case spec.Name != nil:
			return spec.Name.Name
		default:
			return path[strings.LastIndex(path, "/")+1:]
		}
	}
	return ""
}

func TestWhatIsLookedForIsFound(t *testing.T) {
	const imports = "package x\n\nimport (\n\t\"context\"\n\tclock \"time\"\n)\n\n"
	for name, tc := range map[string]struct {
		text string
		find func(tree) []string
		want int
	}{
		"the clock under another name": {imports + "var _ = clock.Now()", func(f tree) []string { return f.uses(ambient) }, 1},
		"a function passed on":         {imports + "var now = clock.Now", func(f tree) []string { return f.uses(ambient) }, 1},
		"a context from the air":       {imports + "var _ = context.TODO()", func(f tree) []string { return f.uses(ambient) }, 1},
		"another package's Now":        {"package x\n\nvar _ = time.Now()", func(f tree) []string { return f.uses(ambient) }, 0},
		"a time that was given":        {imports + "var _ = clock.Unix(0, 0)", func(f tree) []string { return f.uses(ambient) }, 0},
		"a test that sleeps":           {imports + "func f() { clock.Sleep(1) }", tree.sleeps, 1},
		"a test that sleeps in a bubble": {
			"package x\n\nimport (\n\t\"testing/synctest\"\n\t\"time\"\n)\n\nfunc f() { time.Sleep(1) }", tree.sleeps, 0,
		},
		"a test that gives up": {"package x\n\nfunc f(tb testing.TB) { tb.Skip() }", tree.skips, 1},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "x.go"), []byte(tc.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := tc.find(parsed(t, dir, []string{"x.go"})[0]); len(got) != tc.want {
				t.Errorf("got %q, want %d finds", got, tc.want)
			}
		})
	}
}
