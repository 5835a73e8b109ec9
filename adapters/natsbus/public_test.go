package natsbus_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2/event"
	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"writ/adapters/natsbus"
	"writ/domain/account"
	"writ/domain/client"
	"writ/domain/device"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/domain/signingkey"
	"writ/domain/token"
	"writ/ports/portstest/req"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const secret = "SECRET-or-personal"

var concerned = natsbus.Party{Client: "cli.1>*", Account: "cq7v1a2b3c4d5e6f7g8h"}

// examples has one event of every kind that is public, with something in each field.
var examples = []struct {
	catalogue *event.Catalogue
	event     any
	cause     string
}{
	{grant.Catalogue, grant.Opened{
		Client: oauth.ClientID(concerned.Client), Account: oauth.AccountID(concerned.Account),
		Via: oauth.AuthorizationCodeGrant, Session: secret, Scope: "openid LIST_THREADS",
		Resources: []string{"https://api.test"}, AuthTime: noon, AMR: []string{"pwd"}, JTI: "jti1", AccessUntil: noon.Add(time.Hour),
		Refresh: secret, IdleUntil: noon.Add(24 * time.Hour), Until: noon.Add(48 * time.Hour),
	}, ""},
	{grant.Catalogue, grant.Refreshed{
		Generation: 2, Salt: []byte(secret), Refresh: secret, Scope: "openid", JTI: "jti2",
		AccessUntil: noon.Add(time.Hour), IdleUntil: noon.Add(24 * time.Hour),
	}, ""},
	{grant.Catalogue, grant.Narrowed{Scope: "openid", Lost: "LIST_THREADS"}, ""},
	{grant.Catalogue, grant.Revoked{Reason: grant.ByTokenReuse, By: "someone"}, ""},
	{grant.Catalogue, grant.RefreshTokenReused{Generation: 1}, ""},
	{grant.Catalogue, grant.CodeReplayed{}, ""},
	{account.Catalogue, account.PermissionsChanged{Permissions: "LIST_THREADS READ_PROFILE", Sequence: 7}, "message-7"},
	{account.Catalogue, account.Suspended{Sequence: 8}, "message-8"},
	{account.Catalogue, account.Reinstated{}, ""},
	{account.Catalogue, account.ProfileChanged{
		Account: concerned.Account, Fields: []string{"email", "name"},
		Profile: account.Profile{Handle: secret, Name: secret, Email: secret, Phone: secret},
	}, "message-9"},
	{account.Catalogue, account.ContactAdded{Account: concerned.Account, Contact: account.Contact{Kind: account.Email, Value: secret}}, ""},
	{account.Catalogue, account.ContactVerified{Account: concerned.Account, Kind: account.Phone, Value: secret}, ""},
	{account.Catalogue, account.ContactPreferred{Account: concerned.Account, Kind: account.Email, Value: secret}, ""},
	{account.Catalogue, account.ContactRemoved{Account: concerned.Account, Kind: account.Phone, Value: secret}, ""},
	{account.Catalogue, account.Deleted{Account: concerned.Account}, ""},
	{client.Catalogue, client.Registered{ID: "row", Owner: "owner", Secret: secret, Settings: settings}, ""},
	{client.Catalogue, client.Changed{Settings: settings}, ""},
	{client.Catalogue, client.Deleted{}, ""},
	{device.Catalogue, device.Approved{
		Account: oauth.AccountID(concerned.Account), Session: secret, Scope: "openid", AuthTime: noon, AMR: []string{"pwd"},
	}, ""},
	{device.Catalogue, device.Denied{Account: oauth.AccountID(concerned.Account)}, ""},
	{session.Catalogue, session.Started{
		Account: oauth.AccountID(concerned.Account), Token: secret, AMR: []string{"pwd"},
		UserAgent: secret, Source: secret, Until: noon.Add(time.Hour),
	}, ""},
	{signingkey.Catalogue, signingkey.Published{Alg: "ES256", Ordinal: 1, Public: []byte("p"), Sealed: []byte(secret), Signs: noon}, ""},
	{signingkey.Catalogue, signingkey.Forgotten{}, ""},
	{token.RevocationCatalogue, token.Revoked{Client: oauth.ClientID(concerned.Client), ExpiresAt: noon}, ""},
	{token.Catalogue, token.Issued{
		Client: oauth.ClientID(concerned.Client), Account: "owner", Scope: "LIST_THREADS", Audience: []string{"https://api.test"}, ExpiresAt: noon,
	}, ""},
}

