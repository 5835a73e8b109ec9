package resource

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// How long a key set is fresh: what the issuer says, within bounds.
const (
	shortestLife = 10 * time.Second
	defaultLife  = 5 * time.Minute
	longestLife  = time.Hour
)

// maxDocument is the size of the largest document that is read, in bytes.
const maxDocument = 1 << 20

// source is where the keys come from. It is safe for concurrent use.
type source struct {
	client *http.Client
	issuer string
	url    string // of the key set; empty: the issuer's metadata says it
	check  func(field, url string, required bool) error

	mu    sync.Mutex
	found string // by the metadata
}

// answer is a document that was fetched, or the word that it did not change.
type answer struct {
	status   int
	body     []byte
	etag     string
	lifetime time.Duration
}

// fetch gets the key set, unless it is the one with the etag.
func (s *source) fetch(ctx context.Context, etag string) (answer, error) {
	at, err := s.locate(ctx)
	if err != nil {
		return answer{}, fmt.Errorf("find the key set of %s: %w", s.issuer, err)
	}
	a, err := s.get(ctx, at, etag)
	if err != nil {
		s.remember("") // it may have moved
		return answer{}, fmt.Errorf("fetch the key set: %w", err)
	}
	return a, nil
}

// locate asks the issuer where its keys are, once.
func (s *source) locate(ctx context.Context) (string, error) {
	s.mu.Lock()
	known := s.found
	s.mu.Unlock()
	if s.url != "" {
		return s.url, nil
	}
	if known != "" {
		return known, nil
	}
	at, err := s.discover(ctx)
	if err == nil {
		s.remember(at)
	}
	return at, err
}

func (s *source) remember(at string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.found = at
}

// discover reads the issuer's metadata (RFC 8414 §3).
func (s *source) discover(ctx context.Context) (string, error) {
	u, err := url.Parse(s.issuer)
	if err != nil {
		return "", err
	}
	u.Path = "/.well-known/oauth-authorization-server" + strings.TrimSuffix(u.Path, "/")
	a, err := s.get(ctx, u.String(), "")
	if err != nil {
		return "", err
	}
	var metadata struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	if err := json.Unmarshal(a.body, &metadata); err != nil {
		return "", fmt.Errorf("read its metadata: %w", err)
	}
	if metadata.Issuer != s.issuer { // RFC 8414 §3.3
		return "", fmt.Errorf("its metadata is that of %q", metadata.Issuer)
	}
	return metadata.Keys, s.check("jwks_uri", metadata.Keys, true)
}

func (s *source) get(ctx context.Context, at, etag string) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Accept", "application/json")
	if etag != "" {
		request.Header.Set("If-None-Match", etag)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxDocument+1))
	unchanged := response.StatusCode == http.StatusNotModified && etag != ""
	switch {
	case err != nil:
		return answer{}, fmt.Errorf("read %s: %w", at, err)
	case response.StatusCode != http.StatusOK && !unchanged:
		return answer{}, fmt.Errorf("%s answers %d", at, response.StatusCode)
	case len(body) > maxDocument:
		return answer{}, errors.New(at + " is too large")
	}
	return answer{response.StatusCode, body, response.Header.Get("ETag"), lifetime(response.Header)}, nil
}

// lifetime is how long an answer is fresh (RFC 9111 §4.2.1), within bounds.
func lifetime(h http.Header) time.Duration {
	for directive := range strings.SplitSeq(h.Get("Cache-Control"), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch strings.ToLower(name) {
		case "no-store", "no-cache":
			return shortestLife
		case "max-age":
			seconds, err := strconv.Atoi(strings.Trim(value, `"`))
			if err == nil {
				return min(max(time.Duration(min(seconds, 1<<30))*time.Second, shortestLife), longestLife)
			}
		}
	}
	return defaultLife
}
