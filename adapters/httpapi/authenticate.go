package httpapi

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"writ/domain/client"
	"writ/domain/oauth"
	"writ/ports"
)

var errTwoMethods = oauth.Refuse(oauth.InvalidRequest, "the client authenticated in two ways at once")

// maxClientID bounds what is looked up at all; no registered id is longer.
const maxClientID = 255

// credentialsOf finds how a client authenticates (RFC 6749 §2.3): by the header, in the body, or
// not at all.
func credentialsOf(r *http.Request, f form) (client.Credentials, error) {
	sent := r.Header.Values("Authorization")
	switch {
	case len(sent) > 1:
		return client.Credentials{}, client.ErrAuthentication
	case len(sent) == 1:
		return basicCredentials(sent[0], f)
	default:
		return bodyCredentials(f)
	}
}

// basicCredentials are those of the header. A client_id beside it that is the same is no second
// method.
func basicCredentials(header string, f form) (client.Credentials, error) {
	if f.value("client_secret") != "" || f.value("client_assertion") != "" {
		return client.Credentials{}, errTwoMethods
	}
	cred, ok := parseBasic(header)
	if beside := f.value("client_id"); !ok || beside != "" && beside != string(cred.ID) {
		return client.Credentials{}, client.ErrAuthentication
	}
	return cred, nil
}

func bodyCredentials(f form) (client.Credentials, error) {
	id, secret := f.value("client_id"), f.value("client_secret")
	switch {
	case secret != "" && f.value("client_assertion") != "":
		return client.Credentials{}, errTwoMethods
	case id == "", len(id) > maxClientID, f.value("client_assertion") != "":
		return client.Credentials{}, client.ErrAuthentication
	}
	cred := client.Credentials{ID: oauth.ClientID(id), Method: oauth.AuthNone}
	if secret != "" {
		cred.Method, cred.Secret = oauth.AuthClientSecretPost, oauth.Secret(secret)
	}
	return cred, nil
}

var strictBase64 = base64.StdEncoding.Strict()

// parseBasic reads the header of client_secret_basic: the pair is split at the first colon, and
// each half is form-encoded in itself (RFC 6749 §2.3.1, Appendix B).
func parseBasic(header string) (client.Credentials, bool) {
	scheme, encoded, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Basic") {
		return client.Credentials{}, false
	}
	pair, err := strictBase64.DecodeString(strings.TrimLeft(encoded, " "))
	name, password, found := strings.Cut(string(pair), ":")
	id, named := unescape(name)
	secret, readable := unescape(password)
	if err != nil || !found || !named || !readable || id == "" || len(id) > maxClientID {
		return client.Credentials{}, false
	}
	return client.Credentials{ID: oauth.ClientID(id), Method: oauth.AuthClientSecretBasic, Secret: oauth.Secret(secret)}, true
}

// authenticator lets clients act when it is their turn, and slows down whoever guesses their
// secrets.
type authenticator struct {
	failures  ports.Limits
	clock     ports.Clock
	admission *admission
}

// as runs act with the client's credentials. Failures are counted for the client and the source
// together, so that nobody locks a client out from elsewhere. An empty secret is no guess: stock
// libraries probe that way which method a client is registered with.
func (a authenticator) as(c *gin.Context, f form, act func(client.Credentials) error) error {
	cred, err := credentialsOf(c.Request, f)
	if err != nil {
		return err
	}
	key := string(cred.ID) + "\x00" + sourceOf(c)
	if wait := a.failures.Blocked(key, a.clock.Now()); wait > 0 {
		return &oauth.LimitError{RetryAfter: wait}
	}
	err = a.admission.enter(c.Request.Context())
	if err != nil {
		return err
	}
	defer a.admission.leave()
	err = act(cred)
	if errors.Is(err, client.ErrAuthentication) && cred.Secret != "" {
		a.failures.Fail(key, a.clock.Now())
	}
	return err
}