var settings = client.Settings{
	Name: "A client", Confidential: true, AuthMethod: oauth.AuthClientSecretBasic, Policy: oauth.Explicit, RequirePKCE: true,
	RedirectURIs: []oauth.RedirectURI{"https://client.test/cb"}, Grants: []oauth.GrantType{oauth.AuthorizationCodeGrant},
	Allowed: "openid LIST_THREADS", Audiences: []string{"https://api.test"},
}

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

func TestPublicForms(t *testing.T) {
	req.Covers(t, "R-259")
	schemas := asyncSchemas(t)
	shown := map[string]bool{}
	for _, x := range examples {
		f := factOf(t, x.catalogue, x.event, x.cause)
		name := f.Stream.Kind + "." + f.Name
		shown[name] = true
		t.Run(name, func(t *testing.T) {
			form := allForms()[name]
			if form == nil {
				t.Fatal("it has no public form")
			}
			m, err := form(f, concerned)
			if err != nil {
				t.Fatal(err)
			}
			subject, body, err := natsbus.Seal(m, f, "https://writ.test")
			if err != nil {
				t.Fatal(err)
			}
			file := m.Kind
			if strings.HasPrefix(f.Name, "contact_") { // several facts are told as one kind of message
				file += "." + f.Name
			}
			golden(t, filepath.Join("testdata", file+".json"), subject, body)
			isCloudEvent(t, body)
			schemas.hold(t, m.Kind, body)
			if bytes.Contains(body, []byte(secret)) {
				t.Errorf("it shows what it must not: %s", body)
			}
		})
	}
	for name := range allForms() {
		if !shown[name] {
			t.Errorf("%s has no example", name)
		}
	}
}

// golden compares with a file that holds the subject and the message.
func golden(t *testing.T, path, subject string, body []byte) {
	t.Helper()
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, body, "", "  "); err != nil {
		t.Fatal(err)
	}
	got := subject + "\n" + pretty.String() + "\n"
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

// schemaSet is the AsyncAPI document, ready to hold messages against.
type schemaSet struct{ compiler *jsonschema.Compiler }

const documentURL = "https://writ.test/asyncapi.json"

func asyncSchemas(t *testing.T) schemaSet {
	t.Helper()
	var document any
	if err := yaml.Unmarshal(natsbus.AsyncAPI, &document); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(documentURL, parsed); err != nil {
		t.Fatal(err)
	}
	return schemaSet{c}
}

func (s schemaSet) check(t *testing.T, name string, body []byte) error {
	t.Helper()
	schema, err := s.compiler.Compile(documentURL + "#/components/schemas/" + name)
	if err != nil {
		t.Fatal(err)
	}
	message, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(message)
}

func (s schemaSet) hold(t *testing.T, name string, body []byte) {
	t.Helper()
	if err := s.check(t, name, body); err != nil {
		t.Error(err)
	}
	if err := s.check(t, name, withEmail(t, body)); err == nil {
		t.Error("the schema lets personal data through")
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

func TestSubjectsCannotBeInjected(t *testing.T) {
	req.Covers(t, "R-259")
	for _, id := range []string{"a.b", "*", ">", "_", "a b", "a\r\nb", "", "ключ", strings.Repeat("x", 300)} {
		subject := natsbus.Subject("grant-revoked", id, id)
		parts := strings.Split(subject, ".")
		if len(parts) != 5 {
			t.Fatalf("%q makes %q", id, subject)
		}
		for _, part := range parts[3:] {
			if id != "" && (part == "" || strings.ContainsAny(part, "*> \r\n") || part == "_") {
				t.Errorf("%q makes %q", id, subject)
			}
		}
	}
	if got := natsbus.Subject("", "", "cq7"); got != "writ.events.*.*.Y3E3" {
		t.Errorf("got %q", got)
	}
}
