package e2e_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"writ/adapters/bunstore/bunstoretest"
	"writ/adapters/natsbus"
	"writ/adapters/natsbus/natstest"
	"writ/cmd/writ/e2e/harness"
)

func TestVerifyComparesTheLogWithWhatIsPublished(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		ada, notes := w.hire("ada"), w.native()
		token := w.allow(ada, notes, wide)
		for range 3 {
			token = w.mustRefresh(notes, token)
		}
		w.Ask(nil, "account", "suspend", ada.Handle)
		var found natsbus.Comparison
		w.Until("everything is relayed", func() bool {
			w.Ask(&found, "verify", "--events") // which fails with any difference
			return found.Lag == 0
		})
		if found.Messages < 5 || found.Checkpoint > found.Head {
			t.Errorf("got %+v", found)
		}
		out, err := w.CLI("verify", "--events", "--since", time.Now().Format(time.RFC3339))
		if err != nil || !strings.Contains(string(out), " 0 differences") {
			t.Errorf("verify --events answers %v: %s", err, out)
		}
	})
}

func TestVerifyFailsWithADifference(t *testing.T) {
	t.Parallel()
	w := serve(t, harness.Options{Database: bunstoretest.Postgres(t), NATS: natstest.Start(t).URL})
	w.allow(w.hire("ada"), w.native(), wide)
	w.subscribe(w.dial("")).next("writ.grant-opened.v1")
	js, err := jetstream.New(w.dial(""))
	if err != nil {
		t.Fatal(err)
	}
	plant(t, js)
	out, err := w.CLI("verify", "--events", "--json")
	if err == nil || !strings.Contains(err.Error(), "exit status 1") || !strings.Contains(err.Error(), "differs from the log") {
		t.Errorf("verify --events ends with %v", err)
	}
	var found natsbus.Comparison
	if err := json.Unmarshal(out, &found); err != nil || found.Problems != 1 || found.Differences[0].Kind != natsbus.Invented {
		t.Errorf("verify --events answers %v: %s", err, out)
	}
}

// plant publishes what subscribers cannot tell from the stream's last message: only its id is another.
func plant(t *testing.T, js jetstream.JetStream) {
	t.Helper()
	stream, err := js.Stream(t.Context(), natsbus.EventsStream)
	if err != nil {
		t.Fatal(err)
	}
	last, err := stream.GetLastMsgForSubject(t.Context(), "writ.events.>")
	if err != nil {
		t.Fatal(err)
	}
	id := last.Header.Get(nats.MsgIdHdr)
	other := id[:len(id)-1] + "0"
	if other == id {
		other = id[:len(id)-1] + "g"
	}
	m := &nats.Msg{Subject: last.Subject, Data: bytes.Replace(last.Data, []byte(id), []byte(other), 1), Header: nats.Header{
		nats.MsgIdHdr: {other}, "Content-Type": last.Header["Content-Type"],
	}}
	if _, err := js.PublishMsg(t.Context(), m); err != nil {
		t.Fatal(err)
	}
}

func TestVerifySaysWhyItCannotRead(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ env, want string }{
		"nobody may listen":  {"WRIT_NATS_LISTEN=off", "WRIT_NATS_LISTEN is off"},
		"no broker is there": {"WRIT_NATS_URL=nats://127.0.0.1:1", "connect to nats://127.0.0.1:1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			setting, value, _ := strings.Cut(tc.env, "=")
			w := serve(t, harness.Options{Env: map[string]string{setting: value}})
			if out, err := w.CLI("verify", "--events"); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("verify --events ends with %v: %s", err, out)
			}
		})
	}
}
