package browser_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// loadWithin bounds how long a test waits for the browser.
const loadWithin = time.Minute

// tab is one tab of a person's browser.
type tab struct {
	t   *testing.T
	ctx context.Context
}

// browser opens a tab with an empty jar of cookies, in English.
func browser(t *testing.T) *tab {
	t.Helper()
	if err := startChromium(); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return newTab(program, t, chromedp.WithNewBrowserContext()).sized(desktop).reads("en")
}

// another is a second tab in the same browser.
func (b *tab) another() *tab { b.t.Helper(); return newTab(b.ctx, b.t).sized(desktop) }

func newTab(parent context.Context, t *testing.T, options ...chromedp.ContextOption) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent, options...)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	return &tab{t: t, ctx: ctx}
}

// do runs steps, and fails the test when they do not come to an end.
func (b *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) *tab {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, loadWithin)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%s at %s: %v", what, b.address(), err)
	}
	return b
}

// arrive runs steps that lead to a page, and returns when it is there.
func (b *tab) arrive(what string, steps ...chromedp.Action[chromedp.Void]) *tab {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, loadWithin)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, steps...); err != nil {
		b.t.Fatalf("%s at %s: %v\n%s", what, b.address(), err, b.text("body"))
	}
	return b
}

// open goes to an address that somebody typed.
func (b *tab) open(address string) *tab {
	b.t.Helper()
	return b.arrive("open "+address, chromedp.Navigate(address))
}

// press clicks what leads to another page.
func (b *tab) press(id string) *tab {
	b.t.Helper()
	return b.arrive("press #"+id, chromedp.Click(chromedp.ID(id)))
}

// unfold clicks what stays on the page.
func (b *tab) unfold(id string) *tab {
	b.t.Helper()
	return b.do("unfold #"+id, chromedp.Click(chromedp.ID(id)))
}

// fill types into a field.
func (b *tab) fill(id, text string) *tab {
	b.t.Helper()
	return b.do("fill in #"+id, chromedp.Clear(chromedp.ID(id)), chromedp.SendKeys(chromedp.ID(id), text))
}

// focus puts the focus on an element.
func (b *tab) focus(id string) *tab {
	b.t.Helper()
	return b.do("focus #"+id, chromedp.Focus(chromedp.ID(id)))
}

// types presses keys, wherever the focus is, that stay on the page.
func (b *tab) types(keys string) *tab { b.t.Helper(); return b.do("type", chromedp.KeyEvent(keys)) }

// keys presses keys, wherever the focus is, that lead to another page.
func (b *tab) keys(keys string) *tab {
	b.t.Helper()
	return b.arrive("press keys", chromedp.KeyEvent(keys))
}

// signIn fills in the page to sign in on.
func (b *tab) signIn(p person) *tab {
	b.t.Helper()
	return b.fill("login-handle", p.Handle).fill("login-password", p.password).press("login-submit")
}

// sees fails the test unless somebody who looks sees the element.
func (b *tab) sees(id string) *tab {
	b.t.Helper()
	return b.do("look for #"+id, chromedp.WaitVisible(chromedp.ID(id)))
}

// shows is the text of an element.
func (b *tab) shows(id string) string { b.t.Helper(); return b.sees(id).text("#" + id) }

// text is what can be read in the first element of a selector.
func (b *tab) text(selector string) string {
	b.t.Helper()
	return ask[string](b, "document.querySelector('"+selector+"')?.innerText ?? ''")
}

// has reports whether an element is on the page, seen or not.
func (b *tab) has(id string) bool {
	b.t.Helper()
	return ask[bool](b, "document.getElementById('"+id+"') !== null")
}

// address is where the tab is.
func (b *tab) address() *url.URL {
	b.t.Helper()
	address, err := chromedp.Run(b.ctx, chromedp.Location())
	if err != nil {
		b.t.Fatalf("ask where the tab is: %v", err)
	}
	at, err := url.Parse(address)
	if err != nil {
		b.t.Fatal(err)
	}
	return at
}

// at fails the test unless the tab is at a path.
func (b *tab) at(path string) *tab {
	b.t.Helper()
	if got := b.address().Path; got != path {
		b.t.Fatalf("the tab is at %s, want %s: %s", got, path, b.text("body"))
	}
	return b
}

// ask evaluates an expression on the page, as developers' tools do: no policy of the page stops it.
func ask[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, loadWithin)
	defer cancel()
	answer, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("evaluate %.80s: %v", expression, err)
	}
	return answer
}

// size is a screen.
type size struct {
	name          string
	width, height int64
	options       []chromedp.EmulateViewportOption
}

var (
	desktop = size{name: "desktop", width: 1120, height: 800}
	phone   = size{"phone", 390, 780, []chromedp.EmulateViewportOption{chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait}}
)

func (b *tab) sized(s size) *tab {
	b.t.Helper()
	return b.do("resize", chromedp.EmulateViewport(s.width, s.height, s.options...))
}

// prefers sets a media feature, such as prefers-color-scheme.
func (b *tab) prefers(feature, value string) *tab {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: feature, Value: value}},
	})
	return b.must("prefer "+value, err)
}

// reads sets the languages that the person reads.
func (b *tab) reads(languages ...string) *tab {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, network.Enable, network.EnableParams{}); err != nil {
		b.t.Fatal(err)
	}
	_, err := chromedp.Call(b.ctx, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{
		Headers: network.Headers{"Accept-Language": strings.Join(languages, ",")},
	})
	return b.must("read "+strings.Join(languages, ","), err)
}

// withoutScripts turns JavaScript off for the pages.
func (b *tab) withoutScripts() *tab {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	return b.must("turn scripts off", err)
}

func (b *tab) must(what string, err error) *tab {
	b.t.Helper()
	if err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
	return b
}
