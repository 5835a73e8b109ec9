package harness_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"writ/cmd/writ/e2e/harness"
)

func TestMain(m *testing.M) { os.Exit(harness.Main(m.Run)) }

func TestServerKeepsItsPlaceOverKillAndStop(t *testing.T) {
	s := harness.Start(t, harness.Options{})
	url, nats := s.URL, s.NATS
	s.Kill()
	if s.Status("/healthz") != 0 {
		t.Error("a killed server answers")
	}
	s.Restart()
	s.Stop()
	s.Restart()
	if s.URL != url || s.NATS != nats || nats == "" {
		t.Errorf("the server moved from %s and %q to %s and %q", url, nats, s.URL, s.NATS)
	}
	if got := s.Status("/readyz"); got != http.StatusOK {
		t.Errorf("readyz answers %d, want 200", got)
	}
}

func TestCommandsHaveTheSettingsOfTheServer(t *testing.T) {
	s := harness.Start(t, harness.Options{Env: map[string]string{"WRIT_NATS_LISTEN": "off"}})
	var made struct{ ID, Handle string }
	s.AskWith("correct horse\n", &made, "account", "create", "--handle", "ada", "--password-stdin")
	if made.Handle != "ada" || made.ID == "" {
		t.Errorf("account create answers %+v", made)
	}
	_, err := s.CLI("account", "show", "bob")
	if err == nil || !strings.Contains(err.Error(), "account show bob") {
		t.Errorf("the error of a command that fails is %v", err)
	}
}

func TestRefusedStartSaysWhy(t *testing.T) {
	code, said := harness.Refused(t, harness.Options{Env: map[string]string{"WRIT_ACCESS_TOKEN_ALG": "none"}})
	if code != 1 || !strings.Contains(said, "WRIT_ACCESS_TOKEN_ALG") {
		t.Errorf("a start with a wrong setting ends with code %d and says:\n%s", code, said)
	}
}
