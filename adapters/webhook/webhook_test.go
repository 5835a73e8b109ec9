package webhook_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"writ/adapters/webhook"
	"writ/domain/oauth"
	"writ/ports/portstest"
)

var noon = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

type still struct{}

func (still) Now() time.Time { return noon }
func (still) ID() string     { return "c0ffee0000000000000g" }
func (still) Fill([]byte)    {}

const secret oauth.Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func key(t *testing.T) webhook.Key {
	t.Helper()
	k, err := webhook.ParseKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestTexts(t *testing.T) {
	portstest.Texts(t, func(t *testing.T) portstest.Gateway {
		var taken [][2]string
		var broken atomic.Bool
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			var m webhook.Message
			err := errors.Join(key(t).Verify(r.Header, body, noon.Add(time.Minute)), json.Unmarshal(body, &m))
			switch {
			case broken.Load():
				http.Error(w, "cannot send to "+m.To, http.StatusBadGateway)
			case err != nil:
				t.Error(err)
			default:
				taken = append(taken, [2]string{m.To, m.Text})
				w.WriteHeader(http.StatusAccepted)
			}
		}))
		t.Cleanup(server.Close)
		return portstest.Gateway{
			Texts: webhook.New(server.URL, key(t), still{}, still{}),
			Taken: func() [][2]string { return taken }, Break: func() { broken.Store(true) },
		}
	})
}

// The example of the Standard Webhooks libraries.
func TestTheSignatureIsTheStandards(t *testing.T) {
	h := http.Header{}
	h.Set("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
	h.Set("webhook-timestamp", "1614265330")
	h.Set("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
	if err := key(t).Verify(h, []byte(`{"test": 2432232314}`), time.Unix(1614265330, 0)); err != nil {
		t.Error(err)
	}
}

func TestWhatIsForgedOrOldIsRefused(t *testing.T) {
	var got http.Header
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		body, _ = io.ReadAll(r.Body)
	}))
	defer server.Close()
	if err := webhook.New(server.URL, key(t), still{}, still{}).Text(t.Context(), "+12025550123", "x"); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		change func(http.Header)
		body   string
		now    time.Time
		ok     bool
	}{
		"as it was sent":       {ok: true},
		"five minutes later":   {now: noon.Add(webhook.Tolerance), ok: true},
		"later":                {now: noon.Add(webhook.Tolerance + time.Second)},
		"before it was sent":   {now: noon.Add(-webhook.Tolerance - time.Second)},
		"another body":         {body: "{}"},
		"another id":           {change: func(h http.Header) { h.Set(webhook.HeaderID, "msg_x") }},
		"another time":         {change: func(h http.Header) { h.Set(webhook.HeaderTimestamp, "1") }},
		"no time":              {change: func(h http.Header) { h.Del(webhook.HeaderTimestamp) }},
		"no signature":         {change: func(h http.Header) { h.Del(webhook.HeaderSignature) }},
		"one of two that fits": {change: func(h http.Header) { h.Set(webhook.HeaderSignature, "v1,AAAA "+h.Get(webhook.HeaderSignature)) }, ok: true},
	} {
		h, text, now := got.Clone(), string(body), noon
		if tc.change != nil {
			tc.change(h)
		}
		if tc.body != "" {
			text = tc.body
		}
		if !tc.now.IsZero() {
			now = tc.now
		}
		if err := key(t).Verify(h, []byte(text), now); (err == nil) != tc.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAKeyIsWellFormedAndDoesNotPrint(t *testing.T) {
	for _, s := range []oauth.Secret{"", "secret", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!"} {
		if _, err := webhook.ParseKey(s); !errors.Is(err, webhook.ErrKey) {
			t.Errorf("%s is a key: %v", s.Reveal(), err)
		}
	}
	if printed := fmt.Sprintf("%v %+v %#v", key(t), key(t), key(t)); strings.ContainsAny(printed, "0123456789") {
		t.Errorf("printed %s", printed)
	}
}
