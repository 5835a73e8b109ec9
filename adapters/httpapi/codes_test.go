package httpapi_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"writ/domain/oauth"
)

// allCodes reads the error codes out of the source of the domain, so that a new one cannot be
// forgotten here.
func allCodes(t *testing.T) []oauth.ErrorCode {
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
