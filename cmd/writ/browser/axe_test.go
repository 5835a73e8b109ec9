package browser_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// The version of axe-core that checks the pages, and what its script has to be.
const (
	axeVersion = "4.14.1"
	axeDigest  = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
)

// trusted is what Debian trusts. Node.js has a list of its own, without the proxies of a company; a
// file that is not there it leaves out.
const trusted = "/etc/ssl/certs/ca-certificates.crt"

// axe is the script of axe-core. It is kept beside the other tools, and fetched when it is not
// there.
var axe = sync.OnceValues(func() (string, error) {
	dir, err := filepath.Abs(filepath.Join("..", "..", "..", ".cache", "axe-"+axeVersion))
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "node_modules", "axe-core", "axe.min.js")
	script, err := os.ReadFile(path)
	if err != nil {
		script, err = fetchAxe(dir, path)
	}
	if err != nil {
		return "", err
	}
	if digest := sha256.Sum256(script); hex.EncodeToString(digest[:]) != axeDigest {
		return "", fmt.Errorf("%s is not axe-core %s", path, axeVersion)
	}
	return string(script), nil
})

func fetchAxe(dir, path string) ([]byte, error) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return nil, fmt.Errorf("these tests fetch axe-core with npm: install it (Debian: apt-get install npm; macOS: brew install node): %w", err)
	}
	if err = os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	install := exec.Command(npm, "install", "--prefix", dir, "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "axe-core@"+axeVersion)
	install.Env = append([]string{"NODE_EXTRA_CA_CERTS=" + trusted}, os.Environ()...) // what is set already comes later, and wins
	said, err := install.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("fetch axe-core: %w: %s", err, said)
	}
	return os.ReadFile(path)
}

// finding is a rule of axe-core that a page breaks.
type finding struct {
	ID    string   `json:"id"`
	Help  string   `json:"help"`
	Nodes []string `json:"nodes"`
}

// examine runs axe-core on the page: every rule that it has on by itself, and the size of targets
// (WCAG 2.2 §2.5.8).
const examine = `axe.run(document, {resultTypes: ['violations'], rules: {'target-size': {enabled: true}}}).then(
	r => r.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.map(n => n.html.slice(0, 120) + ' ' + (n.any[0]?.message ?? ''))})))`

// findings are what axe-core finds on the page.
func (b *tab) findings() []finding {
	b.t.Helper()
	script, err := axe()
	if err != nil {
		b.t.Fatal(err)
	}
	ask[bool](b, script+"; true")
	return ask[[]finding](b, examine)
}

// accessible fails the test when axe-core finds something on the page.
func (b *tab) accessible(page string) {
	b.t.Helper()
	for _, f := range b.findings() {
		b.t.Errorf("%s: %s (%s): %q", page, f.Help, f.ID, f.Nodes)
	}
}
