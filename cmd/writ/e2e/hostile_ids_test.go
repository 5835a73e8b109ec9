package e2e_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"writ/adapters/natsbus"
	"writ/cmd/writ/e2e/harness"
	"writ/ports/portstest/req"
)

// hostileIDs are client ids that would be something else in a subject, if they stood there as they are.
var hostileIDs = []string{"https://client.example/a.b/*/>?q=1&_=%2E#x", ">", "*", "_", "*.*", "$JS.API.>", "writ.events.grant-opened.>"}

func TestASubscriberOfAHostileClientIDReadsItsMessagesAndNoOthers(t *testing.T) {
	t.Parallel()
	req.Covers(t, "R-259")
	w := serve(t, harness.Options{})
	ada := w.hire("ada")
	told := []string{"writ.client-registered.v1", "writ.grant-opened.v1", "writ.grant-refreshed.v1"}
	for _, id := range hostileIDs {
		client := w.register("Hostile", "public", "authorization_code refresh_token", "--redirect-uri", callback, "--scope", allScope, "--id", id)
		w.mustRefresh(client, w.allow(ada, client, "openid offline_access"))
	}
	connection := w.dial("nats-subscriber.creds")
	for _, id := range hostileIDs {
		got := w.reads(connection, natsbus.Subject("", id, ""), len(told))
		if diff := cmp.Diff(told, typesAbout(t, got, id)); diff != "" {
			t.Errorf("of %q a subscriber reads (-want +got):\n%s", id, diff)
		}
	}
}

// reads gives at least so many messages that fit a filter, and all that are there when that is reached.
func (w *world) reads(connection *nats.Conn, filter string, least int) []jetstream.Msg {
	w.t.Helper()
	js, err := jetstream.New(connection)
	if err != nil {
		w.t.Fatal(err)
	}
	var consumer jetstream.Consumer
	w.Until("stream WRIT can be read", func() bool {
		consumer, err = js.OrderedConsumer(w.t.Context(), "WRIT", jetstream.OrderedConsumerConfig{FilterSubjects: []string{filter}})
		return err == nil
	})
	var all []jetstream.Msg
	for pending := uint64(1); len(all) < least || pending > 0; {
		m, err := consumer.Next(jetstream.FetchMaxWait(patience))
		if err != nil {
			w.t.Fatalf("after %d messages on %s: %v", len(all), filter, err)
		}
		meta, err := m.Metadata()
		if err != nil {
			w.t.Fatal(err)
		}
		all, pending = append(all, m), meta.NumPending
	}
	return all
}

// typesAbout are the types of messages, each of which must be about a client.
func typesAbout(t *testing.T, messages []jetstream.Msg, client string) []string {
	t.Helper()
	var types []string
	for _, raw := range messages {
		m := messageIn(t, raw)
		if m.Data["client_id"] != client {
			t.Errorf("%s is about %v", m.Type, m.Data["client_id"])
		}
		types = append(types, m.Type)
	}
	return types
}
