package pages_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"writ/adapters/httpapi/pages"
)

// grounds are what stands behind text and controls, in light and in dark.
var grounds = [2][]string{{"#f7f6f3", "#ffffff"}, {"#131315", "#1c1c1f"}}

var variables = regexp.MustCompile(`--fill:(#\w+);--ink:(#\w+);--accent:(#\w+)`)

func TestEveryColorCanBeSeenAndRead(t *testing.T) {
	for _, chosen := range []string{"#000000", "#ffffff", "#ffd400", "#808080", "#7f7f7f", "#0000ff", "#00ff00", "#ff0000", "#3b449c", "#f7f6f3"} {
		found := variables.FindAllStringSubmatch(sheet(t, pages.Brand{Color: mustColor(t, chosen)}), -1)
		if len(found) != 2 {
			t.Fatalf("%s: the style sheet has %q", chosen, found)
		}
		for scheme, v := range found {
			fill, ink, accent := v[1], v[2], v[3]
			for _, ground := range grounds[scheme] {
				for what, ratio := range map[string][2]float64{
					"the button on " + ground:      {contrast(t, fill, ground), 3},
					"the button's text on " + fill: {contrast(t, fill, ink), 4.5},
					"a link on " + ground:          {contrast(t, accent, ground), 4.5},
				} {
					if ratio[0] < ratio[1] {
						t.Errorf("%s: %s has a contrast of %.2f, less than %.1f", chosen, what, ratio[0], ratio[1])
					}
				}
			}
		}
	}
}

func TestTheStyleSheetHasTheGroundsThatAreCalculatedWith(t *testing.T) {
	css := read(t, "assets/writ.css")
	for _, declared := range []string{"--ground: #f7f6f3; --card: #fff;", "--ground: #131315; --card: #1c1c1f;"} {
		if !strings.Contains(css, declared) {
			t.Errorf("the style sheet lacks %s", declared)
		}
	}
	if len(css) > 12_000 {
		t.Errorf("the style sheet has %d bytes", len(css))
	}
}

func TestWhatIsNoColorIsRefused(t *testing.T) {
	for _, text := range []string{"", "#fff", "red", "#12345g", "123456", "#1234567", "#-12345", "#+12345", "#12 456"} {
		if c, err := pages.ParseColor(text); err == nil {
			t.Errorf("%q is the color %s", text, c)
		}
	}
	if got := mustColor(t, "#00AAff").String(); got != "#00aaff" {
		t.Errorf("#00AAff is %s", got)
	}
}

func TestNamesOfABrand(t *testing.T) {
	for name, fine := range map[string]bool{
		"Acme": true, "Acme & Söhne": true, "アクメ": true, strings.Repeat("W", 40): true,
		"": false, "  ": false, strings.Repeat("W", 41): false, "A\u202eB": false, "A\nB": false, "\xff": false,
	} {
		if err := pages.CheckName(name); (err == nil) != fine {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestLogos(t *testing.T) {
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	const drawn = `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>`
	for name, tc := range map[string]struct {
		content string
		media   string
	}{
		"a PNG":               {picture.String(), "image/png"},
		"an SVG":              {drawn, "image/svg+xml"},
		"nothing":             {"", ""},
		"a page":              {"<html><body>x</body></html>", ""},
		"a page with an SVG":  {"<html>" + drawn[21:] + "</html>", ""},
		"half an SVG":         {drawn[:40], ""},
		"a JPEG":              {"\xff\xd8\xff\xe0", ""},
		"an SVG without end":  {drawn + strings.Repeat(" ", 64<<10), ""},
		"a PNG cut off early": {picture.String()[:20], ""},
	} {
		t.Run(name, func(t *testing.T) {
			logo, err := pages.ReadLogo([]byte(tc.content))
			if (err == nil) != (tc.media != "") {
				t.Fatalf("got %v", err)
			}
			if err != nil {
				return
			}
			w := newWorld(t, func(cfg *pages.Config) { cfg.Brand.Logo = logo })
			got := w.browser().get(linked(t, w, "icon"))
			if got.Header().Get("Content-Type") != tc.media || got.Body.String() != tc.content {
				t.Errorf("served as %s", got.Header().Get("Content-Type"))
			}
			if csp := got.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "; sandbox") {
				t.Errorf("a script in the logo could run: %s", csp)
			}
		})
	}
}

func TestANameStandsInTheMarkAndOnThePage(t *testing.T) {
	w := newWorld(t, func(cfg *pages.Config) { cfg.Brand = pages.Brand{Name: "<b>acme"} })
	if page := w.browser().get("/").Body.String(); !strings.Contains(page, "&lt;b&gt;acme") || strings.Contains(page, "<b>acme") {
		t.Errorf("the page is\n%s", page)
	}
	if mark := w.browser().get(linked(t, w, "icon")).Body.String(); !strings.Contains(mark, ">B</text>") {
		t.Errorf("the mark is %s", mark)
	}
}

// sheet is the style sheet of a brand.
func sheet(t *testing.T, b pages.Brand) string {
	t.Helper()
	w := newWorld(t, func(cfg *pages.Config) { cfg.Brand = b })
	return w.browser().get(linked(t, w, "stylesheet")).Body.String()
}

// linked is where an asset is.
func linked(t *testing.T, w *world, rel string) string {
	t.Helper()
	got := w.browser().get("/")
	root, err := html.Parse(got.Body)
	if err != nil || got.Code != http.StatusOK {
		t.Fatalf("got %d, %v", got.Code, err)
	}
	for n := range root.Descendants() {
		if n.Data == "link" && attr(n, "rel") == rel {
			return attr(n, "href")
		}
	}
	t.Fatalf("the page links no %s", rel)
	return ""
}

func mustColor(t *testing.T, text string) pages.Color {
	t.Helper()
	c, err := pages.ParseColor(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return c
}

// contrast is calculated apart from the code, with the curve of sRGB as WCAG writes it.
func contrast(t *testing.T, one, other string) float64 {
	t.Helper()
	a, b := luminance(t, one), luminance(t, other)
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(hex, "#"), 16, 32)
	if err != nil {
		t.Fatal(fmt.Errorf("%s: %w", hex, err))
	}
	sum := 0.0
	for _, channel := range []struct {
		shift  uint
		weight float64
	}{{16, 0.2126}, {8, 0.7152}, {0, 0.0722}} {
		v := float64(n>>channel.shift&0xff) / 255
		if v <= 0.03928 {
			sum += channel.weight * v / 12.92
			continue
		}
		sum += channel.weight * math.Pow((v+0.055)/1.055, 2.4)
	}
	return sum
}
