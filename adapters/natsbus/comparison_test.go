package natsbus_test

import (
	"bytes"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"

	"writ/adapters/natsbus"
	"writ/domain/event"
)

const issuer = "https://writ.test"

// faithful are the messages of a log, as the relay publishes them.
func faithful(t *testing.T, l *log) []*nats.Msg {
	t.Helper()
	var all []*nats.Msg
	for _, f := range l.facts {
		form, public := thingForms()[f.Stream.Kind+"."+f.Name]
		if !public {
			continue
		}
		m, err := form(f, natsbus.Party{})
		if err != nil {
			t.Fatal(err)
		}
		subject, body, err := natsbus.Seal(m, f, issuer)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, &nats.Msg{Subject: subject, Data: body, Header: nats.Header{
			"Nats-Msg-Id": {f.ID}, "Content-Type": {"application/cloudevents+json"},
		}})
	}
	return all
}

func compare(t *testing.T, e *natsbus.Embedded, dir string, l *log, since time.Time) *natsbus.Comparison {
	t.Helper()
	found, err := natsbus.Compare(t.Context(),
		natsbus.ComparePorts{Feed: l, Parties: register{}, Checkpoints: l},
		natsbus.CompareOptions{
			URL: e.URL(), Credentials: filepath.Join(dir, natsbus.SubscriberCredentials),
			Issuer: issuer, Forms: thingForms(), Since: since,
		})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// replaced is a message with something in its body replaced.
func replaced(m *nats.Msg, was, by string) *nats.Msg {
	other := *m
	other.Data = bytes.Replace(m.Data, []byte(was), []byte(by), 1)
	return &other
}

// renamed is a message that the broker does not take for a repetition.
func renamed(m *nats.Msg, id string) *nats.Msg {
	other := *m
	other.Header = nats.Header{"Nats-Msg-Id": {id}, "Content-Type": m.Header["Content-Type"]}
	return &other
}

// The log has ten facts; of position 3, 6 and 9 nothing is published. So the message of index i is
// of position 1, 2, 4, 5, 7, 8, 10.
func TestAComparisonNamesEveryDifference(t *testing.T) {
	type plant func(all []*nats.Msg, l *log) []*nats.Msg
	keep := func(all []*nats.Msg, _ *log) []*nats.Msg { return all }
	for name, tc := range map[string]struct {
		plant plant
		since time.Time
		want  []string // kind, message, position and a word of the problem
		lag   int
	}{
		"nothing": {plant: keep},
		"a fact that is not relayed yet": {
			plant: func(all []*nats.Msg, l *log) []*nats.Msg { l.checkpoint = 8; return all[:6] }, lag: 1,
		},
		"a stream that is ahead of the checkpoint": {
			plant: func(all []*nats.Msg, l *log) []*nats.Msg { l.checkpoint = 2; return all },
		},
		"a missing message": {
			plant: func(all []*nats.Msg, _ *log) []*nats.Msg { return slices.Delete(all, 2, 3) },
			want:  []string{"missing 0 4 thing.happened is not in the stream, and message 3 is already of position 5"},
		},
		"a missing first message": {
			plant: func(all []*nats.Msg, _ *log) []*nats.Msg { return all[1:] },
			want:  []string{"missing 0 1 thing.happened is not in the stream, and message 1 is already of position 2"},
		},
		"a missing message that is not to be judged": {
			plant: func(all []*nats.Msg, _ *log) []*nats.Msg { return slices.Delete(all, 2, 3) }, since: noon.Add(time.Second),
		},
		"an invented message": {
			plant: func(all []*nats.Msg, _ *log) []*nats.Msg {
				return slices.Insert(all, 1, renamed(replaced(all[1], "fact-000002", "fact-invented"), "fact-invented"))
			},
			want: []string{"invented 2 2 the log has event fact-000002 (thing.happened) there"},
		},
		"a message of a fact that nobody may know": {
			plant: func(all []*nats.Msg, _ *log) []*nats.Msg {
				m := replaced(replaced(all[1], "fact-000002", "fact-000003"), "00000000000000000002", "00000000000000000003")
				return slices.Insert(all, 2, renamed(m, "fact-000003"))
			},
			want: []string{"invented 3 3 the log has event fact-000003 (thing.whispered) there"},
		},
		"a message that is none of Writ's": {
			plant: func(all []*nats.Msg, _ *log) []*nats.Msg {
				return append(all, &nats.Msg{Subject: "writ.events.x", Data: []byte("hello")})
			},
			want: []string{"invented 8 0 it has no envelope"},
		},
		"a message from beyond the log": {
			plant: func(all []*nats.Msg, _ *log) []*nats.Msg {
				m := replaced(replaced(all[6], "fact-000010", "fact-000099"), "00000000000000000010", "00000000000000000099")
				return append(all, renamed(m, "fact-000099"))
			},
			want: []string{"beyond 8 99 the log ends at 10"},
		},
		"a message that came twice": {
			plant: func(all []*nats.Msg, _ *log) []*nats.Msg { return append(all, renamed(all[0], "again")) },
			want:  []string{"twice 8 1 its fact was published before"},
		},
		"two messages in the wrong order": {
			plant: func(all []*nats.Msg, _ *log) []*nats.Msg { all[2], all[3] = all[3], all[2]; return all },
			want:  []string{"order 4 4 it comes after the message of position 5"},
		},
		"altered bytes": {
			plant: func(all []*nats.Msg, _ *log) []*nats.Msg {
				all[0] = replaced(all[0], `"data":{}`, `"data":{"x":1}`)
				all[1] = replaced(all[1], `{"specversion"`, `{ "specversion"`)
				all[2] = replaced(all[2], `https://writ.test`, `https://evil.test`)
				all[3] = renamed(all[3], "another")
				return all
			},
			want: []string{
				"altered 1 1 not what the fact gives: data", "altered 2 2 it is written differently",
				"altered 3 4 not what the fact gives: source", `altered 4 5 its header Nats-Msg-Id is "another"`,
			},
		},
		"another subject": {
			plant: func(all []*nats.Msg, _ *log) []*nats.Msg {
				all[4].Subject = "writ.events.signing-key-forgotten.x._"
				return all
			},
			want: []string{"subject 5 7 it went to writ.events.signing-key-forgotten.x._ instead of writ.events.signing-key-forgotten._._"},
		},
		"a checkpoint beyond the stream": {
			plant: func(all []*nats.Msg, l *log) []*nats.Msg { l.checkpoint = 10; return all[:5] },
			want: []string{
				"missing 0 8 thing.happened is not in the stream, and the checkpoint is at 10",
				"missing 0 10 thing.happened is not in the stream, and the checkpoint is at 10",
				"checkpoint 0 10 the stream has come to position 7 only",
			},
		},
		"a checkpoint beyond the log": {
			plant: func(all []*nats.Msg, l *log) []*nats.Msg { l.checkpoint = 11; return all },
			want:  []string{"checkpoint 0 11 the checkpoint lies behind the end of the log at 10"},
		},
		"a stream that was lost": {
			plant: func(_ []*nats.Msg, l *log) []*nats.Msg { l.checkpoint = 1; return nil }, lag: 6,
			want: []string{
				"missing 0 1 thing.happened is not in the stream, and the checkpoint is at 1",
				"checkpoint 0 1 the stream has come to position 0 only",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, b, dir := embedded(t)
			l := newLog()
			l.fill(10)
			if err := natsbus.Store(t.Context(), b, tc.plant(faithful(t, l), l)...); err != nil {
				t.Fatal(err)
			}
			found := compare(t, e, dir, l, tc.since)
			check(t, found, tc.want)
			if found.Lag != tc.lag {
				t.Errorf("%d facts are not relayed yet, want %d", found.Lag, tc.lag)
			}
		})
	}
}

func check(t *testing.T, found *natsbus.Comparison, want []string) {
	t.Helper()
	if len(want) != len(found.Differences) || found.Problems != len(want) {
		t.Fatalf("got %d: %+v\nwant %q", found.Problems, found.Differences, want)
	}
	for i, d := range found.Differences {
		got := strings.Join([]string{string(d.Kind), text(d.Sequence), text(d.Position), d.Problem}, " ")
		if !strings.HasPrefix(got, want[i]) {
			t.Errorf("got  %s\nwant %s", got, want[i])
		}
	}
}

// A message that an earlier version wrote is not what this one would write, and no difference.
func TestMessagesInAnEarlierFormAreNoDifference(t *testing.T) {
	e, b, dir := embedded(t)
	l := newLog()
	l.fill(10)
	all := faithful(t, l)
	all[1] = replaced(replaced(all[1], "signing-key-forgotten.v1", "signing-key-forgotten.v0"), `"data":{}`, `"data":{"x":1}`)
	all[3] = replaced(replaced(all[3], "signing-key-forgotten.v1", "signing-key-forgotten.v0"), `"source":"https://writ`, `"source":"https://evil`)
	if err := natsbus.Store(t.Context(), b, all...); err != nil {
		t.Fatal(err)
	}
	found := compare(t, e, dir, l, time.Time{})
	check(t, found, []string{"altered 4 5 not what the fact gives: source"})
	if found.OlderForms != 2 || found.Messages != 7 {
		t.Errorf("%d of %d messages are in an earlier form", found.OlderForms, found.Messages)
	}
}

func TestWhatWasDroppedIsNoDifference(t *testing.T) {
	e, b, dir := embedded(t)
	l := newLog()
	l.fill(10)
	if err := natsbus.Store(t.Context(), b, faithful(t, l)...); err != nil {
		t.Fatal(err)
	}
	l.checkpoint = 10
	if err := natsbus.Purge(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	check(t, compare(t, e, dir, l, time.Time{}), nil)
	l.fill(9)
	if err := natsbus.Store(t.Context(), b, faithful(t, l)[9:]...); err != nil { // from position 14 on
		t.Fatal(err)
	}
	found := compare(t, e, dir, l, time.Time{})
	check(t, found, nil)
	if found.First != 8 || found.Last != 11 || found.Messages != 4 {
		t.Errorf("got %+v", found)
	}
}

// While the relay works, its messages and its checkpoint come to the one who compares in any order.
func TestAComparisonOfALiveSystemFindsNothing(t *testing.T) {
	e, b, dir := embedded(t)
	l := newLog()
	l.fill(1)
	r := newRelay(b, l, everybodyLeads{})
	run(t, r)
	caughtUp(t, r, l)
	for range 12 {
		l.fill(400)
		if found := compare(t, e, dir, l, time.Time{}); found.Problems > 0 {
			t.Fatalf("got %+v", found)
		}
	}
	caughtUp(t, r, l)
	found := compare(t, e, dir, l, time.Time{})
	if diff := cmp.Diff(natsbus.Comparison{
		Head: 4801, Checkpoint: 4801, First: 1, Last: uint64(len(l.public())), Messages: len(l.public()), Differences: []natsbus.Difference{},
	}, *found); diff != "" {
		t.Error(diff)
	}
}

func TestNothingIsSaidOfAStreamThatCannotBeRead(t *testing.T) {
	e, _, dir := embedded(t)
	l := newLog()
	ports := natsbus.ComparePorts{Feed: l, Parties: register{}, Checkpoints: l}
	good := natsbus.CompareOptions{URL: e.URL(), Credentials: filepath.Join(dir, natsbus.SubscriberCredentials), Forms: thingForms()}
	for name, change := range map[string]func(o *natsbus.CompareOptions){
		"there is none":    func(*natsbus.CompareOptions) {},
		"no broker":        func(o *natsbus.CompareOptions) { o.URL = "nats://127.0.0.1:1" },
		"no credentials":   func(o *natsbus.CompareOptions) { o.Credentials = "" },
		"absent ones":      func(o *natsbus.CompareOptions) { o.Credentials = filepath.Join(dir, "absent") },
		"another's stream": func(o *natsbus.CompareOptions) { o.Credentials = filepath.Join(dir, natsbus.AccountsCredentials) },
	} {
		t.Run(name, func(t *testing.T) {
			o := good
			change(&o)
			if found, err := natsbus.Compare(t.Context(), ports, o); err == nil {
				t.Errorf("got %+v", found)
			}
		})
	}
}

func text[N uint64 | event.Position](n N) string { return strconv.FormatInt(int64(n), 10) }
