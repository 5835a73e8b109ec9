package eventsourcing

import (
	"cmp"
	"maps"
	"reflect"
	"strings"
	"time"

	"writ/domain/event"
	"writ/domain/oauth"
	"writ/ports"
)

// words tells what events say, under the names of their stored form, without what proves something.
type words struct {
	personal func(event.Personal) string // how a person's datum is told
}

// said is what an event says.
func (w words) said(v reflect.Value) map[string]any {
	told := map[string]any{}
	for i := range v.NumField() {
		field, value := v.Type().Field(i), v.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case !field.IsExported(), name == "-", value.IsZero(), proves(field):
		case field.Anonymous && name == "":
			maps.Copy(told, w.said(value))
		default:
			told[cmp.Or(name, field.Name)] = w.shown(value)
		}
	}
	return told
}

// proves reports whether a field holds what a secret is checked against.
func proves(f reflect.StructField) bool {
	switch f.Type {
	case reflect.TypeFor[oauth.Digest](), reflect.TypeFor[oauth.Secret](), reflect.TypeFor[oauth.CodeChallenge](), reflect.TypeFor[[]byte]():
		return true
	default:
		return secretNames[f.Name]
	}
}

// secretNames are fields that are plain text to their events: the hash of a password, and the keyed
// digest of a user code.
var secretNames = map[string]bool{"Hash": true, "UserCode": true}

var timeType = reflect.TypeFor[time.Time]()

// shown is a value as JSON has it. A nested struct says what it says in the same way.
func (w words) shown(v reflect.Value) any {
	if personal, is := v.Interface().(event.Personal); is {
		return w.personal(personal)
	}
	switch {
	case v.Type() == timeType:
		return v.Interface()
	case v.Kind() == reflect.Struct:
		return w.said(v)
	case v.Kind() == reflect.Pointer && v.Elem().Kind() == reflect.Struct:
		return w.said(v.Elem())
	case v.Kind() == reflect.Slice:
		all := make([]any, 0, v.Len())
		for i := range v.Len() {
			all = append(all, w.shown(v.Index(i)))
		}
		return all
	default:
		return v.Interface()
	}
}

// recordOf is a fact with what it says.
func recordOf(f event.Fact, concerned ports.Party, says map[string]any) ports.Record {
	return ports.Record{
		Position: f.Position, ID: f.ID, Stream: f.Stream, Version: f.Version, Name: f.Name, At: f.At, Cause: f.Cause,
		Party: concerned, Says: says,
	}
}
