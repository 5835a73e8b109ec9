package upstream

import (
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"code.dny.dev/ssrf"
)

const (
	connectWithin = 5 * time.Second
	answerWithin  = 8 * time.Second
	largestAnswer = 1 << 20 // bytes
)

// newClient makes a client that connects only to where a provider may be. What a discovery document
// names could be any address, so it is looked at when it is dialled, after its name was resolved. It
// follows no redirects and no proxy.
func newClient(issuer *url.URL, networks []netip.Prefix) *http.Client {
	dialer := &net.Dialer{Timeout: connectWithin, Control: ssrf.New(allowed(issuer, networks)...).Safe}
	return &http.Client{
		Timeout: answerWithin,
		Transport: bounded{&http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: connectWithin, MaxIdleConnsPerHost: 2,
			IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true,
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func allowed(issuer *url.URL, networks []netip.Prefix) []ssrf.Option {
	if isLoopback(issuer.Hostname()) {
		networks = append(networks[:len(networks):len(networks)], netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"))
		return append(within(networks), ssrf.WithAnyPort())
	}
	ports := []uint16{443}
	if port, err := strconv.ParseUint(issuer.Port(), 10, 16); err == nil {
		ports = append(ports, uint16(port))
	}
	return append(within(networks), ssrf.WithPorts(ports...))
}

func within(networks []netip.Prefix) []ssrf.Option {
	var v4, v6 []netip.Prefix
	for _, n := range networks {
		if n.Addr().Is4() {
			v4 = append(v4, n)
		} else {
			v6 = append(v6, n)
		}
	}
	return []ssrf.Option{ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...)}
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// bounded cuts answers off that are larger than any that is meant to be read.
type bounded struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(answer.Body, largestAnswer), answer.Body}
	return answer, nil
}
