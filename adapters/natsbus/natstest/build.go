package natstest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

const module = "github.com/nats-io/nats-server/v2"

// build makes the server's binary once a process. The go command's own cache makes the next one
// cheap.
var build = sync.OnceValues(func() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	dir := filepath.Join(cache, "writ-natstest")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	version, err := exec.Command("go", "list", "-m", "-f", "{{.Version}}", module).Output()
	if err != nil {
		return "", fmt.Errorf("ask for the version of %s: %w", module, err)
	}
	binary := filepath.Join(dir, "nats-server-"+string(version[:len(version)-1]))
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	return binary, compile(dir, binary)
})

// compile puts the binary in place whole, for other test processes may build it too.
func compile(dir, binary string) error {
	own, err := os.MkdirTemp(dir, "build-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(own) }()
	made := filepath.Join(own, "nats-server")
	command := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", "nomsgpack,nopgxregisterdefaulttypes", "-ldflags", "-s -w", "-o", made, module)
	command.Env = append(os.Environ(), "CGO_ENABLED=0") // as the program itself is built, so that what is compiled is shared
	said, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("build %s: %w: %s", module, err, said)
	}
	return os.Rename(made, binary)
}
