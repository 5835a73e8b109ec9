package e2e_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"writ/cmd/writ/e2e/harness"
)

var (
	testedBlock = regexp.MustCompile("(?s)<!-- tested -->\n```sh\n(.*?)```\n")
	shownAnswer = regexp.MustCompile("(?s)```json\n(\\{\"access_token\".*?)```\n")
)

// printed is the address that the README has of a server.
const printed = "http://localhost:8080"

func TestCommandsOfTheREADME(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := testedBlock.FindAllStringSubmatch(string(text), -1)
	if len(blocks) == 0 {
		t.Fatal("README.md has no block of commands that is marked as tested")
	}
	script := "set -euo pipefail\n"
	for _, block := range blocks {
		script += strings.ReplaceAll(block[1], printed, "$WRIT_TESTED") + "\n"
	}
	said := runIn(t, serve(t, harness.Options{}), script)
	if shown := shownAnswer.FindStringSubmatch(string(text)); shown == nil {
		t.Error("README.md shows no token answer")
	} else if diff := cmp.Diff(tokenAnswer(t, shown[1]), tokenAnswer(t, said)); diff != "" {
		t.Errorf("the answer is not the one that README.md shows (-README +got):\n%s", diff)
	}
}

// runIn runs a script beside a server, in a directory like one where the program was built.
func runIn(t *testing.T, w *world, script string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(harness.Binary(t), filepath.Join(dir, "bin", "writ")); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "bash", "-c", script)
	command.Dir, command.Env = dir, append(w.Environment(), "WRIT_TESTED="+w.URL)
	said, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("the commands fail: %v\n%s", err, said)
	}
	return string(said)
}

// tokenAnswer is the first token answer of a text, without the token itself.
func tokenAnswer(t *testing.T, text string) map[string]any {
	t.Helper()
	at := strings.Index(text, `{"access_token"`)
	if at < 0 {
		t.Fatalf("there is no token answer in:\n%s", text)
	}
	var members map[string]any
	if err := json.NewDecoder(strings.NewReader(text[at:])).Decode(&members); err != nil {
		t.Fatalf("read the token answer: %v", err)
	}
	members["access_token"] = "eyJ…"
	return members
}
