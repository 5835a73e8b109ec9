package passwordlist

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode"

	"writ/ports"
)

var _ ports.FrequentPasswords = (*List)(nil)

//go:embed common.txt.gz
var packed []byte

// List is the list. It takes no memory before it is first asked.
type List struct{ words func() []string }

// New is the built-in list.
func New() *List { return &List{words: sync.OnceValue(unpack)} }

func unpack() []string {
	unzipped, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		panic(err) // the list is part of the program
	}
	text, err := io.ReadAll(unzipped)
	if err != nil {
		panic(err)
	}
	return strings.Fields(string(text)) // in order
}

// Frequent implements ports.FrequentPasswords. A common password with figures or signs behind it is
// common, too: that is what people add when they are told to.
func (l *List) Frequent(password string) bool {
	lower := strings.ToLower(strings.TrimSpace(password))
	stem := strings.TrimRightFunc(lower, func(r rune) bool { return !unicode.IsLetter(r) })
	return l.has(lower) || l.has(stem)
}

func (l *List) has(word string) bool {
	_, found := slices.BinarySearch(l.words(), word)
	return found
}
