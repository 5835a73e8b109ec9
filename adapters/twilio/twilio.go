package twilio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"writ/domain/oauth"
	"writ/ports"
)

var _ ports.Texts = (*Twilio)(nil)

// DefaultURL is Twilio's own API.
const DefaultURL = "https://api.twilio.com"

const (
	answerWithin = 8 * time.Second
	longest      = 64 << 10 // bytes of an answer that are read
)

// Options say who sends, and by whom.
type Options struct {
	URL     string // of the API; empty: DefaultURL
	Account string // the account's SID
	Token   oauth.Secret
	From    string // a number in E.164, a name, or the SID of a messaging service (MG…)
}

// Twilio hands texts over. It is safe for concurrent use.
type Twilio struct {
	options Options
	client  *http.Client
}

// New prepares to send. It does not ask anybody.
func New(o Options) *Twilio {
	if o.URL == "" {
		o.URL = DefaultURL
	}
	return &Twilio{options: o, client: &http.Client{Timeout: answerWithin, CheckRedirect: stay}}
}

// stay keeps the account's token from being sent elsewhere.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Text implements ports.Texts.
func (t *Twilio) Text(ctx context.Context, to, message string) error {
	request, err := t.request(ctx, to, message)
	if err != nil {
		return fmt.Errorf("make a request to the text gateway: %w", err)
	}
	answer, err := t.client.Do(request)
	if err != nil {
		return fmt.Errorf("ask the text gateway: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, _ := io.ReadAll(io.LimitReader(answer.Body, longest)) // its status says enough
	if answer.StatusCode/100 != 2 {
		return &RefusedError{Status: answer.StatusCode, Code: codeOf(body)}
	}
	return nil
}

func (t *Twilio) request(ctx context.Context, to, message string) (*http.Request, error) {
	o := t.options
	sender := "From"
	if strings.HasPrefix(o.From, "MG") {
		sender = "MessagingServiceSid"
	}
	form := url.Values{"To": {to}, sender: {o.From}, "Body": {message}}
	at := strings.TrimSuffix(o.URL, "/") + "/2010-04-01/Accounts/" + url.PathEscape(o.Account) + "/Messages.json"
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, at, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, errors.New("the address of the text gateway is no URL")
	}
	request.SetBasicAuth(o.Account, o.Token.Reveal())
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	return request, nil
}

// codeOf is the number of the gateway's own error; what it says in words names the phone number.
func codeOf(body []byte) int {
	var told struct {
		Code int `json:"code"`
	}
	_ = json.Unmarshal(body, &told) // without a number the status has to do
	return told.Code
}

// RefusedError says that the gateway did not take a message.
type RefusedError struct {
	Status int // of HTTP
	Code   int // the gateway's own, such as 21211 of Twilio; 0: it gave none
}

// Error implements error.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("the text gateway refused with status %d, code %d", e.Status, e.Code)
}
