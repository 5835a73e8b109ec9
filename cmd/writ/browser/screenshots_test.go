package browser_test

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
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
				b := browser(t).sized(screen).prefers("prefers-color-scheme", scheme)
				tour(t, serveWith(t, nil), b, func(page string) { b.picture(page + "-" + screen.name + "-" + scheme) })
			})
		}
	}
	t.Run("Arabic", func(t *testing.T) {
		b := browser(t).sized(phone).reads("ar")
		tour(t, serveWith(t, nil), b, func(page string) {
			if page == "login" || page == "consent" {
				b.picture(page + "-arabic")
			}
		})
	})
}

// picture keeps what the tab shows, all of it.
func (b *tab) picture(name string) {
	b.t.Helper()
	content, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatalf("take the picture %s: %v", name, err)
	}
	if err = os.WriteFile(filepath.Join(*pictures, name+".png"), smaller(b.t, content), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// smaller encodes a picture with its 256 most frequent colors: pages have few, and pictures of them
// are kept in the repository.
func smaller(t *testing.T, content []byte) []byte {
	t.Helper()
	full, err := png.Decode(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	counts := map[color.Color]int{}
	bounds := full.Bounds()
	for y := range bounds.Dy() {
		for x := range bounds.Dx() {
			counts[full.At(x, y)]++
		}
	}
	colors := slices.SortedFunc(maps.Keys(counts), func(a, b color.Color) int { return counts[b] - counts[a] })
	few := image.NewPaletted(bounds, color.Palette(colors[:min(256, len(colors))]))
	nearest := map[color.Color]uint8{}
	for c := range counts {
		nearest[c] = uint8(few.Palette.Index(c))
	}
	for y := range bounds.Dy() {
		for x := range bounds.Dx() {
			few.SetColorIndex(x, y, nearest[full.At(x, y)])
		}
	}
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err = encoder.Encode(&b, few); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
