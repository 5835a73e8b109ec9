package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"writ/ports"
)

var _ ports.Texts = (*Webhook)(nil)

const (
	answerWithin = 8 * time.Second
	longest      = 64 << 10 // bytes of an answer that are read
)

// Message is the body of a request.
type Message struct {
	To   string `json:"to"` // E.164
	Text string `json:"text"`
}

// Webhook posts texts. It is safe for concurrent use.
type Webhook struct {
	address string
	key     Key
	clock   ports.Clock
	entropy ports.Entropy
	client  *http.Client
}

// New prepares to post to an address. It does not ask anybody.
func New(address string, key Key, c ports.Clock, e ports.Entropy) *Webhook {
	client := &http.Client{
		Timeout:       answerWithin,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &Webhook{address: address, key: key, clock: c, entropy: e, client: client}
}

// Text implements ports.Texts. Any status of 2xx says that the message was taken.
func (w *Webhook) Text(ctx context.Context, to, message string) error {
	request, err := w.request(ctx, Message{To: to, Text: message})
	if err != nil {
		return fmt.Errorf("make a request to the text webhook: %w", err)
	}
	answer, err := w.client.Do(request)
	if err != nil {
		return fmt.Errorf("ask the text webhook: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, longest)) // so that the connection can be used again
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("the text webhook refused with status %d", answer.StatusCode)
	}
	return nil
}

func (w *Webhook) request(ctx context.Context, m Message) (*http.Request, error) {
	body, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.address, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("the address is no URL")
	}
	id, at := "msg_"+w.entropy.ID(), strconv.FormatInt(w.clock.Now().Unix(), 10)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set(HeaderID, id)
	request.Header.Set(HeaderTimestamp, at)
	request.Header.Set(HeaderSignature, w.key.sign(id, at, body))
	return request, nil
}
