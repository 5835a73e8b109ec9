package httpapi_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

// allCodes reads the error codes out of the source of the domain, so that a new one cannot be
// forgotten here.
func allCodes(t testing.TB) []oauth.ErrorCode {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../domain/oauth/error.go", nil, 0)
	must(t, err)
	var codes []oauth.ErrorCode
	ast.Inspect(file, func(n ast.Node) bool {
		spec, is := n.(*ast.ValueSpec)
		if !is {
			return true
		}
		if typ, named := spec.Type.(*ast.Ident); named && typ.Name == "ErrorCode" {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			must(t, err)
			codes = append(codes, oauth.ErrorCode(value))
		}
		return true
	})
	if len(codes) < 20 {
		t.Fatalf("found only %d codes", len(codes))
	}
	return codes
}

// TestReasonsAreSafe reads every reason of a refusal out of the source: they go into headers and
// redirects as they are.
func TestReasonsAreSafe(t *testing.T) {
	req.Covers(t, "R-027")
	found := 0
	for _, root := range []string{"../../domain", "../../application", "."} {
		must(t, filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
				found += checkReasons(t, path)
			}
			return err
		}))
	}
	if found < 50 {
		t.Errorf("found only %d reasons", found)
	}
}

func checkReasons(t testing.TB, path string) int {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	must(t, err)
	found := 0
	ast.Inspect(file, func(n ast.Node) bool {
		call, is := n.(*ast.CallExpr)
		if !is || len(call.Args) != 2 || !calls(call.Fun, "Refuse") {
			return true
		}
		ast.Inspect(call.Args[1], func(n ast.Node) bool {
			if literal, is := n.(*ast.BasicLit); is {
				found++
				checkReason(t, path, literal.Value)
			}
			return true
		})
		return true
	})
	return found
}

func calls(fun ast.Expr, name string) bool {
	switch f := fun.(type) {
	case *ast.Ident:
		return f.Name == name
	case *ast.SelectorExpr:
		return f.Sel.Name == name
	default:
		return false
	}
}

// checkReason follows RFC 6749 §5.2.
func checkReason(t testing.TB, path, literal string) {
	t.Helper()
	reason, err := strconv.Unquote(literal)
	must(t, err)
	if strings.ContainsFunc(reason, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }) {
		t.Errorf("%s: a reason that must not go over the wire: %q", path, reason)
	}
}
