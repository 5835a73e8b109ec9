package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"writ/adapters/httpapi"
	"writ/ports/portstest/req"
)

// wellFormed is a body that gets a token when the client is authenticated.
const ownToken = "grant_type=client_credentials"

func TestFormsAreReadStrictly(t *testing.T) {
	req.Covers(t, "R-018", "R-019", "R-020", "R-021", "R-022", "R-023", "R-024", "R-025", "R-263")
	r := newRig(t)
	web := r.client(webSettings(), "web")
	for name, tc := range map[string]struct {
		body, mediaType, query string
		want                   string // the error, or nothing
	}{
		"plain":                             {body: ownToken},
		"media type in capitals":            {body: ownToken, mediaType: "Application/X-WWW-Form-URLencoded"},
		"media type with charset":           {body: ownToken, mediaType: formType + "; charset=UTF-8"},
		"media type with a broken one":      {body: ownToken, mediaType: formType + "; charset"},
		"JSON":                              {body: `{"grant_type":"client_credentials"}`, mediaType: "application/json", want: "invalid_request"},
		"multipart":                         {body: ownToken, mediaType: "multipart/form-data; boundary=x", want: "invalid_request"},
		"plain text":                        {body: ownToken, mediaType: "text/plain", want: "invalid_request"},
		"no media type":                     {body: ownToken, mediaType: "-", want: "invalid_request"},
		"unknown parameter":                 {body: ownToken + "&colour=red"},
		"parameter without value":           {body: ownToken + "&scope="},
		"parameter without equals sign":     {body: ownToken + "&scope"},
		"required parameter without value":  {body: "grant_type=", want: "invalid_request"},
		"repeated parameter":                {body: ownToken + "&scope=CREATE_POST&scope=READ_PROFILE", want: "invalid_request"},
		"repeated with the same value":      {body: ownToken + "&" + ownToken, want: "invalid_request"},
		"repeated by another spelling":      {body: ownToken + "&gr%61nt_type=client_credentials", want: "invalid_request"},
		"repeated resource":                 {body: ownToken + "&resource=https%3A%2F%2Fwrit.test&resource=https%3A%2F%2Fwrit.test"},
		"name in another letter case":       {body: "Grant_Type=client_credentials", want: "invalid_request"},
		"value in another letter case":      {body: "grant_type=Client_Credentials", want: "unsupported_grant_type"},
		"plus is a space":                   {body: ownToken + "&scope=CREATE_POST+READ_PROFILE"},
		"escaped plus is a plus":            {body: ownToken + "&scope=CREATE_POST%2BREAD_PROFILE", want: "invalid_scope"},
		"semicolon separates nothing":       {body: ownToken + ";scope=CREATE_POST", want: "unsupported_grant_type"},
		"half an escape":                    {body: ownToken + "&scope=%4", want: "invalid_request"},
		"escape that is none":               {body: ownToken + "&scope=%zz", want: "invalid_request"},
		"broken escape in a name":           {body: ownToken + "&%zz=1", want: "invalid_request"},
		"invalid UTF-8":                     {body: ownToken + "&scope=%ff", want: "invalid_request"},
		"overlong UTF-8":                    {body: ownToken + "&scope=%c0%af", want: "invalid_request"},
		"surrogate in UTF-8":                {body: ownToken + "&scope=%ed%a0%80", want: "invalid_request"},
		"NUL":                               {body: ownToken + "&scope=CREATE_POST%00", want: "invalid_request"},
		"line break":                        {body: ownToken + "&scope=CREATE_POST%0a", want: "invalid_request"},
		"NUL in an unknown parameter":       {body: ownToken + "&x=%00", want: "invalid_request"},
		"raw bytes that are no text":        {body: ownToken + "&x=\xff", want: "invalid_request"},
		"grant type only in the query":      {body: "scope=CREATE_POST", query: "?" + ownToken, want: "invalid_request"},
		"parameter repeated in the query":   {body: ownToken, query: "?" + ownToken},
		"empty body":                        {want: "invalid_request"},
		"secret in the query is no secret":  {body: ownToken, query: "?client_secret=wrong&client_id=other"},
		"empty pairs":                       {body: "&&" + ownToken + "&"},
		"scope with a tab":                  {body: ownToken + "&scope=CREATE_POST%09READ_PROFILE", want: "invalid_request"},
		"scope with a quote":                {body: ownToken + "&scope=%22CREATE_POST%22", want: "invalid_scope"},
		"scope words twice, in other order": {body: ownToken + "&scope=READ_PROFILE+CREATE_POST+READ_PROFILE"},
	} {
		t.Run(name, func(t *testing.T) {
			sent := header(post(t, "/api/oauth/token"+tc.query, tc.body), "Authorization", basic(web.id, web.secret))
			switch tc.mediaType {
			case "":
			case "-":
				sent.Header.Del("Content-Type")
			default:
				sent.Header.Set("Content-Type", tc.mediaType)
			}
			w := r.do(sent)
			if tc.want == "" {
				answers(t, w, http.StatusOK)
				return
			}
			wants(t, w, http.StatusBadRequest, tc.want)
		})
	}
}

