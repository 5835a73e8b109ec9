package browser_test

import (
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"
)

// TestEveryPage looks at each page as different people do: somebody with a screen reader or weak
// eyes, somebody with large fingers and a small telephone, somebody with a slow line.
func TestEveryPage(t *testing.T) {
	for name, tc := range map[string]struct {
		screen   size
		scheme   string
		language string
	}{
		"light on a desk":             {desktop, "light", "en"},
		"Arabic, dark on a telephone": {phone, "dark", "ar"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := browser(t).sized(tc.screen).prefers("prefers-color-scheme", tc.scheme).reads(tc.language)
			complaints := b.complaints()
			tour(t, serve(t), b, func(page string) {
				b.accessible(page)
				b.fits(page)
				b.named(page)
				b.light(page)
				b.speaks(page, tc.language)
			})
			for _, complaint := range complaints() {
				t.Errorf("the browser complains: %s", complaint)
			}
		})
	}
}

// TestWhatIsWrongIsFound shows that those who look at pages see something.
func TestWhatIsWrongIsFound(t *testing.T) {
	t.Parallel()
	b := browser(t).open("data:text/html,<input><button style='width:9px'>x</button><p style='width:9000px'>wide")
	if findings := b.findings(); len(findings) < 3 {
		t.Errorf("axe-core finds only %v", findings)
	}
	if found := ask[[]string](b, small); len(found) != 3 {
		t.Errorf("too small or too wide are only %q", found)
	}
}

// maxWeight is how many bytes a page may have on the wire with all that it needs.
const maxWeight = 30_000

// light fails the test when the page is heavy.
func (b *tab) light(page string) {
	b.t.Helper()
	weight := ask[int](b, `performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource')).reduce(
		(sum, e) => sum + Math.max(e.transferSize, e.encodedBodySize + 300), 0)`)
	if weight > maxWeight || weight < 1000 {
		b.t.Errorf("%s weighs %d bytes", page, weight)
	}
}

// small finds what is meant to be hit and is smaller than a finger (44 px each way; links within a
// sentence may be smaller), and what is wider than the screen.
const small = `[...document.querySelectorAll('a, button, input:not([type=hidden]), summary')].filter(e => e.checkVisibility()
	&& !e.closest('.skip') && getComputedStyle(e).display !== 'inline').filter(e => {
		const r = e.getBoundingClientRect(); return r.height < 44 || r.width < 44 }).map(e => e.id || e.className || e.outerHTML.slice(0, 80))
	.concat(document.documentElement.scrollWidth > innerWidth ? ['the page is wider than the screen'] : [])`

// fits fails the test when something cannot be hit or seen.
func (b *tab) fits(page string) {
	b.t.Helper()
	if found := ask[[]string](b, small); len(found) > 0 {
		b.t.Errorf("%s: too small or too wide: %q", page, found)
	}
}

// nameless finds controls that no test of somebody else's could name, and names that are there twice.
const nameless = `[...document.querySelectorAll('input:not([type=hidden]), button, select, textarea')].filter(e => !e.id).map(e => e.outerHTML.slice(0, 80))
	.concat([...document.querySelectorAll('[id]')].map(e => e.id).filter((id, i, all) => all.indexOf(id) !== i))`

// named fails the test unless each control has an id of its own.
func (b *tab) named(page string) {
	b.t.Helper()
	if found := ask[[]string](b, nameless); len(found) > 0 {
		b.t.Errorf("%s: without an id of their own: %q", page, found)
	}
}

// speaks fails the test unless the page is in a language.
func (b *tab) speaks(page, language string) {
	b.t.Helper()
	if got := ask[string](b, "document.documentElement.lang"); got != language {
		b.t.Errorf("%s is in %s, want %s", page, got, language)
	}
}

// complaints gathers what the browser writes to the developers' console from now on: above all what
// the policy of a page stopped. That an answer has an error's status is none.
func (b *tab) complaints() func() []string {
	b.t.Helper()
	entries := make(chan string, 100)
	err := chromedp.Listen(b.ctx, func(ev any) {
		if e, is := ev.(*log.EventEntryAdded); is && e.Entry.Source != log.EntrySourceNetwork && e.Entry.Source != log.EntrySourceRecommendation {
			select {
			case entries <- string(e.Entry.Source) + ": " + e.Entry.Text:
			default:
			}
		}
	})
	b.must("listen", err)
	_, err = chromedp.Call(b.ctx, log.Enable, cdp.Empty{})
	b.must("read the console", err)
	return func() []string {
		var all []string
		for len(entries) > 0 {
			all = append(all, <-entries)
		}
		return all
	}
}
