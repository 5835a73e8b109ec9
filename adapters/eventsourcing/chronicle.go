package eventsourcing

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"writ/domain/event"
	"writ/domain/oauth"
	"writ/ports"
)

// Chronicle plays ports.Chronicle. It is safe for concurrent use.
type Chronicle struct {
	rows   ports.Directory
	ledger *Ledger
}

var _ ports.Chronicle = (*Chronicle)(nil)

// NewChronicle makes a chronicle over a store's rows.
func NewChronicle(rows ports.Directory, ledger *Ledger) *Chronicle {
	return &Chronicle{rows: rows, ledger: ledger}
}

// About implements ports.Chronicle.
func (c *Chronicle) About(ctx context.Context, id oauth.AccountID) ([]ports.Record, error) {
	var records []ports.Record
	for _, kind := range slices.Sorted(maps.Keys(blank)) {
		rows, _, err := c.rows.List(ctx, ports.Query{Kind: kind, Account: string(id)})
		if err != nil {
			return nil, fmt.Errorf("list what belongs to account %s: %w", id, err)
		}
		for _, row := range rows {
			told, err := c.tell(ctx, row)
			if err != nil {
				return nil, err
			}
			records = append(records, told...)
		}
	}
	slices.SortFunc(records, func(a, b ports.Record) int { return cmp.Compare(a.Position, b.Position) })
	return records, nil
}

func (c *Chronicle) tell(ctx context.Context, row ports.Row) ([]ports.Record, error) {
	catalogue := blank[row.Stream.Kind](row.Stream.ID).Catalogue()
	var records []ports.Record
	for fact, err := range c.ledger.store.History(ctx, row.Stream, 0) {
		if err != nil {
			return nil, fmt.Errorf("read the history of %s: %w", row.Stream, err)
		}
		e, err := c.ledger.read(catalogue, fact, always(row.Key))
		if err != nil {
			return nil, err
		}
		records = append(records, ports.Record{
			Position: fact.Position, Stream: fact.Stream, Name: fact.Name, At: fact.At, Says: said(reflect.ValueOf(e)),
		})
	}
	return records, nil
}

// said is what an event says, under the names of its stored form, without what proves something.
func said(v reflect.Value) map[string]any {
	told := map[string]any{}
	for i := range v.NumField() {
		field, value := v.Type().Field(i), v.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case !field.IsExported(), name == "-", value.IsZero(), proves(field):
		case field.Anonymous && name == "":
			maps.Copy(told, said(value))
		default:
			told[cmp.Or(name, field.Name)] = shown(value)
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
func shown(v reflect.Value) any {
	if personal, is := v.Interface().(event.Personal); is {
		return personal.Reveal()
	}
	switch {
	case v.Type() == timeType:
		return v.Interface()
	case v.Kind() == reflect.Struct:
		return said(v)
	case v.Kind() == reflect.Pointer && v.Elem().Kind() == reflect.Struct:
		return said(v.Elem())
	case v.Kind() == reflect.Slice:
		all := make([]any, 0, v.Len())
		for i := range v.Len() {
			all = append(all, shown(v.Index(i)))
		}
		return all
	default:
		return v.Interface()
	}
}
