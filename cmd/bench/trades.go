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
type credentials struct{ head, form string }

func newCredentials(head string) credentials {
	return credentials{head, url.Values{"grant_type": {string(oauth.ClientCredentialsGrant)}}.Encode()}
}

func (t credentials) do(c *conn, _ int) error {
	body, err := good(c.post(t.head, t.form))
	if err != nil {
		return err
	}
	return checkAccess(body)
}

// chainsEach is how many grants a connection refreshes in turn.
const chainsEach = 4

// chains are the refresh tokens of each connection: each is traded for its successor.
type chains struct {
	head   string
	tokens [][]string
}

// deal gives each connection its share of refresh tokens.
func deal(head string, tokens []string, connections int) *chains {
	t := &chains{head, make([][]string, connections)}
	for i, token := range tokens {
		t.tokens[i%connections] = append(t.tokens[i%connections], token)
	}
	return t
}

var errRotation = errors.New("the refresh token was not replaced by another")

func (t *chains) do(c *conn, number int) error {
	_, err := t.refresh(c, number)
	return err
}

// refresh refreshes the next grant of a connection, and gives the answer.
func (t *chains) refresh(c *conn, number int) ([]byte, error) {
	mine := t.tokens[number]
	body, err := good(c.post(t.head, refreshForm+mine[0]))
	if err != nil {
		return nil, err
	}
	successor := member(body, "refresh_token")
	if successor == "" || successor == mine[0] {
		return nil, errRotation
	}
	copy(mine, mine[1:])
	mine[len(mine)-1] = successor
	return body, checkAccess(body)
}

const refreshForm = "grant_type=refresh_token&refresh_token="

// redirectURI is where the codes would have been sent.
const redirectURI = "https://client.example.org/callback"

// codes are authorization codes that any connection may trade, each once.
type codes struct {
	head string
	ids  bool // an ID token has to come with each

	mu    sync.Mutex
	forms []form
	later int    // that were refused first, and were good later
	keep  bool   // whether what comes of them is kept
	kept  []pair // that
}

// form is a code as it is traded.
type form struct {
	text    string
	refused bool // before, at least once
}

// pair is what a code was traded for.
type pair struct{ access, refresh string }

func (t *codes) add(code string, verifier oauth.CodeVerifier) {
	t.put(form{text: url.Values{
		"grant_type": {string(oauth.AuthorizationCodeGrant)}, "code": {code},
		"redirect_uri": {redirectURI}, "code_verifier": {string(verifier)},
	}.Encode()})
}

func (t *codes) put(f form) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.forms = append(t.forms, f)
}

// left is how many codes there are.
func (t *codes) left() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.forms)
}

func (t *codes) next() (form, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.forms) == 0 {
		return form{}, false
	}
	f := t.forms[0]
	t.forms = t.forms[1:]
	return f, true
}

// do trades a code. One that was refused for now is put back: it must be good later.
func (t *codes) do(c *conn, _ int) error {
	f, more := t.next()
	if !more {
		return errNothingLeft
	}
	body, err := good(c.post(t.head, f.text))
	var refused *refusal
	if errors.As(err, &refused) {
		t.put(form{f.text, true})
	}
	if err != nil {
		return err
	}
	return t.take(body, f.refused)
}

var (
	errNoRefresh = errors.New("no refresh token came with a code: the scope needs offline_access")
	errNoID      = errors.New("no ID token came with a code")
)

func (t *codes) take(body []byte, refused bool) error {
	refresh := member(body, "refresh_token")
	switch {
	case refresh == "":
		return errNoRefresh
	case t.ids && member(body, "id_token") == "":
		return errNoID
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if refused {
		t.later++
	}
	if t.keep {
		t.kept = append(t.kept, pair{member(body, "access_token"), refresh})
	}
	return checkAccess(body)
}
