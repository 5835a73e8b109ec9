package e2e_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
)

// watcher is a transport that tells of an answer. It is safe for concurrent use.
type watcher struct {
	path, text string
	seen       chan struct{}
	once       sync.Once
}

// RoundTrip implements http.RoundTripper.
func (w *watcher) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil || request.URL.Path != w.path {
		return response, err
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(body))
	if strings.Contains(string(body), w.text) {
		w.once.Do(func() { close(w.seen) })
	}
	return response, err
}
