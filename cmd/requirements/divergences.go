package main

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

// divergencesFile is where reasons are looked for.
const divergencesFile = "DIVERGENCES.md"

var (
	numbers = regexp.MustCompile(`R-(\d{3})(?:\s*(?:–|—|-|to)\s*R-(\d{3})|–(\d{3})\b)?`)
	word    = regexp.MustCompile(`\pL{2,}`)
	opens   = regexp.MustCompile(`^\s*(?:[-*+]\s|\d+[.)]\s|\||#+\s|[*_]*R-\d{3})`)
)

// reasonWords is how many words make a reason, beside the numbers.
const reasonWords = 4

// Divergences reads the numbers that DIVERGENCES.md gives a reason for: those in a bullet, a row of
// a table, a heading, or a paragraph that begins with a number. "R-221–R-227" and "R-221–227" mean all of these.
// It says what is wrong with an entry that has no reason or names no requirement.
func Divergences(root fs.FS) (map[Number]bool, []string, error) {
	text, err := fs.ReadFile(root, divergencesFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read the divergences: %w", err)
	}
	found := map[Number]bool{}
	var wrong []string
	for _, entry := range entries(string(text)) {
		listed, err := entry.numbers()
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("%s:%d: %v", divergencesFile, entry.line, err))
		}
		for _, n := range listed {
			found[n] = true
		}
	}
	return found, wrong, nil
}

// entry is a bullet, a row, a heading or a paragraph.
type entry struct {
	line int
	text string
}

// entries cuts a page into the entries that may name a requirement. A line that opens none belongs
// to the entry before it, until an empty line.
func entries(page string) []entry {
	var all []entry
	open := false
	for i, line := range strings.Split(page, "\n") {
		switch {
		case strings.TrimSpace(line) == "":
			open = false
		case opens.MatchString(line):
			all, open = append(all, entry{i + 1, line}), true
		case open:
			all[len(all)-1].text += " " + strings.TrimSpace(line)
		}
	}
	return all
}

// numbers gives the requirements that an entry names, if it also says why.
func (e entry) numbers() ([]Number, error) {
	var all []Number
	for _, found := range numbers.FindAllStringSubmatch(e.text, -1) {
		listed, err := span(found[1], found[2]+found[3])
		if err != nil {
			return nil, err
		}
		all = append(all, listed...)
	}
	said := word.FindAllString(numbers.ReplaceAllString(e.text, ""), -1)
	if len(all) > 0 && len(said) < reasonWords {
		return nil, fmt.Errorf("%s has no reason beside it", all[0])
	}
	return all, nil
}

// span gives the numbers from one to another; last may be empty.
func span(first, last string) ([]Number, error) {
	from, err := number(first)
	if err != nil {
		return nil, err
	}
	to := from
	if last != "" {
		if to, err = number(last); err != nil {
			return nil, err
		}
	}
	if to < from {
		return nil, fmt.Errorf("%s comes before %s", to, from)
	}
	var all []Number
	for n := from; n <= to; n++ {
		all = append(all, n)
	}
	return all, nil
}
