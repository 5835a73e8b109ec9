package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptrace"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"writ/domain/oauth"
)

// Pages is what people wait for: each page, and signing in with a password.
type Pages struct {
	Pages  []Page    `json:"pages"`
	SignIn []float64 `json:"sign_in_ms"` // each, of visitors who come several at a time
}

// Page is one of them, on the embedded store.
type Page struct {
	Path   string    `json:"path"`
	Weight float64   `json:"weight_kb"` // with all that it asks for, as it goes over the wire
	First  []float64 `json:"first_byte_ms"`
}

// The aims of pages, and how they are visited.
const (
	weightAim    = 30
	firstByteAim = 10
	visits       = 100
	arrivals     = 160
	abreast      = 4
)

// shown are the pages that can be opened by their address, those of a guest first.
var shown = []struct {
	path  string
	guest bool
}{
	{"/", true},
	{"/login", true},
	{"/device", false},
	{"/sign-up", true},
	{"/account/applications", false},
	{"/account/profile", false},
	{"/account/security", false},
	{"/account/sessions", false},
	{consentPage, false},
}

// consentPage stands for the page that an authorization request leads to.
const consentPage = "/oauth/authorize/consent"

const somePassword oauth.Secret = "a password of a person who signs in"

func measurePages(ctx context.Context, s *site) (_ *Pages, err error) {
	rigs, err := s.rigs(ctx, plan{store: sqliteStore})
	defer func() { err = errors.Join(err, closeRigs(ctx, rigs)) }()
	if err != nil {
		return nil, err
	}
	r := rigs[0]
	_, err = r.world.inside.cast.Accounts.SetPassword(ctx, "person0", somePassword)
	if err != nil {
		return nil, fmt.Errorf("give somebody a password: %w", err)
	}
	n, many := visits, arrivals
	if s.options.brief() {
		n, many = 3, 2*abreast
	}
	found := &Pages{}
	for _, page := range shown {
		p, err := r.visit(ctx, page.path, page.guest, n)
		if err != nil {
			return nil, fmt.Errorf("visit %s: %w", page.path, err)
		}
		found.Pages = append(found.Pages, p)
	}
	found.SignIn, err = r.arrive(ctx, many)
	return found, err
}

// visitor is a browser.
type visitor struct {
	client *http.Client
	root   string
}

// visitor goes to the server by the name that it has in its own links, for cookies keep to that.
func (r *rig) visitor() (visitor, error) {
	_, port, err := net.SplitHostPort(r.address())
	if err != nil {
		return visitor{}, err
	}
	jar, err := cookiejar.New(nil)
	client := &http.Client{Jar: jar, Timeout: settleWithin, Transport: &http.Transport{}}
	return visitor{client, "http://localhost:" + port}, err
}

// signIn signs in with the password, and gives how long that took.
func (v visitor) signIn(ctx context.Context) (time.Duration, error) {
	body := `{"identifier":"person0","token":"` + somePassword.Reveal() + `"}`
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, v.root+"/api/auth/password/signin", strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	began := time.Now()
	_, _, err = v.read(request)
	return time.Since(began), err
}

// read gives the body as it came over the wire, and where the visitor is after redirects.
func (v visitor) read(request *http.Request) (body []byte, at *url.URL, err error) {
	response, err := v.client.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	body, err = io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("the answer is %s", response.Status)
	}
	return body, response.Request.URL, err
}

// opened is a page that was opened.
type opened struct {
	body  []byte
	at    *url.URL
	first time.Duration // until the first byte
}

// open opens a page as a browser does.
func (v visitor) open(ctx context.Context, address string) (o opened, err error) {
	var sent time.Time
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest:         func(httptrace.WroteRequestInfo) { sent = time.Now() },
		GotFirstResponseByte: func() { o.first = time.Since(sent) },
	})
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return o, err
	}
	request.Header.Set("Accept", "text/html,application/xhtml+xml")
	request.Header.Set("Accept-Encoding", "identity") // so that links in it can be read; it is the most that it weighs
	o.body, o.at, err = v.read(request)
	return o, err
}

// visit opens a page again and again.
func (r *rig) visit(ctx context.Context, path string, guest bool, times int) (Page, error) {
	p := Page{Path: path}
	v, err := r.visitor()
	if err == nil && !guest {
		_, err = v.signIn(ctx)
	}
	if err != nil {
		return p, err
	}
	address := v.root + path
	if path == consentPage {
		address = r.request(v.root)
	}
	for range times {
		page, err := v.open(ctx, address)
		if err != nil {
			return p, err
		}
		if page.at.Path != path {
			return p, fmt.Errorf("it leads to %s", page.at.Path)
		}
		p.First = append(p.First, milliseconds(page.first))
		if p.Weight == 0 {
			p.Weight, err = v.weigh(ctx, page)
			if err != nil {
				return p, err
			}
		}
		address = page.at.String()
	}
	return p, nil
}

// request is an authorization request that has to be decided by the person.
func (r *rig) request(root string) string {
	return root + "/api/oauth/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {string(r.world.web.id)}, "scope": {string(r.withID())}, "prompt": {"consent"},
		"code_challenge": {string(verifier.Challenge())}, "code_challenge_method": {"S256"}, "redirect_uri": {redirectURI},
	}.Encode()
}

var needed = regexp.MustCompile(`(?:<link[^>]*\shref|<img[^>]*\ssrc|<script[^>]*\ssrc)="([^"]+)"`)

// weigh gives the kilobytes of a page and of everything that it asks for.
func (v visitor) weigh(ctx context.Context, page opened) (float64, error) {
	sum := len(page.body)
	for _, found := range needed.FindAllSubmatch(page.body, -1) {
		asked, err := page.at.Parse(string(found[1]))
		if err != nil {
			return 0, err
		}
		part, err := v.open(ctx, asked.String())
		if err != nil {
			return 0, fmt.Errorf("open %s: %w", asked.Path, err)
		}
		sum += len(part.body)
	}
	return float64(sum) / 1000, nil
}

// arrive has visitors sign in, several at a time.
func (r *rig) arrive(ctx context.Context, n int) ([]float64, error) {
	took, wrong := make([][]float64, abreast), make([]error, abreast)
	var arriving sync.WaitGroup
	for lane := range abreast {
		arriving.Go(func() {
			for i := lane; i < n && wrong[lane] == nil; i += abreast {
				var v visitor
				v, wrong[lane] = r.visitor()
				if wrong[lane] != nil {
					return
				}
				var d time.Duration
				d, wrong[lane] = v.signIn(ctx)
				took[lane] = append(took[lane], milliseconds(d))
				v.client.CloseIdleConnections()
			}
		})
	}
	arriving.Wait()
	return slices.Concat(took...), errors.Join(wrong...)
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func (f *Pages) print(p *printer) {
	p.say("\n%-40s%26s%30s", "Pages, on the embedded store", "kB with all it needs", "first byte ms, p50 (aim)")
	for _, page := range f.Pages {
		p.say("  %-38s%26s%30s", page.Path, fmt.Sprintf("%.1f (%d)", page.Weight, weightAim),
			fmt.Sprintf("%.2f (%d)", quantile(page.First, 0.5), firstByteAim))
	}
	p.say("  signing in with a password, %d at a time: p50 %.0f ms, p99 %.0f ms", abreast, quantile(f.SignIn, 0.5), quantile(f.SignIn, 0.99))
}

// quantile of values that need not be in order.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}
