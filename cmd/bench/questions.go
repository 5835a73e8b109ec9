package main

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"sync/atomic"

	"writ/domain/oauth"
)

// The paths of what only asks.
const (
	introspectPath = "/api/oauth/introspect"
	userinfoPath   = "/api/oauth/userinfo"
	discoveryPath  = "/.well-known/openid-configuration"
	keySetPath     = "/api/oauth/jwks"
	devicePath     = "/api/oauth/device_authorization"
)

// document is read again and again.
type document struct {
	request string
	mark    []byte // stands in it
}

var errDocument = errors.New("the document is not what was asked for")

func (t document) do(c *conn, _ int) error {
	body, err := good(c.get(t.request, endOfHead))
	if err == nil && !bytes.Contains(body, t.mark) {
		err = errDocument
	}
	return err
}

// pile is tokens that questions are about: each once, or all of them over and over.
type pile struct {
	tokens []string
	over   bool
	taken  atomic.Int64
}

func (p *pile) next() (string, error) {
	i := int(p.taken.Add(1)) - 1
	if p.over {
		return p.tokens[i%len(p.tokens)], nil
	}
	if i >= len(p.tokens) {
		return "", errNothingLeft
	}
	return p.tokens[i], nil
}

// introspection asks about tokens (RFC 7662).
type introspection struct {
	head string
	pile *pile
}

var errInactive = errors.New("a live token is not active")

func (t introspection) do(c *conn, _ int) error {
	token, err := t.pile.next()
	if err != nil {
		return err
	}
	body, err := good(c.post(t.head, "token="+token))
	if err == nil && !bytes.Contains(body, []byte(`"active":true`)) {
		err = errInactive
	}
	return err
}

// userinfo asks who granted tokens (OIDC Core §5.3).
type userinfo struct {
	request string
	pile    *pile
}

var errNobody = errors.New("userinfo tells of nobody")

func (t userinfo) do(c *conn, _ int) error {
	token, err := t.pile.next()
	if err != nil {
		return err
	}
	body, err := good(c.get(t.request, "\r\nAuthorization: Bearer ", token, endOfHead))
	if err == nil && member(body, "sub") == "" {
		err = errNobody
	}
	return err
}

// devices begins device authorizations and polls each once (RFC 8628 §3.1, §3.4).
type devices struct{ beginHead, pollHead, begin, poll string }

func newDevices(address string, id oauth.ClientID, scope oauth.Scope) devices {
	return devices{
		beginHead: headOf(address, devicePath, ""), pollHead: headOf(address, tokenPath, ""),
		begin: url.Values{"client_id": {string(id)}, "scope": {string(scope)}}.Encode(),
		poll:  url.Values{"client_id": {string(id)}, "grant_type": {string(oauth.DeviceCodeGrant)}}.Encode() + "&device_code=",
	}
}

var errPending = errors.New("the poll of a new code is not pending")

func (t devices) do(c *conn, _ int) error {
	body, err := good(c.post(t.beginHead, t.begin))
	if err != nil {
		return err
	}
	a, err := c.post(t.pollHead, t.poll+member(body, "device_code"))
	body, err = expect(http.StatusBadRequest, a, err)
	if err == nil && member(body, "error") != "authorization_pending" {
		err = errPending
	}
	return err
}
