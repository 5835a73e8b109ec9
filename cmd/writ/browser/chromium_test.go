package browser_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"writ/cmd/writ/e2e/harness"
)

func TestMain(m *testing.M) {
	code := harness.Main(m.Run)
	stopChromium()
	outlasting.end()
	os.Exit(code)
}

var (
	program        context.Context // of the one browser that all tests share
	stopChromium   = func() {}
	startChromium  = sync.OnceValue(launch)
	knownChromiums = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}
)

// launch starts the browser. It asks nobody on the network for anything, and has no sandbox,
// because continuous integration runs as root: it opens pages of this program alone.
func launch() error {
	path, err := chromium()
	if err != nil {
		return err
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("force-color-profile", "srgb"), chromedp.Flag("lang", "en-US"),
	)...)
	ctx, cancel := chromedp.NewContext(allocator)
	program, stopChromium = ctx, func() { cancel(); stop() }
	return chromedp.Do(ctx)
}

func chromium() (string, error) {
	for _, name := range knownChromiums {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("these tests need Chromium: install it (Debian: apt-get install chromium; macOS: brew install chromium); looked for %q", knownChromiums)
}
