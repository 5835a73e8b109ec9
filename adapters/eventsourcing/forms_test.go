package eventsourcing_test

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"writ/adapters/eventsourcing"
	"writ/adapters/eventsourcing/ledgertest"
	"writ/domain/authorization"
	"writ/domain/device"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/token"
	"writ/ports"
)

// telling is an aggregate that records whatever it is given and whose state is whatever it points
// at, so that the stored form of both can be seen.
type telling struct {
	event.Root
	catalogue *event.Catalogue
	state     event.State
}

func (a *telling) Catalogue() *event.Catalogue { return a.catalogue }
func (a *telling) State() event.State          { return a.state }
func (*telling) Replay(any, time.Time)         {}

// stored is how a ledger stores an event, and beside it a state.
func stored(ctx context.Context, t rapid.TB, c *event.Catalogue, e any, state event.State) (fact, row string) {
	t.Helper()
	store := ledgertest.NewStore()
	l := eventsourcing.NewLedger(store, ledgertest.NewKeeper("master"), &ledgertest.Entropy{})
	a := &telling{Root: event.Unborn(c.Kind(), "x"), catalogue: c}
	err := l.Decide(ctx, func() error {
		a.state = state
		a.Record(e, ledgertest.Noon)
		return nil
	}, a)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range store.Rows() {
		row = string(r.Data)
	}
	return string(store.Facts()[0].Data), row
}

// kept is what is written for every token, and read again: an event with its catalogue, and a state.
var kept = []struct {
	catalogue *event.Catalogue
	event     any
	state     event.State
}{
	{token.Catalogue, token.Issued{}, nil},
	{grant.Catalogue, grant.Opened{}, &grant.State{}},
	{grant.Catalogue, grant.Refreshed{}, &grant.State{}},
	{authorization.Catalogue, authorization.Approved{}, &authorization.State{}},
	{authorization.Catalogue, authorization.Redeemed{}, &authorization.State{}},
	{device.Catalogue, device.Requested{}, &device.State{}},
	{device.Catalogue, device.Redeemed{}, &device.State{}},
}

// TestTheStoredFormIsThatOfTheTags writes events and states with any values in any of their fields,
// and reads the states again.
func TestTheStoredFormIsThatOfTheTags(t *testing.T) {
	for _, k := range kept {
		t.Run(reflect.TypeOf(k.event).String(), func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				e := reflect.New(reflect.TypeOf(k.event)).Elem()
				draw(rt, e)
				var state event.State
				if k.state != nil {
					fresh := reflect.New(reflect.TypeOf(k.state).Elem())
					draw(rt, fresh.Elem())
					state = fresh.Interface().(event.State)
				}
				fact, row := stored(t.Context(), rt, k.catalogue, e.Interface(), state)
				same(rt, fact, e.Interface())
				if state != nil {
					same(rt, row, state)
					sameWhenRead(t.Context(), rt, k.catalogue.Kind(), []byte(row), state)
				}
			})
		})
	}
}

func same(t *rapid.T, got string, v any) {
	want, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Fatalf("%T is stored as\n%s\nwhile its tags make\n%s", v, got, want)
	}
}

// sameWhenRead reads a state as a ledger does, and by its tags.
func sameWhenRead(ctx context.Context, t rapid.TB, kind string, row []byte, state event.State) {
	t.Helper()
	got := reflect.New(reflect.TypeOf(state).Elem()).Interface().(event.State)
	want := reflect.New(reflect.TypeOf(state).Elem()).Interface().(event.State)
	store, stream := ledgertest.NewStore(), event.Stream{Kind: kind, ID: "x"}
	l := eventsourcing.NewLedger(store, ledgertest.NewKeeper("master"), &ledgertest.Entropy{})
	store.Alter(stream, func(r *ports.Row) { r.Stream, r.Version, r.Shape, r.Data = stream, 1, want.Shape(), row })
	failed := l.Load(ctx, &telling{Root: event.Existing(kind, "x"), state: got})
	err := json.Unmarshal(row, want)
	switch {
	case (failed == nil) != (err == nil):
		t.Fatalf("%s: read with %v, by the tags with %v", row, failed, err)
	case err == nil && !reflect.DeepEqual(got, want):
		t.Fatalf("%s is read as another state (-tags +ledger):\n%s", row, cmp.Diff(want, got))
	}
}

