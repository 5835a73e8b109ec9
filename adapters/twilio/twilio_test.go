package twilio_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"writ/adapters/twilio"
	"writ/ports/portstest"
)

// gateway speaks the API as its documentation says.
type gateway struct {
	taken  [][2]string
	from   [2]string // number, messaging service
	broken atomic.Bool
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	account, token, _ := r.BasicAuth()
	switch {
	case g.broken.Load():
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"code":21211,"message":"The 'To' number ` + r.FormValue("To") + ` is not valid","status":400}`))
	case r.Method != http.MethodPost, r.URL.Path != "/2010-04-01/Accounts/AC1/Messages.json", account != "AC1", token != "hunter2":
		w.WriteHeader(http.StatusUnauthorized)
	default:
		g.taken = append(g.taken, [2]string{r.PostFormValue("To"), r.PostFormValue("Body")})
		g.from = [2]string{r.PostFormValue("From"), r.PostFormValue("MessagingServiceSid")}
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte(`{"sid":"SM1","status":"queued"}`))
	}
}

func serve(t *testing.T, from string) (*gateway, *twilio.Twilio) {
	t.Helper()
	g := &gateway{}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	return g, twilio.New(twilio.Options{URL: server.URL + "/", Account: "AC1", Token: "hunter2", From: from})
}

func TestTexts(t *testing.T) {
	portstest.Texts(t, func(t *testing.T) portstest.Gateway {
		g, texts := serve(t, "+12025550100")
		return portstest.Gateway{Texts: texts, Taken: func() [][2]string { return g.taken }, Break: func() { g.broken.Store(true) }}
	})
}

func TestTheSenderIsANumberOrAService(t *testing.T) {
	for from, want := range map[string][2]string{"+12025550100": {"+12025550100", ""}, "MG123": {"", "MG123"}} {
		g, texts := serve(t, from)
		if err := texts.Text(t.Context(), "+12025550123", "x"); err != nil || g.from != want {
			t.Errorf("sent from %v, %v", g.from, err)
		}
	}
}

func TestARefusalHasTheGatewaysCode(t *testing.T) {
	g, texts := serve(t, "Writ")
	g.broken.Store(true)
	var refused *twilio.RefusedError
	if err := texts.Text(t.Context(), "+12025550123", "x"); !errors.As(err, &refused) || refused.Code != 21211 || refused.Status != 400 {
		t.Errorf("got %v", err)
	}
}

func TestTheTokenIsNotSentElsewhere(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("somebody else was asked") }))
	defer elsewhere.Close()
	here := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer here.Close()
	err := twilio.New(twilio.Options{URL: here.URL, Account: "AC1", Token: "hunter2", From: "x"}).Text(t.Context(), "+12025550123", "x")
	if err == nil {
		t.Error("a redirect was taken for a success")
	}
}
