package pages

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxShown is how many characters of somebody else's text a page shows.
const maxShown = 100

// plain makes somebody else's text safe to stand among ours: without control characters, without
// what changes the direction of text, without what cannot be seen, and not too long. Escaping is
// left to the template.
func plain(s string) string {
	s = strings.Map(visible, strings.ToValidUTF8(s, "�"))
	if utf8.RuneCountInString(s) > maxShown {
		s = string([]rune(s)[:maxShown]) + "…"
	}
	return s
}

// visible keeps what has a shape of its own. Cf holds the bidirectional and the zero-width
// characters; the Hangul fillers and the like are letters by name only.
func visible(r rune) rune {
	switch {
	case r == '\t', r == '\n', r == '\r', unicode.In(r, unicode.Zs, unicode.Zl, unicode.Zp):
		return ' '
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
		return -1
	default:
		return r
	}
}
