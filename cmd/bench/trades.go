package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"

	"writ/domain/oauth"
)

// The trades that are measured, in the order of the report.
const (
	credentialsTrade = "client_credentials"
	refreshTrade     = "refresh_token"
	codeTrade        = "authorization_code"
)

// tokenPath is where the server trades.
const tokenPath = "/api/oauth/token"

// basic is how a client authenticates (RFC 6749 §2.3.1). Ids and secrets here need no escaping.
func basic(id oauth.ClientID, secret oauth.Secret) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(string(id)+":"+secret.Reveal()))
}

// checkAccess looks for a bearer token that is a JWS (RFC 6749 §5.1, RFC 9068).
func checkAccess(answer []byte) error {
	if strings.Count(member(answer, "access_token"), ".") != 2 || member(answer, "token_type") != "Bearer" {
		return fmt.Errorf("no access token in an answer of %d bytes", len(answer))
	}
	return nil
}

// credentials asks for the same again and again.
type credentials struct{ form string }

func newCredentials() credentials {
	return credentials{url.Values{"grant_type": {string(oauth.ClientCredentialsGrant)}}.Encode()}
}

func (c credentials) next(int) (string, bool) { return c.form, true }

func (credentials) take(_ int, answer []byte) error { return checkAccess(answer) }

// chainsEach is how many grants a connection refreshes in turn.
const chainsEach = 4

// chains are the refresh tokens of each connection: each is traded for its successor.
type chains [][]string

var errRotation = errors.New("the refresh token was not replaced by another")

func (c chains) next(connection int) (string, bool) {
	return "grant_type=refresh_token&refresh_token=" + c[connection][0], true
}

func (c chains) take(connection int, answer []byte) error {
	mine := c[connection]
	successor := member(answer, "refresh_token")
	if successor == "" || successor == mine[0] {
		return errRotation
	}
	copy(mine, mine[1:])
	mine[len(mine)-1] = successor
	return checkAccess(answer)
}

// redirectURI is where the codes would have been sent.
const redirectURI = "https://client.example.org/callback"

// codes are authorization codes that any connection may trade, each once.
type codes struct {
	mu    sync.Mutex
	forms []string
	keep  bool     // whether the refresh tokens that come of them are kept
	kept  []string // those
}

func (c *codes) add(code oauth.Opaque, verifier oauth.CodeVerifier) {
	form := url.Values{
		"grant_type": {string(oauth.AuthorizationCodeGrant)}, "code": {code.Reveal()},
		"redirect_uri": {redirectURI}, "code_verifier": {string(verifier)},
	}.Encode()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forms = append(c.forms, form)
}

// left is how many codes there are.
func (c *codes) left() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.forms)
}

func (c *codes) next(int) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.forms) == 0 {
		return "", false
	}
	form := c.forms[0]
	c.forms = c.forms[1:]
	return form, true
}

var errNoRefresh = errors.New("no refresh token came with a code: the scope needs offline_access")

func (c *codes) take(_ int, answer []byte) error {
	refresh := member(answer, "refresh_token")
	if refresh == "" {
		return errNoRefresh
	}
	if c.keep {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.kept = append(c.kept, refresh)
	}
	return checkAccess(answer)
}

// deal gives each connection its share of refresh tokens.
func deal(tokens []string, connections int) chains {
	c := make(chains, connections)
	for i, t := range tokens {
		c[i%connections] = append(c[i%connections], t)
	}
	return c
}
