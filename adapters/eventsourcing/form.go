package eventsourcing

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// form writes or reads one JSON object field by field, in the order of its fields, to the byte as
// encoding/json would. One description of a type (forms.go) serves both ways. What needs more than
// that, such as a character that is escaped or a field that this binary does not write, makes the
// form odd, and encoding/json does the work instead.
type form struct {
	reading bool
	odd     bool
	out     []byte // when writing: what was written
	in      []byte // when reading: the whole object
	text    string // the same, so that all strings of a value share one copy of it
	at      int    // when reading: how far
}

// begin must come before the fields.
func (f *form) begin() {
	if f.reading {
		f.text = string(f.in)
		f.pass("{")
	} else {
		f.out = append(f.out, '{')
	}
}

// end reports whether the object was written or read as a whole.
func (f *form) end() bool {
	if f.reading {
		f.pass("}")
		return !f.odd && f.at == len(f.in)
	}
	f.out = append(f.out, '}')
	return !f.odd
}

// field writes the name of a field, or reports whether it is the one that comes next.
func (f *form) field(name string) bool {
	if f.reading {
		return f.next(name)
	}
	if f.out[len(f.out)-1] != '{' {
		f.out = append(f.out, ',')
	}
	f.out = append(append(append(f.out, '"'), name...), '"', ':')
	return true
}

func (f *form) next(name string) bool {
	rest, first := f.text[f.at:], f.at == len("{")
	if !first && !strings.HasPrefix(rest, ",") {
		return false
	}
	if !first {
		rest = rest[1:]
	}
	size := len(name) + len(`"":`)
	if len(rest) < size || rest[0] != '"' || rest[1:1+len(name)] != name || rest[1+len(name):size] != `":` {
		return false
	}
	f.at = len(f.text) - len(rest) + size
	return true
}

// always is for the fields that are never left out.
func (f *form) always(name string) bool {
	there := f.field(name)
	f.odd = f.odd || !there
	return there
}

// unless is for the fields that are left out when they have the zero value.
func (f *form) unless(zero bool, name string) bool {
	return (f.reading || !zero) && f.field(name)
}

func (f *form) pass(token string) {
	if !strings.HasPrefix(f.text[f.at:], token) {
		f.odd = true
		return
	}
	f.at += len(token)
}

func (f *form) string(name string, s *string) {
	if f.always(name) {
		f.quoted(s)
	}
}

func (f *form) someString(name string, s *string) {
	if f.unless(*s == "", name) {
		f.quoted(s)
	}
}

func (f *form) someStrings(name string, s *[]string) {
	if !f.unless(len(*s) == 0, name) {
		return
	}
	if f.reading {
		f.readStrings(s)
		return
	}
	for i := range *s {
		f.out = append(f.out, "[,"[min(i, 1)])
		f.quoted(&(*s)[i])
	}
	f.out = append(f.out, ']')
}

func (f *form) readStrings(s *[]string) {
	f.pass("[")
	for !f.odd {
		var one string
		f.quoted(&one)
		*s = append(*s, one)
		if !strings.HasPrefix(f.text[f.at:], ",") {
			break
		}
		f.at++
	}
	f.pass("]")
}

func (f *form) someBytes(name string, b *[]byte) {
	switch {
	case !f.unless(len(*b) == 0, name):
	case f.reading:
		decoded, err := base64.StdEncoding.DecodeString(f.quote())
		*b, f.odd = decoded, f.odd || err != nil
	default:
		f.out = append(base64.StdEncoding.AppendEncode(append(f.out, '"'), *b), '"')
	}
}

func (f *form) moment(name string, t *time.Time) {
	if f.always(name) {
		f.rfc3339(t)
	}
}

func (f *form) someMoment(name string, t *time.Time) {
	if f.unless(t.IsZero(), name) {
		f.rfc3339(t)
	}
}

func (f *form) rfc3339(t *time.Time) {
	var err error
	if !f.reading {
		f.out, err = t.AppendText(append(f.out, '"'))
		f.out = append(f.out, '"')
	} else if size := len(f.quote()); !f.odd {
		err = t.UnmarshalText(f.in[f.at-1-size : f.at-1])
	}
	f.odd = f.odd || err != nil
}

func (f *form) number(name string, n *uint32) {
	if f.always(name) {
		*n = uint32(f.digits(uint64(*n), 32))
	}
}

func (f *form) someCount(name string, n *int) {
	f.odd = f.odd || *n < 0
	if f.unless(*n <= 0, name) {
		*n = int(f.digits(uint64(*n), 31))
	}
}

func (f *form) digits(n uint64, bits int) uint64 {
	if !f.reading {
		f.out = strconv.AppendUint(f.out, n, 10)
		return n
	}
	rest := f.text[f.at:]
	size := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	n, err := strconv.ParseUint(rest[:size], 10, bits)
	f.odd = f.odd || err != nil || size > 1 && rest[0] == '0'
	f.at += size
	return n
}

func (f *form) someTrue(name string, b *bool) {
	switch {
	case !f.unless(!*b, name):
	case f.reading:
		f.pass("true")
		*b = true
	default:
		f.out = append(f.out, "true"...)
	}
}

func (f *form) quoted(s *string) {
	if f.reading {
		*s = f.quote()
		return
	}
	f.odd = f.odd || !plain(*s)
	f.out = append(append(append(f.out, '"'), *s...), '"')
}

// quote reads a string in which nothing is escaped.
func (f *form) quote() string {
	f.pass(`"`)
	size := strings.IndexByte(f.text[f.at:], '"')
	if f.odd || size < 0 || !plain(f.text[f.at:f.at+size]) {
		f.odd = true
		return ""
	}
	f.at += size + 1
	return f.text[f.at-size-1 : f.at-1]
}

// plain reports whether encoding/json writes s as it is.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return false
		}
	}
	return true
}
