package e2e_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

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
	w.forged = true
	if _, err := js.Publish(t.Context(), natsbus.Subject("grant-opened", "c", "a"), []byte(`{"id":"x","sequence":"00000000000000000001"}`)); err != nil {
		t.Fatal(err)
	}
	out, err := w.CLI("verify", "--events", "--json")
	if err == nil || !strings.Contains(err.Error(), "exit status 1") || !strings.Contains(err.Error(), "differs from the log") {
		t.Errorf("verify --events ends with %v", err)
	}
	var found natsbus.Comparison
	if err := json.Unmarshal(out, &found); err != nil || found.Problems != 1 || found.Differences[0].Kind != natsbus.Invented {
		t.Errorf("verify --events answers %v: %s", err, out)
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
