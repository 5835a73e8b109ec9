package jwtsigner

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode"
)

// deepest is how deep objects and arrays may be nested.
const deepest = 32

var (
	errNotObject = errors.New("it holds something else than an object of JSON")
	errTwice     = errors.New("an object in it has a name twice")
	errDeep      = errors.New("it is nested too deeply")
)

// checkObject refuses what is not one object, and objects that have a name twice at any depth
// (RFC 7519 §4): readers differ in which of the two they take. Names that encoding/json takes for
// the same field count as the same. The rest of the syntax is left to whoever unmarshals.
func checkObject(plain []byte) error {
	if len(plain) == 0 || plain[0] != '{' {
		return errNotObject
	}
	decoder := json.NewDecoder(bytes.NewReader(plain))
	decoder.UseNumber()
	return checkValue(decoder, deepest)
}

func checkValue(decoder *json.Decoder, depth int) error {
	token, err := decoder.Token()
	if err != nil {
		return errNotObject
	}
	opening, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	if depth == 0 {
		return errDeep
	}
	names := map[string]bool{}
	for decoder.More() {
		err := checkMember(decoder, opening, names, depth-1)
		if err != nil {
			return err
		}
	}
	_, err = decoder.Token() // the closing delimiter
	if err != nil {
		return errNotObject
	}
	return nil
}

// checkMember checks one member of an object, or one element of an array.
func checkMember(decoder *json.Decoder, opening json.Delim, names map[string]bool, depth int) error {
	if opening == '{' {
		token, err := decoder.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return errNotObject
		}
		name = fold(name)
		if names[name] {
			return errTwice
		}
		names[name] = true
	}
	return checkValue(decoder, depth)
}

// fold gives one spelling to all names that encoding/json takes for the same.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		for {
			next := unicode.SimpleFold(r)
			if next <= r {
				return next
			}
			r = next
		}
	}, name)
}
