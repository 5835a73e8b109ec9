package natsbus_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"writ/adapters/natsbus"
	"writ/adapters/natsbus/natstest"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/ports/portstest/req"
)

// hostile are ids that would be something else in a subject, if they stood there as they are.
var hostile = []string{
	"a.b", "*", ">", "_", "a b", " ", "a\r\nPUB x 0\r\n", "\x00", "ключ", "https://client.example/a.b/*/>?q=1&_=%2E#x", "$JS.API.>",
	"writ.events.>", "..", ".", "Xw", strings.Repeat("x", 2<<10), strings.Repeat("\xff", 300), "\u2028", "a\tb",
}

func anyID() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom(append([]string{""}, hostile...)),
		rapid.String(),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 64), func(b []byte) string { return string(b) }),
		rapid.StringOfN(rapid.RuneFrom([]rune("._*> -/AZaz09")), 0, 12, -1),
	)
}

func TestNoIDChangesASubject(t *testing.T) {
	req.Covers(t, "R-259")
	rapid.Check(t, func(t *rapid.T) {
		of := func() natsbus.Party {
			return natsbus.Party{Client: anyID().Draw(t, "client"), Account: anyID().Draw(t, "account")}
		}
		one, other := of(), of()
		subject := subjectOf(t, one)
		if subject == subjectOf(t, other) != (one == other) {
			t.Fatalf("%+v and %+v are both told on %s", one, other, subject)
		}
		for filter, fits := range map[string]bool{
			natsbus.Subject("grant-revoked", other.Client, other.Account): (other.Client == "" || other.Client == one.Client) && (other.Account == "" || other.Account == one.Account),
			natsbus.Subject("", one.Client, one.Account):                  true,
			natsbus.Subject("grant-opened", one.Client, one.Account):      false,
		} {
			if matches(filter, subject) != fits {
				t.Fatalf("filter %s and subject %s: want a match: %t", filter, subject, fits)
			}
		}
	})
}

// subjectOf is where a message about somebody is published, after a look at the whole message.
func subjectOf(t *rapid.T, of natsbus.Party) string {
	t.Helper()
	f := event.Fact{ID: "f1", Stream: event.Stream{Kind: grant.Kind, ID: "g1"}, Position: 7, Name: "revoked", Revision: 1, At: noon, Data: []byte(`{"reason":"owner"}`)}
	m, err := allForms()["grant.revoked"](f, of)
	if err != nil {
		t.Fatal(err)
	}
	subject, body, err := natsbus.Seal(m, f, "https://writ.test")
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(subject, ".")
	if len(parts) != 5 || strings.Join(parts[:3], ".") != "writ.events.grant-revoked" {
		t.Fatalf("%+v is told on %q", of, subject)
	}
	for i, id := range []string{of.Client, of.Account} {
		if part := parts[3+i]; strings.Trim(part, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" || part == "" || (part == "_") != (id == "") {
			t.Fatalf("%q makes the token %q", id, part)
		}
	}
	if utf8.ValidString(of.Client) && utf8.ValidString(of.Account) {
		saysSo(t, of, sealed{subject, f.ID, body})
	}
	return subject
}

// saysSo holds the body against whom it is about.
func saysSo(t *rapid.T, of natsbus.Party, s sealed) {
	t.Helper()
	var said struct{ Data natsbus.Party }
	if err := json.Unmarshal(s.body, &said); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(of, said.Data); diff != "" {
		t.Fatalf("it is about (-want +got):\n%s", diff)
	}
	if of.Client != "" && of.Account != "" {
		if err := natstest.Check(s); err != nil {
			t.Fatal(err)
		}
	}
}

// matches is how NATS compares a filter without ">" with a subject.
func matches(filter, subject string) bool {
	want, got := strings.Split(filter, "."), strings.Split(subject, ".")
	for i := range want {
		if len(want) != len(got) || want[i] != "*" && want[i] != got[i] {
			return false
		}
	}
	return true
}

func TestFiltersOfSubscribers(t *testing.T) {
	for want, got := range map[string]string{
		"writ.events.*.*.*":               natsbus.Subject("", "", ""),
		"writ.events.*.*.Y3E3":            natsbus.Subject("", "", "cq7"),
		"writ.events.grant-revoked.Pg.*":  natsbus.Subject("grant-revoked", ">", ""),
		"writ.events.grant-revoked.Xw.Kg": natsbus.Subject("grant-revoked", "_", "*"),
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// A broker closes the connection of whoever sends it a line of more than 4 KiB.
func TestTheLongestIDsFitIntoASubject(t *testing.T) {
	longest := natsbus.Subject("signed-out-everywhere", strings.Repeat(">", 255), strings.Repeat("a", 64))
	if len(longest) > 1<<10 {
		t.Errorf("a subject has %d characters", len(longest))
	}
}