// draw sets any of the fields to anything, most to what is plain.
func draw(t *rapid.T, v reflect.Value) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(moments.Draw(t, "time")))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			draw(t, v.Field(i))
		}
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			draw(t, v.Elem())
		}
	case reflect.Slice:
		n := rapid.SampledFrom([]int{0, 0, 1, 2, 16}).Draw(t, "length")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			draw(t, v.Index(i))
		}
	case reflect.String:
		v.SetString(words.Draw(t, "text"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.Int:
		v.SetInt(rapid.SampledFrom([]int64{0, 1, 5, -1}).Draw(t, "int"))
	case reflect.Uint32, reflect.Uint8:
		v.SetUint(rapid.SampledFrom([]uint64{0, 1, 10, 255}).Draw(t, "uint"))
	default:
		t.Fatalf("what is a %s?", v.Type())
	}
}

var (
	words = rapid.OneOf(
		rapid.SampledFrom([]string{"", "openid A", "https://app.example/cb?x=y", "xyz-_.~"}), rapid.StringMatching(`[ -~]{0,6}`),
		rapid.SampledFrom([]string{`a"b`, `a\b`, "a&b", "<a>", "ä", "\xff", "\n", "\x7f", "\u2028", "}", ","}),
	)
	moments = rapid.SampledFrom([]time.Time{
		{},
		ledgertest.Noon, ledgertest.Noon.Add(1234567 * time.Microsecond), ledgertest.Noon.Add(1), time.Unix(0, 0).UTC(),
		ledgertest.Noon.In(time.FixedZone("", 3600)),
	})
)

// whole is a grant's row in which everything stands.
const whole = `{"client":"c","account":"a","via":"authorization_code","session":"s","scope":"openid","resources":["r1","r2"],` +
	`"auth_time":"2026-03-01T12:00:00Z","amr":["pwd"],"opened":"2026-03-01T12:00:00.000001Z","gen":7,"salt":"AAEC","refresh":"d",` +
	`"rotated":"2026-03-01T12:00:00Z","scoped":"openid","access_until":"2026-03-01T12:15:00Z","idle_until":"2026-03-01T12:00:00Z",` +
	`"until":"2026-03-01T12:00:00Z","revoked":"2026-03-01T12:00:00Z","reason":"owner"}`

func TestWhatAnotherBinaryWroteIsReadAsItsTagsSay(t *testing.T) {
	for _, row := range []string{
		whole, " " + whole, whole + " ", whole + "x", "", "{", "{}", "null", "[]", `""`,
		strings.Replace(whole, `"gen":7`, `"gen":07`, 1), strings.Replace(whole, `"gen":7`, `"gen":-7`, 1),
		strings.Replace(whole, `"gen":7`, `"gen":4294967296`, 1), strings.Replace(whole, `"gen":7`, `"gen":null`, 1),
		strings.Replace(whole, `"gen":7`, `"gen":7,"new":{"a":[1]}`, 1), strings.Replace(whole, `"gen":7,`, ``, 1),
		strings.Replace(whole, `"reason":"owner"`, `"reason":"owner","client":"d"`, 1),
		strings.Replace(whole, `"AAEC"`, `"AAE"`, 1), strings.Replace(whole, `["pwd"]`, `[]`, 1), strings.Replace(whole, `["pwd"]`, `["pwd",]`, 1),
		strings.Replace(whole, `["pwd"]`, `["p" , "q"]`, 1), strings.Replace(whole, "Z", "", 1), strings.Replace(whole, "Z", "+01:00", 1),
		strings.Replace(whole, `,"gen"`, `"gen"`, 1), strings.Replace(whole, `"c"`, `"\u0063"`, 1), strings.Replace(whole, `{`, `{,`, 1), strings.ReplaceAll(whole, `,"`, `, "`),
		strings.Replace(whole, `"client":"c","account":"a"`, `"account":"a","client":"c"`, 1),
	} {
		sameWhenRead(t.Context(), t, grant.Kind, []byte(row), &grant.State{})
	}
	for cut := range whole {
		sameWhenRead(t.Context(), t, grant.Kind, []byte(whole[:cut]), &grant.State{})
	}
}

func FuzzRowsAreReadAsTheirTagsSay(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte(`{"client":"c","wrong":3,"spent":true}`))
	f.Fuzz(func(t *testing.T, row []byte) {
		sameWhenRead(t.Context(), t, grant.Kind, row, &grant.State{})
		sameWhenRead(t.Context(), t, authorization.Kind, row, &authorization.State{})
		sameWhenRead(t.Context(), t, device.Kind, row, &device.State{})
	})
}
