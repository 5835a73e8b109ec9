package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// reqPath is the package whose Covers is looked for.
const reqPath = "writ/ports/portstest/req"

// Claim says where a test claims to show a requirement.
type Claim struct {
	Number Number
	Func   string // the test or the case of a suite
	File   string
	Line   int
}

// Tests reads every claim out of the Go files under root, and says what is wrong with those that
// it cannot understand. Directories that the go command passes over are passed over, and so is the
// package of Covers itself, whose own test calls it with what is not a number.
func Tests(root fs.FS) ([]Claim, []string, error) {
	var claims []Claim
	var wrong []string
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && passedOver(name):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		read, complaints, err := claimsOf(root, name)
		claims, wrong = append(claims, read...), append(wrong, complaints...)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read the tests: %w", err)
	}
	return claims, wrong, nil
}

func passedOver(dir string) bool {
	switch last := path.Base(dir); {
	case dir == ".":
		return false
	case last == "testdata" || last == "vendor" || "writ/"+dir == reqPath:
		return true
	default:
		return strings.HasPrefix(last, ".") || strings.HasPrefix(last, "_")
	}
}

// claimsOf reads one file.
func claimsOf(root fs.FS, name string) ([]Claim, []string, error) {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return nil, nil, err
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, err
	}
	r := reader{files: files, name: name, req: importName(file)}
	if r.req == "" {
		return nil, nil, nil
	}
	for _, decl := range file.Decls {
		r.read(decl)
	}
	return r.claims, r.wrong, nil
}

// reader collects the claims of one file.
type reader struct {
	files  *token.FileSet
	name   string
	req    string // what the file calls the package
	claims []Claim
	wrong  []string
}

func (r *reader) read(decl ast.Decl) {
	within := "a variable"
	if f, is := decl.(*ast.FuncDecl); is {
		within = f.Name.Name
	}
	ast.Inspect(decl, func(n ast.Node) bool {
		if call, is := n.(*ast.CallExpr); is && r.isCovers(call.Fun) {
			r.claim(within, call)
		}
		return true
	})
}

func (r *reader) isCovers(called ast.Expr) bool {
	selector, is := called.(*ast.SelectorExpr)
	if !is || selector.Sel.Name != "Covers" {
		return false
	}
	on, is := selector.X.(*ast.Ident)
	return is && on.Name == r.req
}

func (r *reader) claim(within string, call *ast.CallExpr) {
	line := r.files.Position(call.Pos()).Line
	for _, argument := range call.Args[min(1, len(call.Args)):] {
		n, err := literal(argument)
		if err != nil {
			r.wrong = append(r.wrong, fmt.Sprintf("%s:%d: %v", r.name, line, err))
			continue
		}
		r.claims = append(r.claims, Claim{Number: n, Func: within, File: r.name, Line: line})
	}
}

var written = regexp.MustCompile(`^R-(\d{3})$`)

// literal reads a number that is written as a string in the source.
func literal(argument ast.Expr) (Number, error) {
	basic, is := argument.(*ast.BasicLit)
	if !is || basic.Kind != token.STRING {
		return 0, errors.New("a requirement's number is a string literal, so that it can be read from the source")
	}
	text, err := strconv.Unquote(basic.Value)
	if err != nil {
		return 0, err
	}
	digits := written.FindStringSubmatch(text)
	if digits == nil {
		return 0, fmt.Errorf("%q is not written like R-001", text)
	}
	return number(digits[1])
}

func number(digits string) (Number, error) {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0, err
	}
	if _, exists := sectionOf(Number(n)); !exists {
		return 0, fmt.Errorf("there is no requirement %s", Number(n))
	}
	return Number(n), nil
}

// importName is what a file calls package req, or empty when it does not import it.
func importName(file *ast.File) string {
	for _, spec := range file.Imports {
		if spec.Path.Value != strconv.Quote(reqPath) {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(reqPath)
	}
	return ""
}
