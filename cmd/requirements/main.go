package main

import (
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
)

func main() {
	tests := flag.Bool("tests", false, "also print which test claims each number")
	root := flag.String("root", ".", "the root of the source tree")
	flag.Parse()
	met, err := Run(os.DirFS(*root), *tests, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "requirements:", err)
	}
	if err != nil || !met {
		os.Exit(1)
	}
}

// Run prints the report on a source tree. It says whether every requirement in scope has a test or
// a reason and nothing is named that does not exist.
func Run(root fs.FS, tests bool, out io.Writer) (bool, error) {
	claims, wrong, err := Tests(root)
	if err != nil {
		return false, err
	}
	diverges, unreasoned, err := Divergences(root)
	if err != nil {
		return false, err
	}
	r := Report{Claims: map[Number][]Claim{}, Diverges: diverges, Wrong: append(wrong, unreasoned...)}
	for _, c := range claims {
		r.Claims[c.Number] = append(r.Claims[c.Number], c)
	}
	if err := r.Print(out, tests); err != nil {
		return false, fmt.Errorf("print the report: %w", err)
	}
	return len(r.Open()) == 0 && len(r.Wrong) == 0, nil
}
