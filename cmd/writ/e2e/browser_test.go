package e2e_test

import (
	"bytes"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// browser is one without JavaScript: it keeps cookies, follows links and submits forms.
type browser struct {
	t      *testing.T
	client *http.Client
	page   *html.Node
	at     *url.URL // where it is, or where it was sent to outside the server
	status int
}

// browser opens nothing yet.
func (w *world) browser() *browser {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	b := &browser{t: w.t, client: &http.Client{Jar: jar}}
	server, err := url.Parse(w.URL)
	if err != nil {
		w.t.Fatal(err)
	}
	b.client.CheckRedirect = func(next *http.Request, _ []*http.Request) error {
		if next.URL.Host != server.Host {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return b
}

// open goes to an address that somebody typed.
func (b *browser) open(address string) *browser {
	b.t.Helper()
	request := ask(b.t, http.MethodGet, address, nil)
	request.Header.Set("Sec-Fetch-Site", "none")
	return b.navigate(request)
}

// navigate shows what the answer leads to.
func (b *browser) navigate(request *http.Request) *browser {
	b.t.Helper()
	request.Header.Set("Sec-Fetch-Mode", "navigate")
	request.Header.Set("Sec-Fetch-Dest", "document")
	request.Header.Set("Accept", "text/html,application/xhtml+xml")
	response, err := b.client.Do(request)
	if err != nil {
		b.t.Fatalf("%s %s: %v", request.Method, request.URL, err)
	}
	defer response.Body.Close()
	b.status, b.at, b.page = response.StatusCode, response.Request.URL, nil
	if away := response.Header.Get("Location"); away != "" {
		b.at, err = response.Request.URL.Parse(away)
	} else {
		b.page, err = html.Parse(response.Body)
	}
	if err != nil {
		b.t.Fatalf("read what %s shows: %v", b.at, err)
	}
	return b
}

// press submits the form of a button, with text typed into fields, each by its id.
func (b *browser) press(button string, typed map[string]string) *browser {
	b.t.Helper()
	pressed := b.mustFind(button)
	form := pressed
	for form != nil && form.Data != "form" {
		form = form.Parent
	}
	if form == nil {
		b.t.Fatalf("button %s is in no form", button)
	}
	for id, text := range typed {
		setAttribute(b.mustFind(id), "value", text)
	}
	values := valuesOf(form)
	if name := attribute(pressed, "name"); name != "" {
		values.Set(name, attribute(pressed, "value"))
	}
	target, err := b.at.Parse(attribute(form, "action"))
	if err != nil {
		b.t.Fatal(err)
	}
	request := ask(b.t, http.MethodPost, target.String(), values)
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	request.Header.Set("Origin", "null") // the pages' Referrer-Policy hides it
	return b.navigate(request)
}

// signIn fills in the page to sign in on.
func (b *browser) signIn(p person) *browser {
	b.t.Helper()
	return b.press("login-submit", map[string]string{"login-handle": p.Handle, "login-password": p.password})
}

// mustFind is the element with an id.
func (b *browser) mustFind(id string) *html.Node {
	b.t.Helper()
	if b.page == nil {
		b.t.Fatalf("#%s is looked for on no page: the browser was sent to %s", id, b.at)
	}
	found := find(b.page, id)
	if found == nil {
		b.t.Fatalf("%s, status %d, has no #%s: %s", b.at, b.status, id, b.text())
	}
	return found
}

// shows is the text of the element with an id.
func (b *browser) shows(id string) string { b.t.Helper(); return textOf(b.mustFind(id)) }

// text is everything on the page that can be read.
func (b *browser) text() string { return textOf(b.page) }

func find(n *html.Node, id string) *html.Node {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && attribute(d, "id") == id {
			return d
		}
	}
	return nil
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func setAttribute(n *html.Node, name, value string) {
	for i, a := range n.Attr {
		if a.Key == name {
			n.Attr[i].Val = value
			return
		}
	}
	n.Attr = append(n.Attr, html.Attribute{Key: name, Val: value})
}

// valuesOf are the fields of a form, its buttons left out.
func valuesOf(form *html.Node) url.Values {
	values := url.Values{}
	for d := range form.Descendants() {
		if name := attribute(d, "name"); d.Type == html.ElementNode && d.Data == "input" && name != "" {
			values.Set(name, attribute(d, "value"))
		}
	}
	return values
}

func textOf(n *html.Node) string {
	var text bytes.Buffer
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			text.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(text.String()), " ")
}
