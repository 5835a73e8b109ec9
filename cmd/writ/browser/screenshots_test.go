package browser_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// pictures is where pictures of the pages are kept; empty: nowhere.
var pictures = flag.String("screenshots", "", "directory for pictures of every page")

// TestScreenshots takes a picture of every page, light and dark, on a desk and on a phone.
func TestScreenshots(t *testing.T) {
	if *pictures == "" {
		return
	}
	for _, screen := range []size{desktop, phone} {
		for _, scheme := range []string{"light", "dark"} {
			t.Run(screen.name+" "+scheme, func(t *testing.T) {
				w := serve(t)
				b := browser(t).sized(screen).prefers("prefers-color-scheme", scheme)
				tour(t, w, b, func(page string) { b.picture(page + "-" + screen.name + "-" + scheme) })
			})
		}
	}
}

// picture keeps what the tab shows, all of it.
func (b *tab) picture(name string) {
	b.t.Helper()
	content, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatalf("take the picture %s: %v", name, err)
	}
	if err = os.WriteFile(filepath.Join(*pictures, name+".png"), content, 0o600); err != nil {
		b.t.Fatal(err)
	}
}
