package httpapi_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"writ/domain/oauth"
	"writ/ports/portstest/req"
)

func encoded(pair string) string { return base64.StdEncoding.EncodeToString([]byte(pair)) }

func TestClientAuthentication(t *testing.T) {
	req.Covers(t, "R-029", "R-030", "R-031", "R-032", "R-033", "R-034", "R-041", "R-098")
	r := newRig(t)
	web, native := r.client(webSettings(), "web:1%2+/="), r.client(publicSettings(), "native")
	posting := webSettings()
	posting.AuthMethod = oauth.AuthClientSecretPost
	poster := r.client(posting, "poster")
	good := basic(web.id, web.secret)
	for name, tc := range map[string]struct {
		headers []string
		body    []string
		status  int
		code    string
	}{
		"basic":                               {headers: []string{good}, status: 200},
		"scheme in lower case":                {headers: []string{"basic" + good[5:]}, status: 200},
		"scheme in capitals":                  {headers: []string{"BASIC" + good[5:]}, status: 200},
		"basic with the same client_id":       {headers: []string{good}, body: []string{"client_id", web.id}, status: 200},
		"post":                                {body: []string{"client_id", poster.id, "client_secret", poster.secret}, status: 200},
		"basic with another client_id":        {headers: []string{good}, body: []string{"client_id", "poster"}, status: 401, code: "invalid_client"},
		"basic and post":                      {headers: []string{good}, body: []string{"client_id", web.id, "client_secret", web.secret}, status: 400, code: "invalid_request"},
		"basic and assertion":                 {headers: []string{good}, body: []string{"client_assertion", "x"}, status: 400, code: "invalid_request"},
		"post and assertion":                  {body: []string{"client_id", poster.id, "client_secret", poster.secret, "client_assertion", "x"}, status: 400, code: "invalid_request"},
		"assertion alone":                     {body: []string{"client_id", poster.id, "client_assertion", "x"}, status: 401, code: "invalid_client"},
		"wrong secret":                        {headers: []string{basic(web.id, "wrong")}, status: 401, code: "invalid_client"},
		"unknown client":                      {headers: []string{basic("nobody", "wrong")}, status: 401, code: "invalid_client"},
		"another client's secret":             {headers: []string{basic(web.id, poster.secret)}, status: 401, code: "invalid_client"},
		"not encoded":                         {headers: []string{"Basic " + encoded(web.id+":"+web.secret)}, status: 401, code: "invalid_client"},
		"the other method, basic":             {headers: []string{basic(poster.id, poster.secret)}, status: 401, code: "invalid_client"},
		"the other method, post":              {body: []string{"client_id", web.id, "client_secret", web.secret}, status: 401, code: "invalid_client"},
		"confidential without secret":         {body: []string{"client_id", web.id}, status: 401, code: "invalid_client"},
		"public with a secret":                {body: []string{"client_id", native.id, "client_secret", "x"}, status: 401, code: "invalid_client"},
		"public with an empty basic password": {headers: []string{basic(native.id, "")}, status: 401, code: "invalid_client"},
		"nobody":                              {status: 401, code: "invalid_client"},
		"no base64":                           {headers: []string{"Basic !!!"}, status: 401, code: "invalid_client"},
		"no colon":                            {headers: []string{"Basic " + encoded("web")}, status: 401, code: "invalid_client"},
		"no id":                               {headers: []string{"Basic " + encoded(":x")}, status: 401, code: "invalid_client"},
		"broken escape":                       {headers: []string{"Basic " + encoded("web:%zz")}, status: 401, code: "invalid_client"},
		"NUL in the secret":                   {headers: []string{"Basic " + encoded("web:%00")}, status: 401, code: "invalid_client"},
		"another scheme":                      {headers: []string{"Bearer " + encoded("web:x")}, status: 401, code: "invalid_client"},
		"two headers":                         {headers: []string{good, good}, status: 401, code: "invalid_client"},
		"over-long id":                        {body: []string{"client_id", strings.Repeat("a", 300)}, status: 401, code: "invalid_client"},
	} {
		t.Run(name, func(t *testing.T) {
			sent := post(t, "/api/oauth/token", form(append(tc.body, "grant_type", "client_credentials")...).Encode())
			for _, h := range tc.headers {
				sent.Header.Add("Authorization", h)
			}
			w := r.do(sent)
			if tc.status == http.StatusOK {
				answers(t, w, http.StatusOK)
				return
			}
			wants(t, w, tc.status, tc.code)
			if challenge := w.Header().Get("WWW-Authenticate"); (challenge == `Basic realm="writ"`) != (tc.code == "invalid_client") {
				t.Errorf("challenge %q", challenge)
			}
		})
		r.clock.pass(time.Minute) // so that none of these is limited
	}
}

