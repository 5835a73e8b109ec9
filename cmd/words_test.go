package cmd_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// vague are words that say nothing about what a thing is or does.
var vague = []string{
	"Base", "Common", "Data", "DTO", "Engine", "Entity", "Handler", "Helper", "Impl", "Info", "Interface", "Item",
	"Manager", "Misc", "Model", "Object", "Processor", "Service", "Shared", "Types", "Util", "Utils", "Wrapper",
}

// specified are names that a standard gave; the vague word in them is not ours.
var specified = map[string]string{
	"UserInfo":        "OpenID Connect Core 5.3",
	"DataSubject":     "GDPR article 4(1)",
	"DataContentType": "CloudEvents 1.0",
	"RequestObject":   "RFC 9101 2",
	"ObjectURI":       "RFC 9101 5.2",
	"GrantTypes":      "RFC 7591 2",
	"ResponseTypes":   "RFC 7591 2",
	"SubjectTypes":    "OpenID Connect Discovery 3",
	"ClaimTypes":      "OpenID Connect Discovery 3",
}

// alone are names that a standard gave, and that may only stand by themselves.
var alone = []string{
	"Data",   // bytes that are kept or sent and not understood: CloudEvents 1.0
	"Object", // a request that came as an object: RFC 9101 2
}

var (
	getter  = regexp.MustCompile(`^Get([A-Z]|$)`)
	iPrefix = regexp.MustCompile(`^I[A-Z][a-z]`)
)

func TestNamesSayWhatTheyMean(t *testing.T) {
	for _, pkg := range packages(t) {
		if found := vagueIn(strings.ToUpper(pkg.Name[:1]) + pkg.Name[1:]); found != "" && pkg.Name != "main" {
			t.Errorf("package %s is named after nothing: %s", pkg.ImportPath, found)
		}
		for _, name := range exportedOf(t, pkg) {
			if complaint := name.complaint(); complaint != "" {
				t.Errorf("%s: %s %s", name.at, name.text, complaint)
			}
		}
	}
}

func TestVagueNamesAreRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		name    exported
		refused bool
	}{
		"a plain name":                        {exported{text: "RefreshToken"}, false},
		"a manager":                           {exported{text: "GrantManager"}, true},
		"a word inside another":               {exported{text: "Database"}, false},
		"metadata":                            {exported{text: "ClientMetadata"}, false},
		"an abbreviation before a vague word": {exported{text: "HTTPHandler"}, true},
		"a vague word before an abbreviation": {exported{text: "BaseURL"}, true},
		"an encoding":                         {exported{text: "Base64URL"}, false},
		"a function that gives a Handler":     {exported{text: "Handler", givesHandler: true}, false},
		"another word with a Handler":         {exported{text: "HandlerManager", givesHandler: true}, true},
		"an endpoint of the standard":         {exported{text: "UserInfoEndpoint"}, false},
		"another info":                        {exported{text: "TokenInfo"}, true},
		"metadata of the standard":            {exported{text: "ResponseTypesSupported"}, false},
		"bytes that are only kept":            {exported{text: "Data"}, false},
		"some data":                           {exported{text: "GrantData"}, true},
		"a getter":                            {exported{text: "GetClient"}, true},
		"a word that begins like a getter":    {exported{text: "GetawayCar"}, false},
		"an interface called I":               {exported{text: "IStore", isInterface: true}, true},
		"an interface of the issuer":          {exported{text: "Issuer", isInterface: true}, false},
		"an ID token":                         {exported{text: "IDToken", isInterface: true}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.name.complaint(); (got != "") != tc.refused {
				t.Errorf("%s: got %q, want a refusal: %t", tc.name.text, got, tc.refused)
			}
		})
	}
}

// exported is a name that other packages see.
type exported struct {
	text         string
	at           token.Position
	givesHandler bool // a function whose result is http.Handler
	isInterface  bool
}

// complaint says what is wrong with a name, or nothing.
func (e exported) complaint() string {
	text := e.text
	if e.givesHandler {
		text = strings.TrimSuffix(text, "Handler")
	}
	switch found := vagueIn(text); {
	case found != "" && !slices.Contains(alone, text):
		return fmt.Sprintf("says %s, which says nothing", found)
	case getter.MatchString(text):
		return "begins with Get: name what it gives"
	case e.isInterface && iPrefix.MatchString(text):
		return "begins with I: name the role"
	}
	return ""
}

// vagueIn finds the first vague word of a name in mixed caps.
func vagueIn(name string) string {
	for known := range specified {
		name = strings.ReplaceAll(name, known, "Known")
	}
	for _, word := range split(name) {
		if slices.ContainsFunc(vague, func(v string) bool { return strings.EqualFold(v, word) || strings.EqualFold(v+"s", word) }) {
			return word
		}
	}
	return ""
}

// split cuts a name in mixed caps into its words: HTTPHandler is HTTP and Handler.
func split(name string) []string {
	var all []string
	start := 0
	for i := 1; i < len(name); i++ {
		begins := upper(name[i]) && (!upper(name[i-1]) || i+1 < len(name) && lower(name[i+1]))
		if begins {
			all, start = append(all, name[start:i]), i
		}
	}
	return append(all, name[start:])
}

func upper(c byte) bool { return 'A' <= c && c <= 'Z' }
func lower(c byte) bool { return 'a' <= c && c <= 'z' }

// exportedOf reads the exported names out of a package's files; those of its tests are not read.
func exportedOf(t *testing.T, pkg source) []exported {
	t.Helper()
	var all []exported
	files := token.NewFileSet()
	for _, name := range pkg.GoFiles {
		file, err := parser.ParseFile(files, filepath.Join(pkg.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatalf("read %s: %v", name, err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			for _, e := range declared(n) {
				if ast.IsExported(e.text) {
					all = append(all, e.place(files, n))
				}
			}
			_, body := n.(*ast.BlockStmt) // names inside functions are nobody else's
			return !body
		})
	}
	return all
}

func (e exported) place(files *token.FileSet, n ast.Node) exported {
	e.at = files.Position(n.Pos())
	return e
}

// declared gives the names that a node declares.
func declared(n ast.Node) []exported {
	switch n := n.(type) {
	case *ast.FuncDecl:
		return []exported{{text: n.Name.Name, givesHandler: givesHandler(n.Type)}}
	case *ast.TypeSpec:
		_, isInterface := n.Type.(*ast.InterfaceType)
		return []exported{{text: n.Name.Name, isInterface: isInterface}}
	case *ast.ValueSpec:
		return named(n.Names)
	case *ast.Field: // of a struct or an interface; parameters are not exported
		return named(n.Names)
	}
	return nil
}

func named(names []*ast.Ident) []exported {
	all := make([]exported, len(names))
	for i, name := range names {
		all[i].text = name.Name
	}
	return all
}

func givesHandler(f *ast.FuncType) bool {
	if f.Results == nil || len(f.Results.List) == 0 {
		return false
	}
	selected, is := f.Results.List[0].Type.(*ast.SelectorExpr)
	return is && (selected.Sel.Name == "Handler" || selected.Sel.Name == "HandlerFunc")
}
