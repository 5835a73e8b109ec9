package natsbus

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
)

// compare holds a message against what its fact gives. Of one that an earlier version wrote, in a
// form of a lower revision, only the envelope can be compared.
func (j *judge) compare(m retained, e entry) {
	if e.decided.Before(j.log.since) {
		return
	}
	was, should := members(m.body), members(e.message.Data)
	older := earlier(was["type"], should["type"])
	if older {
		j.OlderForms++
	} else if m.subject != e.message.Subject {
		j.at(Misaddressed, m, e.at, e.id, fmt.Sprintf("it went to %s instead of %s", m.subject, e.message.Subject))
	}
	for _, name := range []string{nats.MsgIdHdr, contentType} {
		should := e.message.Header.Get(name)
		if name == nats.MsgIdHdr {
			should = e.id
		}
		if was := m.header.Get(name); was != should {
			j.at(Altered, m, e.at, e.id, fmt.Sprintf("its header %s is %q instead of %q", name, was, should))
		}
	}
	if different := differing(was, should, older); len(different) > 0 {
		j.at(Altered, m, e.at, e.id, "not what the fact gives: "+strings.Join(different, ", "))
	} else if !older && !bytes.Equal(m.body, e.message.Data) {
		j.at(Altered, m, e.at, e.id, "it is written differently")
	}
}

type object = map[string]json.RawMessage

func members(body []byte) (found object) {
	_ = json.Unmarshal(body, &found) // what is no JSON has no members
	return found
}

// differing are the names of members that are not alike.
func differing(was, should object, older bool) []string {
	names := maps.Clone(should)
	maps.Copy(names, was)
	if older {
		delete(names, "type")
		delete(names, "data")
	}
	var found []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !bytes.Equal(was[name], should[name]) {
			found = append(found, name)
		}
	}
	return found
}

// earlier reports whether a type is of a lower revision of the same kind.
func earlier(was, should json.RawMessage) bool {
	kind, revision := typeOf(was)
	sameKind, now := typeOf(should)
	return kind != "" && kind == sameKind && revision < now
}

// typeOf reads the kind and the revision of "writ.<kind>.v<revision>".
func typeOf(raw json.RawMessage) (kind string, revision int) {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return "", 0
	}
	kind, number, _ := strings.Cut(text, ".v")
	revision, err := strconv.Atoi(number)
	if err != nil {
		return "", 0
	}
	return kind, revision
}
