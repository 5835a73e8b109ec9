package e2e_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"writ/adapters/bunstore/bunstoretest"
	"writ/adapters/natsbus/natstest"
	"writ/adapters/webhook"
	"writ/cmd/writ/e2e/harness"
	"writ/ports/portstest/req"
)

// gateway sends texts, as an operator's own would.
type gateway struct {
	t   *testing.T
	url string

	mu   sync.Mutex
	sent map[string][]string
}

const gatewaySecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func openGateway(t *testing.T) *gateway {
	t.Helper()
	g := &gateway{t: t, sent: map[string][]string{}}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	g.url = server.URL
	return g
}

func (g *gateway) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	key, err := webhook.ParseKey(gatewaySecret)
	body, _ := io.ReadAll(r.Body)
	var m webhook.Message
	if err != nil || key.Verify(r.Header, body, time.Now()) != nil || json.Unmarshal(body, &m) != nil {
		g.t.Errorf("a request that is not signed as it should be: %s", body)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sent[m.To] = append(g.sent[m.To], m.Text)
}

func (g *gateway) texts(number string) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]string(nil), g.sent[number]...)
}

// code is the code of the last text to a number.
func (g *gateway) code(number string) string {
	g.t.Helper()
	all := g.texts(number)
	if len(all) == 0 {
		g.t.Fatalf("no text was sent to %s", number)
	}
	return regexp.MustCompile(`^[0-9]{6}`).FindString(all[len(all)-1])
}

func (g *gateway) env() map[string]string {
	return map[string]string{"WRIT_SMS_PROVIDER": "webhook", "WRIT_SMS_URL": g.url, "WRIT_SMS_SECRET": gatewaySecret}
}

// send sends JSON.
func (w *world) send(method, path, body string) answer {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), method, "http://"+w.Address+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	return do(w.t, http.DefaultClient, request)
}

func (w *world) startPhone(handle, number string) int {
	w.t.Helper()
	return w.send(http.MethodPost, "/api/auth/phone", `{"identifier":"`+handle+`","phone_number":"`+number+`"}`).status
}

func (w *world) finishPhone(handle, code string) answer {
	w.t.Helper()
	return w.send(http.MethodPut, "/api/auth/phone/"+handle, `{"code":"`+code+`"}`)
}

const freyas = "+12025550123"

// Whatever one replica counts, the other goes by.
func TestB3APhoneSignsInOverSeveralReplicas(t *testing.T) {
	req.Covers(t, "R-044", "R-092")
	t.Parallel()
	g := openGateway(t)
	env := g.env()
	address := natstest.FreeAddress(t)
	env["WRIT_ISSUER"], env["WRIT_MASTER_KEY"] = "http://localhost:"+strings.Split(address, ":")[1], harness.MasterKey()
	o := harness.Options{Database: bunstoretest.Postgres(t), NATS: natstest.Start(t).URL, Env: env}
	one, other := serve(t, o), serve(t, o)

	if status := one.startPhone("freya", freyas); status != http.StatusOK {
		t.Fatalf("the start is %d", status)
	}
	made := other.finishPhone("freya", g.code(freyas))
	if made.status != http.StatusOK || len(made.header["Set-Cookie"]) != 1 {
		t.Fatalf("the end is %d: %s", made.status, made.body)
	}
	if again := one.finishPhone("freya", g.code(freyas)); again.status != http.StatusForbidden {
		t.Errorf("the code works again: %d", again.status)
	}

	// Five wrong tries, wherever they go.
	other.startPhone("freya", freyas)
	wrong := "000000"
	if g.code(freyas) == wrong {
		wrong = "000001"
	}
	for i := range 5 {
		if a := []*world{one, other}[i%2].finishPhone("freya", wrong); a.status != http.StatusForbidden {
			t.Errorf("a wrong code is %d", a.status)
		}
	}
	if a := one.finishPhone("freya", g.code(freyas)); a.status != http.StatusForbidden {
		t.Errorf("the right code after five wrong ones is %d", a.status)
	}

	// Five texts to a number in ten minutes, whoever is asked for them, and over a kill.
	limited := 0
	for i := range 10 {
		if i == 5 {
			one.Kill()
			one.Restart()
		}
		if []*world{one, other}[i%2].startPhone("freya", freyas) == http.StatusTooManyRequests {
			limited++
		}
	}
	if n := len(g.texts(freyas)); n != 5 || limited != 7 {
		t.Errorf("%d texts were sent, %d starts refused", n, limited)
	}
}

func TestNoCodeStandsInTheLog(t *testing.T) {
	req.Covers(t, "R-261")
	t.Parallel()
	g := openGateway(t)
	env := g.env()
	env["WRIT_LOG_LEVEL"] = "debug"
	w := serve(t, harness.Options{Env: env})
	w.startPhone("freya", freyas)
	code := g.code(freyas)
	if a := w.finishPhone("freya", code); a.status != http.StatusOK {
		t.Fatalf("the end is %d: %s", a.status, a.body)
	}
	for _, secret := range []string{`"` + code, freyas, "freya", gatewaySecret} {
		if strings.Contains(w.Log(), secret) {
			t.Errorf("the log has %s", secret)
		}
	}
}
