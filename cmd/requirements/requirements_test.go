package main_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	requirements "writ/cmd/requirements"
)

const covering = `package x_test

import "writ/ports/portstest/req"

func TestIt(t *testing.T) { req.Covers(t, "R-020", "R-021") }
`

func TestTestsAreReadFromTheSource(t *testing.T) {
	for name, tc := range map[string]struct {
		files map[string]string
		want  []string
		wrong []string
	}{
		"several numbers in a test": {
			files: map[string]string{"a/x_test.go": covering},
			want:  []string{"R-020 TestIt a/x_test.go:5", "R-021 TestIt a/x_test.go:5"},
		},
		"a case of a suite, under another name": {
			files: map[string]string{"ports/portstest/store.go": `package portstest
import covers "writ/ports/portstest/req"
func Store(t *testing.T) { t.Run("x", func(t *testing.T) { covers.Covers(t, "R-249") }) }
`},
			want: []string{"R-249 Store ports/portstest/store.go:3"},
		},
		"another package's Covers": {
			files: map[string]string{"a/x_test.go": "package x\nimport \"other/req\"\nfunc f() { req.Covers(nil, \"R-020\") }\n"},
		},
		"what the go command passes over": {
			files: map[string]string{
				"a/testdata/x_test.go": covering, ".cache/x_test.go": covering, "_old/x_test.go": covering,
				"ports/portstest/req/req_test.go": covering,
			},
		},
		"a number that is computed": {
			files: map[string]string{"x_test.go": strings.ReplaceAll(covering, `"R-020"`, `id`)},
			want:  []string{"R-021 TestIt x_test.go:5"},
			wrong: []string{"x_test.go:5: a requirement's number is a string literal, so that it can be read from the source"},
		},
		"a number that does not exist": {
			files: map[string]string{"x_test.go": strings.ReplaceAll(covering, "R-020", "R-267")},
			want:  []string{"R-021 TestIt x_test.go:5"},
			wrong: []string{"x_test.go:5: there is no requirement R-267"},
		},
		"a number in another form": {
			files: map[string]string{"x_test.go": strings.ReplaceAll(covering, "R-020", "R-20")},
			want:  []string{"R-021 TestIt x_test.go:5"},
			wrong: []string{`x_test.go:5: "R-20" is not written like R-001`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			claims, wrong, err := requirements.Tests(tree(tc.files))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range claims {
				got = append(got, fmt.Sprintf("%s %s %s:%d", c.Number, c.Func, c.File, c.Line))
			}
			if diff := cmp.Diff([][]string{tc.want, tc.wrong}, [][]string{got, wrong}); diff != "" {
				t.Errorf("claims and complaints (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDivergencesNeedAReason(t *testing.T) {
	for name, tc := range map[string]struct {
		page  string
		want  []requirements.Number
		wrong []string
	}{
		"a row of a table": {
			page: "| number | what differs |\n|---|---|\n| R-045, R-141 | tokens stay valid until they expire |\n",
			want: []requirements.Number{45, 141},
		},
		"a bullet that goes on": {
			page: "- **R-167**: a revoked grant's\n  access tokens stay valid (see also R-165)\n",
			want: []requirements.Number{165, 167},
		},
		"a paragraph that begins with a number": {
			page: "R-010: listed origins get credentials there.\n",
			want: []requirements.Number{10},
		},
		"prose that mentions a number": {page: "Everything that R-010 says is held.\n\nmore of R-011\n"},
		"a range":                      {page: "- R-001–R-003 need a proxy in front\n", want: []requirements.Number{1, 2, 3}},
		"a short range":                {page: "- R-001–003 need a proxy in front\n", want: []requirements.Number{1, 2, 3}},
		"a number beside a status":     {page: "- R-045 - 200 is what it answers\n", want: []requirements.Number{45}},
		"no reason":                    {page: "- R-045\n", wrong: []string{"DIVERGENCES.md:1: R-045 has no reason beside it"}},
		"no such number":               {page: "\n- R-300 is something else entirely here\n", wrong: []string{"DIVERGENCES.md:2: there is no requirement R-300"}},
		"a range that goes back":       {page: "- R-003–R-001 need a proxy in front\n", wrong: []string{"DIVERGENCES.md:1: R-001 comes before R-003"}},
	} {
		t.Run(name, func(t *testing.T) {
			found, wrong, err := requirements.Divergences(tree(map[string]string{"DIVERGENCES.md": tc.page}))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, slices.Sorted(maps.Keys(found))); diff != "" {
				t.Errorf("numbers (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.wrong, wrong); diff != "" {
				t.Errorf("complaints (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRunIsMetWhenEveryNumberInScopeHasATestOrAReason(t *testing.T) {
	reasons := "- R-001–R-132 are others' to meet here\n- R-139–R-169 are others' to meet here\n" +
		"- R-213–R-220 are others' to meet here\n- R-238–R-243 are others' to meet here\n"
	for name, tc := range map[string]struct {
		page string
		met  bool
		says string
	}{
		"nothing":         {says: "R-001–R-019 R-022–R-132"},
		"all but a few":   {page: reasons + "- R-249–R-265 are others' to meet here\n", says: "open:      R-266\n"},
		"everything":      {page: reasons + "- R-249–R-266 are others' to meet here\n", met: true, says: "open:      none\n"},
		"a bad reason":    {page: reasons + "- R-249–R-266 are others' to meet here\n- R-007\n", says: "R-007 has no reason"},
		"a tested number": {page: reasons, says: "195 requirements in scope: 2 tested, 18 open"},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			met, err := requirements.Run(tree(map[string]string{"a/x_test.go": covering, "DIVERGENCES.md": tc.page}), true, &out)
			if err != nil {
				t.Fatal(err)
			}
			if met != tc.met || !strings.Contains(out.String(), tc.says) {
				t.Errorf("got met %t, want %t and %q in:\n%s", met, tc.met, tc.says, &out)
			}
		})
	}
}

func TestSectionsLeaveNoNumberOut(t *testing.T) {
	next := requirements.Number(1)
	for _, s := range requirements.Sections {
		if s.First != next || s.Last < s.First {
			t.Errorf("section %q is %s–%s, want it to begin at %s", s.Topic, s.First, s.Last, next)
		}
		next = s.Last + 1
	}
}

func tree(files map[string]string) fstest.MapFS {
	root := fstest.MapFS{}
	for name, text := range files {
		root[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return root
}
