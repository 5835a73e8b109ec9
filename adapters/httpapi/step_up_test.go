package httpapi_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"writ/ports/portstest/req"
)

// begin begins a request in a browser and gives where that leads.
func (b browser) begin(query string) *url.URL {
	b.r.t.Helper()
	return location(b.r.t, b.do(get(b.r.t, "/api/oauth/authorize?"+query)))
}

func TestSigningInAgainWhenAClientWantsIt(t *testing.T) {
	req.Covers(t, "R-053", "R-055", "R-146", "R-107")
	r := newRig(t)
	r.person("ada")
	web, ada := r.client(webSettings(), "web"), r.browser("ada")
	ada.code(web, "openid")
	r.clock.pass(time.Minute)
	for name, tc := range map[string]struct {
		ask  []string
		want url.Values // beside return_url
	}{
		"prompt=login":          {[]string{"prompt", "login"}, url.Values{"prompt": {"login"}}},
		"max_age=0":             {[]string{"max_age", "0"}, url.Values{"prompt": {"login"}}},
		"max_age=30":            {[]string{"max_age", "30"}, url.Values{"prompt": {"login"}}},
		"prompt=select_account": {[]string{"prompt", "select_account"}, url.Values{"prompt": {"select_account"}}},
		"a passkey, in French": {
			[]string{"acr_values", "phr", "ui_locales", "fr de", "login_hint", "ada"},
			url.Values{"prompt": {"login"}, "acr_values": {"phr"}, "ui_locales": {"fr de"}, "login_hint": {"ada"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			at := ada.begin(web.authorization("openid", tc.ask...).Encode())
			told := at.Query()
			back := told.Get("return_url")
			told.Del("return_url")
			if diff := cmp.Diff(tc.want, told); at.Path != "/login" || diff != "" {
				t.Fatalf("led to %s (-want +got):\n%s", at, diff)
			}
			if again := location(t, ada.do(get(t, back))); again.Path != "/login" || again.Query().Get("return_url") != back {
				t.Errorf("without signing in it led to %s", again)
			}
			r.clock.pass(time.Second)
			anew := r.browser("ada")
			code := anew.codeAfter(location(t, anew.do(get(t, back))))
			about := payload(t, r.tokens(web, web.redeem(code))["id_token"], 1)
			if about["auth_time"] != float64(r.clock.Now().Unix()) || about["acr"] != "1" {
				t.Errorf("the ID token says %v", about)
			}
			if w := anew.do(get(t, back)); w.Code != http.StatusBadRequest {
				t.Errorf("the same request again: %d %v", w.Code, w.Header())
			}
		})
	}
}

// codeAfter decides, if that is asked, and gives the code.
func (b browser) codeAfter(at *url.URL) string {
	b.r.t.Helper()
	if id := at.Query().Get("request_id"); id != "" {
		at = b.decide(id, "approve")
	}
	code := at.Query().Get("code")
	if code == "" {
		b.r.t.Fatalf("led to %s", at)
	}
	return code
}

func TestChoosingToGoOn(t *testing.T) {
	req.Covers(t, "R-053")
	r := newRig(t)
	id := r.person("ada")
	web, ada := r.client(webSettings(), "web"), r.browser("ada")
	back := ada.begin(web.authorization("openid", "prompt", "select_account").Encode()).Query().Get("return_url")
	if at := location(t, ada.do(get(t, back+"&account=somebody"))); at.Path != "/login" {
		t.Errorf("choosing somebody else led to %s", at)
	}
	ada.codeAfter(location(t, ada.do(get(t, back+"&account="+id))))
}

func TestHintsOfWhomToExpect(t *testing.T) {
	req.Covers(t, "R-056", "R-151")
	r := newRig(t)
	r.person("ada")
	r.person("eve")
	web, ada, eve := r.client(webSettings(), "web"), r.browser("ada"), r.browser("eve")
	hint := ada.grant(web, "openid offline_access")["id_token"].(string)
	r.clock.pass(24 * time.Hour) // the token has expired
	silent := web.authorization("openid", "prompt", "none", "id_token_hint", hint).Encode()
	if got := ada.begin(silent).Query(); got.Get("code") == "" {
		t.Errorf("ada, silently: %v", got)
	}
	if got := eve.begin(silent).Query(); got.Get("error") != "login_required" {
		t.Errorf("eve, silently: %v", got)
	}
	posted := location(t, r.do(post(t, "/api/oauth/authorize", web.authorization("openid", "id_token_hint", hint).Encode())))
	at := location(t, eve.do(get(t, posted.String())))
	if at.Path != "/login" || at.Query().Get("return_url") != posted.String() {
		t.Fatalf("eve is led to %s", at)
	}
	r.clock.pass(time.Second)
	if got := location(t, r.browser("eve").do(get(t, posted.String()))).Query(); got.Get("error") != "login_required" {
		t.Errorf("eve again: %v", got)
	}
	anew := r.browser("ada")
	anew.codeAfter(location(t, anew.do(get(t, posted.String()))))
}

// TestB8TheRequestOutlivesTheSignIn: a request that began signed out is the same request when the
// person comes back signed in.
func TestB8TheRequestOutlivesTheSignIn(t *testing.T) {
	req.Covers(t, "R-049", "R-093")
	r := newRig(t)
	r.person("ada")
	web := r.client(webSettings(), "web")
	for name, prompt := range map[string]string{"plain": "", "forced": "login"} {
		t.Run(name, func(t *testing.T) {
			query := web.authorization("openid", "nonce", "n-"+name, "state", "s/ t&=ü", "prompt", prompt).Encode()
			at := location(t, r.do(get(t, "/api/oauth/authorize?"+query)))
			ada := r.browser("ada")
			at = location(t, ada.do(get(t, at.Query().Get("return_url"))))
			if id := at.Query().Get("request_id"); id != "" {
				at = ada.decide(id, "approve")
			}
			got := responseOf(t, at, callback)
			about := payload(t, r.tokens(web, web.redeem(got.Get("code")))["id_token"], 1)
			if got.Get("state") != "s/ t&=ü" || about["nonce"] != "n-"+name {
				t.Errorf("state %q, ID token %v", got.Get("state"), about)
			}
		})
	}
}
