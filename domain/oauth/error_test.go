package oauth_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

// TestEveryRefusalCanBeSent reads all refusals out of the source, for each may go over the wire.
func TestEveryRefusalCanBeSent(t *testing.T) {
	req.Covers(t, "R-027")
	reasons := 0
	for _, call := range refusals(t, "../../domain", "../../application", "../../adapters") {
		for _, arg := range call.Args {
			text, constant := literal(arg)
			if !constant {
				continue
			}
			reasons++
			for _, c := range []byte(text) {
				if c < 0x20 || c == '"' || c == '\\' || c > 0x7e {
					t.Errorf("%q has a character that RFC 6749 §5.2 does not allow", text)
				}
			}
		}
	}
	if reasons < 40 {
		t.Errorf("found only %d reasons: the walk is broken", reasons)
	}
}

// refusals finds the calls of Refuse below dirs.
func refusals(t *testing.T, dirs ...string) []*ast.CallExpr {
	t.Helper()
	var calls []*ast.CallExpr
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if call, is := n.(*ast.CallExpr); is && isRefuse(call.Fun) {
					calls = append(calls, call)
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return calls
}

func isRefuse(fun ast.Expr) bool {
	switch f := fun.(type) {
	case *ast.Ident:
		return f.Name == "Refuse"
	case *ast.SelectorExpr:
		return f.Sel.Name == "Refuse"
	default:
		return false
	}
}

// literal is the text of a string constant, or of several that are joined.
func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		left, is := literal(e.X)
		right, isToo := literal(e.Y)
		return left + right, is && isToo
	default:
		return "", false
	}
}

func TestARefusalSaysItsCodeAndWhy(t *testing.T) {
	err := oauth.Refuse(oauth.InvalidGrant, "why")
	if err.Error() != "invalid_grant: why" || err.Code != oauth.InvalidGrant || err.Reason != "why" {
		t.Errorf("the refusal is %v", err)
	}
	limit := &oauth.LimitError{RetryAfter: 3 * time.Second}
	if !strings.Contains(limit.Error(), "3s") {
		t.Errorf("the limit is %v", limit)
	}
}