func TestScopeGrammar(t *testing.T) {
	req.Covers(t, "R-026", "R-052")
	r := newRig(t)
	web := r.client(webSettings(), "web")
	got := r.tokens(web, form("grant_type", "client_credentials", "scope", "READ_PROFILE CREATE_POST READ_PROFILE"))
	if got["scope"] != "CREATE_POST READ_PROFILE" {
		t.Errorf("scope %q", got["scope"])
	}
	for _, scope := range []string{`a"b`, `a\b`, "héllo", "NO_SUCH_PERMISSION"} {
		w := r.do(web.as(t, "/api/oauth/token", form("grant_type", "client_credentials", "scope", scope)))
		wants(t, w, http.StatusBadRequest, "invalid_scope")
	}
}

func TestBodiesAreBounded(t *testing.T) {
	req.Covers(t, "R-014", "R-015")
	r := newRig(t)
	web := r.client(webSettings(), "web")
	large := ownToken + "&x=" + strings.Repeat("a", 64<<10)
	for name, change := range map[string]func(*http.Request){
		"announced": func(*http.Request) {},
		"chunked":   func(q *http.Request) { q.ContentLength = -1 },
	} {
		t.Run(name, func(t *testing.T) {
			sent := header(post(t, "/api/oauth/token", large), "Authorization", basic(web.id, web.secret))
			change(sent)
			wants(t, r.do(sent), http.StatusRequestEntityTooLarge, "invalid_request")
		})
	}
	packed := header(post(t, "/api/oauth/token", ownToken), "Content-Encoding", "gzip")
	wants(t, r.do(packed), http.StatusUnsupportedMediaType, "invalid_request")
	w := r.do(jsonRequest(t, http.MethodPost, "/api/auth/password/signin", `{"identifier":"`+strings.Repeat("a", 64<<10)+`"}`))
	wants(t, w, http.StatusRequestEntityTooLarge, "invalid_request")
}

func TestJSONIsReadStrictly(t *testing.T) {
	req.Covers(t, "R-263")
	r := newRig(t)
	r.person("ada")
	for name, tc := range map[string]struct {
		body, mediaType string
		status          int
	}{
		"form":             {"identifier=ada", formType, http.StatusUnsupportedMediaType},
		"plain text":       {`{"identifier":"ada","token":"x"}`, "text/plain", http.StatusUnsupportedMediaType},
		"null":             {"null", "", http.StatusBadRequest},
		"array":            {"[]", "", http.StatusBadRequest},
		"numbers":          {`{"identifier":1,"token":2}`, "", http.StatusBadRequest},
		"missing password": {`{"identifier":"ada"}`, "", http.StatusBadRequest},
		"trailing text":    {`{"identifier":"ada","token":"x"} more`, "", http.StatusBadRequest},
		"invalid UTF-8":    {"{\"identifier\":\"a\xff\",\"token\":\"x\"}", "", http.StatusBadRequest},
		"lone surrogate":   {`{"identifier":"a\ud800","token":"x"}`, "", http.StatusBadRequest},
		"NUL":              {`{"identifier":"ada\u0000","token":"x"}`, "", http.StatusBadRequest},
		"empty":            {"", "", http.StatusBadRequest},
		"deeply nested":    {strings.Repeat("[", 30000), "", http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			sent := jsonRequest(t, http.MethodPost, "/api/auth/password/signin", tc.body)
			if tc.mediaType != "" {
				sent.Header.Set("Content-Type", tc.mediaType)
			}
			wants(t, r.do(sent), tc.status, "invalid_request")
		})
	}
}

// Few parameters and many are looked up in different ways.
func TestFormsOfAnySize(t *testing.T) {
	req.Covers(t, "R-020")
	for _, size := range []int{1, 8, 9, 31, 32, 33, 1000} {
		var text strings.Builder
		for i := range size {
			fmt.Fprintf(&text, "n%d=v%d&", i, i)
		}
		last := fmt.Sprintf("n%d", size-1)
		resources := httpapi.ParseForm(strings.ReplaceAll(strings.ReplaceAll(text.String()+text.String(), "=", ""), "n", "resource="))
		if len(resources.Resources) != size || resources.Refused {
			t.Errorf("of %d resources there are %d", size, len(resources.Resources))
		}
		whole := httpapi.ParseForm(text.String())
		if whole.Refused || len(whole.Values) != size || whole.Values["n0"] != "v0" || whole.Values[last] != "v"+last[1:] {
			t.Errorf("of %d there are %d, refused: %t", size, len(whole.Values), whole.Refused)
		}
		for _, repeated := range []string{"n0", last} {
			p := httpapi.ParseForm(text.String() + repeated + "=again&more=1")
			_, told := p.Values[repeated]
			if !p.Refused || told || p.Values["more"] != "1" {
				t.Errorf("of %d, with %s twice: refused: %t, told: %t, another: %q", size, repeated, p.Refused, told, p.Values["more"])
			}
		}
	}
}
