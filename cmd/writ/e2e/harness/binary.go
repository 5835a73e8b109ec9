package harness

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	_ "writ/cmd/writ/cli" // a change of the program makes the go command run these tests again
)

// program is the package that is built.
const program = "writ/cmd/writ"

// built is the directory of the binary, which Main removes.
var built string

// build makes the binary once a process, in a place of its own: other test processes build it too.
var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "writ-bin")
	if err != nil {
		return "", err
	}
	built = dir
	binary := filepath.Join(dir, "writ")
	command := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", "nomsgpack,nopgxregisterdefaulttypes", "-ldflags", "-s -w", "-o", binary, program)
	command.Env = append(os.Environ(), "CGO_ENABLED=0") // as make build does, so that what is compiled is shared
	said, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build %s: %w: %s", program, err, said)
	}
	return binary, nil
})

// Binary is the path of the program, built without the race detector with the first call.
func Binary(tb testing.TB) string {
	tb.Helper()
	binary, err := build()
	if err != nil {
		tb.Fatal(err)
	}
	return binary
}

// Main runs the tests of a package and removes the binary after them:
//
//	func TestMain(m *testing.M) { os.Exit(harness.Main(m.Run)) }
func Main(run func() int) int {
	code := run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	return code
}
