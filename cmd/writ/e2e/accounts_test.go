package e2e_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"writ/adapters/natsbus/natstest"
	"writ/cmd/writ/e2e/harness"
	"writ/ports/portstest/req"
)

// announce tells of an account as the service does that owns the accounts, and returns the id of
// the message.
func (w *world) announce(credentials, kind string, p person, sequence int, data string) string {
	w.t.Helper()
	id := fmt.Sprintf("%s-%d-%s", kind, sequence, p.ID)
	body := fmt.Sprintf(`{"specversion":"1.0","id":%q,"type":"accounts.%s","source":"/accounts","subject":%q,"sequence":"%d","data":%s}`,
		id, kind, p.ID, sequence, data)
	if err := natstest.CheckChange("accounts."+kind, []byte(body)); err != nil {
		w.t.Errorf("the owner of the accounts says what is not described: %v", err)
	}
	w.publish(credentials, kind, body)
	return id
}

// publish sends a message about accounts, and returns when the broker keeps it.
func (w *world) publish(credentials, kind, body string) {
	w.t.Helper()
	connection := w.dial(credentials)
	var reply *nats.Msg
	w.Until("the broker takes accounts."+kind, func() (taken bool) {
		var err error
		reply, err = connection.Request("accounts."+kind, []byte(body), patience)
		if err != nil && !errors.Is(err, nats.ErrNoResponders) { // there is no stream yet
			w.t.Fatalf("publish accounts.%s: %v", kind, err)
		}
		return err == nil
	})
	var kept struct{ Stream string }
	if err := json.Unmarshal(reply.Data, &kept); err != nil || kept.Stream != "ACCOUNTS" {
		w.t.Fatalf("the broker answers %s: %v", reply.Data, err)
	}
}

const (
	ownersCredentials      = "nats-accounts.creds"
	subscribersCredentials = "nats-subscriber.creds"
)

func TestStandingThatAnotherServiceChanges(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-116")
	w := serve(t, harness.Options{})
	ada, notes := w.hire("ada"), w.native()
	token := w.allow(ada, notes, wide)
	read := w.subscribe(w.dial(subscribersCredentials))

	read.until("writ.account-suspended.v1", w.announce(ownersCredentials, "suspended", ada, 5, `{}`))
	_, err := w.refresh(notes, token)
	refusedWith(t, err, "invalid_grant")
	w.announce(ownersCredentials, "reinstated", ada, 4, `{}`) // an older word, that came late
	read.until("writ.profile-changed.v1", w.announce(ownersCredentials, "profile-changed", ada, 1, `{"handle":"ada","name":"Countess"}`))
	_, err = w.refresh(notes, token)
	refusedWith(t, err, "invalid_grant")

	read.until("writ.account-reinstated.v1", w.announce(ownersCredentials, "reinstated", ada, 6, `{}`))
	told := w.asksUserInfo(w.mustRefresh(notes, token).AccessToken).json(t)
	if told["name"] != nil && told["name"] != "Countess" || told["sub"] != ada.ID {
		t.Errorf("userinfo tells %v", told)
	}
}

func TestProfileAndEndThatAnotherServiceTells(t *testing.T) {
	t.Parallel()
	w := serve(t, harness.Options{})
	ada, notes := w.hire("ada"), w.native()
	token := w.allow(ada, notes, "openid profile email offline_access")
	read := w.subscribe(w.dial(subscribersCredentials))

	changed := read.until("writ.profile-changed.v1", w.announce(ownersCredentials, "profile-changed", ada, 1,
		`{"handle":"countess","name":"Augusta Ada King","email":"ada@example.net","email_verified":true}`))
	if text := fmt.Sprint(changed.Data); strings.Contains(text, "King") || strings.Contains(text, "example.net") {
		t.Errorf("the message tells subscribers personal data: %s", text)
	}
	told := w.asksUserInfo(token.AccessToken).json(t)
	if told["name"] != "Augusta Ada King" || told["email"] != "ada@example.net" || told["preferred_username"] != "countess" {
		t.Errorf("userinfo tells %v", told)
	}

	read.until("writ.account-deleted.v1", w.announce(ownersCredentials, "deleted", ada, 9, `{}`))
	_, err := w.refresh(notes, token)
	refusedWith(t, err, "invalid_grant")
	if got := w.asksUserInfo(token.AccessToken); got.status != http.StatusUnauthorized {
		t.Errorf("userinfo answers %d for a deleted account", got.status)
	}
	w.Ask(nil, "verify")
}

func TestAccountThatIsToldOfBeforeItIsMade(t *testing.T) {
	t.Parallel()
	w := serve(t, harness.Options{})
	read := w.subscribe(w.dial(subscribersCredentials))
	shadow := person{ID: "from-elsewhere", Handle: "grace", password: "correct horse of grace"}
	read.until("writ.permissions-changed.v2", w.announce(ownersCredentials, "permissions-changed", shadow, 1,
		`{"permissions":["USE_OAUTH_CLIENTS","READ_PROFILE"]}`))
	w.AskWith(shadow.password+"\n", nil, "account", "create", "--id", shadow.ID, "--handle", shadow.Handle, "--password-stdin")
	token := w.allow(shadow, w.native(), wide)
	if got, want := scopeOf(token), "openid offline_access READ_PROFILE"; got != want {
		t.Errorf("the adopted account gives scope %q, want what was told before: %q", got, want)
	}
}

func TestMessageThatCannotBeFollowedComesBackWithTheReason(t *testing.T) {
	t.Parallel()
	broker := natstest.Start(t)
	w := serve(t, harness.Options{NATS: broker.URL})
	connection := w.dial("")
	rejected, err := connection.SubscribeSync("writ.rejected")
	if err != nil {
		t.Fatal(err)
	}
	for kind, body := range map[string]string{
		"permissions-changed": `{"specversion":"1.0","id":"m1","type":"accounts.permissions-changed","source":"/a","subject":"ada","sequence":"1","data":{}}`,
		"suspended":           `no JSON`,
		"flew-away":           `{"specversion":"1.0","id":"m2","type":"accounts.flew-away","source":"/a","subject":"ada","sequence":"1","data":{}}`,
	} {
		w.publish("", kind, body)
		back, err := rejected.NextMsg(patience)
		if err != nil {
			t.Fatalf("accounts.%s does not come back: %v", kind, err)
		}
		if back.Header.Get("Writ-Rejected-Reason") == "" || back.Header.Get("Writ-Rejected-Subject") != "accounts."+kind || string(back.Data) != body {
			t.Errorf("accounts.%s comes back with %v and %s", kind, back.Header, back.Data)
		}
	}
	ada := w.hire("ada") // and what comes after them is followed
	w.subscribe(connection).until("writ.account-suspended.v1", w.announce("", "suspended", ada, 1, `{}`))
}
