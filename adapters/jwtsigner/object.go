package jwtsigner

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"unicode/utf8"
)

// How deep objects and arrays may be nested, and how many names one object may have.
const (
	deepest = 32
	widest  = 256
)

var (
	errNotObject = errors.New("it holds something else than an object of JSON")
	errTwice     = errors.New("an object in it has a name twice")
	errLarge     = errors.New("an object in it is nested too deeply, or has too many names")
)

// checkObject refuses what is not one object, and objects that have a name twice at any depth
// (RFC 7519 §4): readers differ in which of the two they take. Names that encoding/json takes for
// the same field count as the same.
func checkObject(plain []byte) error {
	if len(plain) == 0 || plain[0] != '{' || !json.Valid(plain) || !utf8.Valid(plain) {
		return errNotObject
	}
	s := scanner{text: plain}
	return s.value(deepest)
}

// scanner walks over text that is known to be valid JSON, and so looks only for where things end.
type scanner struct {
	text []byte
	at   int
}

func (s *scanner) value(depth int) error {
	switch s.peek() {
	case '{':
		return s.members(depth)
	case '[':
		return s.elements(depth)
	case '"':
		s.quoted()
		return nil
	default:
		s.at += bytes.IndexAny(s.text[s.at:], ",]} \t\r\n") // the text is an object, so that something follows
		return nil
	}
}

func (s *scanner) members(depth int) error {
	names := make([][]byte, 0, 16)
	for s.more('}') {
		name := s.name()
		if slices.ContainsFunc(names, func(other []byte) bool { return bytes.EqualFold(other, name) }) {
			return errTwice
		}
		names = append(names, name)
		if len(names) > widest || depth == 0 {
			return errLarge
		}
		s.peek()
		s.at++ // the colon
		err := s.value(depth - 1)
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *scanner) elements(depth int) error {
	for s.more(']') {
		if depth == 0 {
			return errLarge
		}
		err := s.value(depth - 1)
		if err != nil {
			return err
		}
	}
	return nil
}

// more steps over an opening bracket or a comma, and over the closing bracket when it comes next.
func (s *scanner) more(closing byte) bool {
	if s.peek() != closing {
		s.at++
	}
	if s.peek() != closing {
		return true
	}
	s.at++
	return false
}

// name reads the name of a member, without its escapes.
func (s *scanner) name() []byte {
	s.peek()
	raw := s.quoted()
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	var plain string
	_ = json.Unmarshal(raw, &plain) // it is valid
	return []byte(plain)
}

// quoted steps over a string and returns it with its quotes.
func (s *scanner) quoted() []byte {
	start := s.at
	for s.at++; s.text[s.at] != '"'; s.at++ {
		if s.text[s.at] == '\\' {
			s.at++
		}
	}
	s.at++
	return s.text[start:s.at]
}

// peek steps over white space.
func (s *scanner) peek() byte {
	for {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return s.text[s.at]
		}
	}
}
