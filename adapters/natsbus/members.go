package natsbus

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// deepest bounds how deep objects and lists of a message may be nested; none of ours needs more
// than three.
const deepest = 32

var errMembers = errors.New("not one JSON object with every member once")

// objectOf reads the members of a JSON object. encoding/json alone would take the last of two
// members of a name, any letter case for a name, and a replacement character for what is no UTF-8:
// a sender's gateway that reads it otherwise would have checked another message than the one that
// is followed (RFC 8259 §4, §8.1).
func objectOf(text []byte) (map[string]json.RawMessage, error) {
	if !utf8.Valid(text) {
		return nil, errMembers
	}
	if err := checkOnce(json.NewDecoder(bytes.NewReader(text)), deepest); err != nil {
		return nil, err
	}
	var members map[string]json.RawMessage
	err := json.Unmarshal(text, &members)
	if err != nil || members == nil {
		return nil, errMembers
	}
	return members, nil
}

// checkOnce reads one value, and refuses it when an object in it has two members of one name, or it
// is nested deeper than allowed.
func checkOnce(d *json.Decoder, levels int) error {
	token, err := d.Token()
	delim, opens := token.(json.Delim)
	switch {
	case err != nil || opens && levels == 0:
		return errMembers
	case !opens:
		return nil
	}
	names := map[string]bool{}
	for d.More() {
		if delim == '{' && !isNew(d, names) {
			return errMembers
		}
		if err := checkOnce(d, levels-1); err != nil {
			return err
		}
	}
	_, err = d.Token() // what closes it
	return err
}

// isNew reads the name of a member, and reports whether it is the first of that name.
func isNew(d *json.Decoder, names map[string]bool) bool {
	token, err := d.Token()
	name, is := token.(string)
	if err != nil || !is || names[name] {
		return false
	}
	names[name] = true
	return true
}

// text reads a member that is a string; absent and null are empty.
func text(members map[string]json.RawMessage, name string) (string, error) {
	var s string
	if raw, sent := members[name]; sent && json.Unmarshal(raw, &s) != nil {
		return "", errMembers
	}
	return s, nil
}