func TestRefusedClientsLookAlike(t *testing.T) {
	req.Covers(t, "R-041", "R-045", "R-098")
	r := newRig(t)
	web, gone := r.client(webSettings(), "web"), r.client(webSettings(), "gone")
	must(t, r.clients.Delete(t.Context(), "gone"))
	bodies := map[string]bool{}
	for _, auth := range []string{basic(web.id, "wrong"), basic("nobody", "wrong"), basic(gone.id, gone.secret)} {
		for _, v := range []string{"grant_type=authorization_code&code=bad", "grant_type=refresh_token&refresh_token=bad"} {
			w := r.do(header(post(t, "/api/oauth/token", v), "Authorization", auth))
			wants(t, w, http.StatusUnauthorized, "invalid_client")
			bodies[w.Body.String()] = true
		}
	}
	if len(bodies) != 1 {
		t.Errorf("refusals tell why: %v", bodies)
	}
}

func TestSameRulesAtEveryEndpoint(t *testing.T) {
	req.Covers(t, "R-035", "R-122", "R-157", "R-164")
	r := newRig(t)
	web := r.client(webSettings(), "web")
	for _, path := range []string{"/api/oauth/token", "/api/oauth/device_authorization", "/api/oauth/revoke", "/api/oauth/introspect"} {
		t.Run(path, func(t *testing.T) {
			body := form("token", "x", "grant_type", "client_credentials").Encode()
			wants(t, r.do(post(t, path, body)), http.StatusUnauthorized, "invalid_client")
			wants(t, r.do(header(post(t, path, body), "Authorization", basic(web.id, "wrong"))), http.StatusUnauthorized, "invalid_client")
			wants(t, r.do(post(t, path, body+"&client_id=web")), http.StatusUnauthorized, "invalid_client")
			two := header(post(t, path, body+"&client_secret=x"), "Authorization", basic(web.id, web.secret))
			wants(t, r.do(two), http.StatusBadRequest, "invalid_request")
			answers(t, r.do(header(post(t, path, body), "Authorization", basic(web.id, web.secret))), http.StatusOK)
		})
	}
}

func TestGuessingSecretsIsSlow(t *testing.T) {
	req.Covers(t, "R-044", "R-013")
	r := newRig(t)
	web, native := r.client(webSettings(), "web"), r.client(publicSettings(), "native")
	try := func(address, id, secret string) int {
		sent := header(post(t, "/api/oauth/token", ownToken), "Authorization", basic(id, secret), "X-Forwarded-For", "198.51.100.1")
		sent.RemoteAddr = address
		w := r.do(sent)
		if w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") != "60" {
			t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
		}
		return w.Code
	}
	for range 5 {
		try("192.0.2.1:1000", web.id, "wrong")
		try("192.0.2.1:1000", native.id, "") // how stock libraries probe: no guess
	}
	for name, tc := range map[string]struct {
		address, id, secret string
		want                int
	}{
		"the guesser, also when right":     {"192.0.2.1:2000", web.id, web.secret, http.StatusTooManyRequests},
		"the genuine client, from its own": {"192.0.2.2:1000", web.id, web.secret, http.StatusOK},
		"another client of the guesser":    {"192.0.2.1:1000", native.id, "", http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			if got := try(tc.address, tc.id, tc.secret); got != tc.want {
				t.Errorf("status %d instead of %d", got, tc.want)
			}
		})
	}
	r.clock.pass(time.Minute)
	if got := try("192.0.2.1:1000", web.id, web.secret); got != http.StatusOK {
		t.Errorf("still status %d after the window", got)
	}
}
