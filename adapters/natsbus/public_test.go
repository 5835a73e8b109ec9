package natsbus_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"

	"writ/adapters/natsbus"
	"writ/adapters/natsbus/natstest"
	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/passkey"
	"writ/domain/signingkey"
	"writ/ports/portstest/req"
)

var update = flag.Bool("update", false, "rewrite the golden files, and freeze schemas that are new")

func allForms() natsbus.Forms { return natsbus.PublicForms(natsbus.IssuanceForms()) }

func factOf(t *testing.T, c *event.Catalogue, e any, cause string) event.Fact {
	t.Helper()
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	name, revision := c.Describe(e)
	id := "subject-of-" + c.Kind()
	if c == account.Catalogue {
		id = concerned.Account
	}
	return event.Fact{
		ID: "cq7v1a2b3c4d5e6f7g8i", Stream: event.Stream{Kind: c.Kind(), ID: id}, Version: 1, Position: 42,
		Name: name, Revision: revision, At: noon, Cause: cause, Data: data,
	}
}

// sealed is what is published, before the broker has it.
type sealed struct {
	subject, id string
	body        []byte
}

func (s sealed) Subject() string { return s.subject }
func (s sealed) Data() []byte    { return s.body }
func (s sealed) Headers() nats.Header {
	return nats.Header{nats.MsgIdHdr: {s.id}, "Content-Type": {"application/cloudevents+json"}}
}

// publicForm is what is published for f, or nil.
func publicForm(t *testing.T, f event.Fact) (*natsbus.Message, sealed) {
	t.Helper()
	form := allForms()[f.Stream.Kind+"."+f.Name]
	if form == nil {
		t.Fatal("it has no public form")
	}
	party := concerned
	if f.Stream.Kind == signingkey.Kind {
		party = natsbus.Party{} // keys concern everybody
	}
	m, err := form(f, party)
	if err != nil {
		t.Fatal(err)
	}
	if m == nil {
		return nil, sealed{}
	}
	subject, body, err := natsbus.Seal(m, f, "https://writ.test")
	if err != nil {
		t.Fatal(err)
	}
	return m, sealed{subject, f.ID, body}
}

func TestPublicForms(t *testing.T) {
	req.Covers(t, "R-259")
	shown := map[string]bool{}
	for _, x := range examples {
		f := factOf(t, x.catalogue, x.event, x.cause)
		name := f.Stream.Kind + "." + f.Name
		shown[name] = true
		t.Run(name, func(t *testing.T) {
			m, s := publicForm(t, f)
			file := fmt.Sprintf("%s.v%d", m.Kind, m.Revision)
			if strings.HasPrefix(f.Name, "contact_") || f.Name == "adopted" { // several facts are told as one kind of message
				file += "." + f.Name
			}
			golden(t, filepath.Join("testdata", file+".json"), s)
			holds(t, s)
		})
	}
	for name := range allForms() {
		if !shown[name] {
			t.Errorf("%s has no example", name)
		}
	}
}

// holds fails the test unless a message is one that subscribers were promised.
func holds(t *testing.T, s sealed) {
	t.Helper()
	isCloudEvent(t, s.body)
	if err := natstest.Check(s); err != nil {
		t.Error(err)
	}
	if err := natstest.Check(sealed{s.subject, s.id, withEmail(t, s.body)}); err == nil {
		t.Error("the schema lets personal data through")
	}
	if bytes.Contains(s.body, []byte(secret)) {
		t.Errorf("it shows what it must not: %s", s.body)
	}
}

func TestEveryFactIsToldOrHasAReasonNotToBe(t *testing.T) {
	forms := allForms()
	for _, c := range catalogues {
		for _, name := range c.Names() {
			fact := c.Kind() + "." + name
			if (forms[fact] != nil) == (unpublished[fact] != "") {
				t.Errorf("%s: published is %t, and the reason not to is %q", fact, forms[fact] != nil, unpublished[fact])
			}
		}
	}
}

// What was recorded by an older program is published in the form that it had then, byte for byte.
func TestFactsOfBeforeAreToldAsBefore(t *testing.T) {
	for file, f := range map[string]event.Fact{
		"permissions-changed.v1": before(factOf(t, account.Catalogue, account.PermissionsChanged{}, "message-7"), `{"permissions":"LIST_THREADS READ_PROFILE","sequence":7}`),
		"grant-narrowed.v1":      before(factOf(t, grant.Catalogue, grant.Narrowed{}, ""), `{"scope":"openid","lost":"LIST_THREADS"}`),
	} {
		t.Run(file, func(t *testing.T) {
			_, s := publicForm(t, f)
			golden(t, filepath.Join("testdata", file+".json"), s)
			holds(t, s)
		})
	}
}

func before(f event.Fact, data string) event.Fact {
	f.Revision, f.Data = 1, []byte(data)
	return f
}

func TestAPasskeyThatIsUsedIsNobodyElsesBusiness(t *testing.T) {
	if m, _ := publicForm(t, factOf(t, passkey.Catalogue, passkey.Used{Counter: 7}, "")); m != nil {
		t.Errorf("published %+v", m)
	}
}

// golden compares with a file that holds the subject and the message.
func golden(t *testing.T, path string, s sealed) {
	t.Helper()
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, s.body, "", "  "); err != nil {
		t.Fatal(err)
	}
	got := s.subject + "\n" + pretty.String() + "\n"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
}

func isCloudEvent(t *testing.T, body []byte) {
	t.Helper()
	var e cloudevents.Event
	if err := json.Unmarshal(body, &e); err != nil {
		t.Fatal(err)
	}
	if err := e.Validate(); err != nil {
		t.Error(err)
	}
	if e.Extensions()["sequence"] != "00000000000000000042" {
		t.Errorf("sequence is %v", e.Extensions()["sequence"])
	}
}

func withEmail(t *testing.T, body []byte) []byte {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatal(err)
	}
	m["data"].(map[string]any)["email"] = "person@example.test"
	changed, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

func TestFactsOfTheFutureAreNotPassedOver(t *testing.T) {
	f := factOf(t, grant.Catalogue, grant.Revoked{Reason: grant.ByOwner}, "")
	f.Revision = 99
	if _, err := allForms()["grant.revoked"](f, concerned); err == nil {
		t.Error("a revision that this binary does not know was published")
	}
}
