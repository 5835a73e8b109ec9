package httpapi

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"writ/domain/oauth"
)

// maxBody bounds every request body, in bytes.
const maxBody = 64 << 10

// Faults of a body.
var (
	errEncoding = &fault{http.StatusUnsupportedMediaType, oauth.Refuse(oauth.InvalidRequest, "the body must not have a Content-Encoding")}
	errTooLarge = &fault{http.StatusRequestEntityTooLarge, oauth.Refuse(oauth.InvalidRequest, "the body has more than 64 KiB")}
	errBroken   = oauth.Refuse(oauth.InvalidRequest, "the body could not be read")
	errNotForm  = oauth.Refuse(oauth.InvalidRequest, "the body must be application/x-www-form-urlencoded")
	errNotJSON  = &fault{http.StatusUnsupportedMediaType, oauth.Refuse(oauth.InvalidRequest, "the body must be application/json")}
	errJSON     = oauth.Refuse(oauth.InvalidRequest, "the body is not the JSON that is expected here")
)

const (
	formType = "application/x-www-form-urlencoded"
	jsonType = "application/json"
)

// readForm reads the form in the body. Parameters in the query are none of its (RFC 6749 §2.3.1).
func readForm(c *gin.Context) (form, error) {
	f, err := readFaultyForm(c)
	if err != nil {
		return form{}, err
	}
	return f, f.check()
}

// readFaultyForm reads the form in the body, and leaves it to the caller to look for faults in it.
func readFaultyForm(c *gin.Context) (form, error) {
	if !hasMediaType(c.Request, formType) {
		return form{}, errNotForm
	}
	in := intakes.Get().(*intake)
	defer in.release()
	body, err := in.read(c)
	if err != nil {
		return form{}, err
	}
	return parseForm(string(body)), nil
}

// readJSON reads the JSON in the body into a struct. The strings in it are text: a replacement
// character stands for a lone surrogate, which is none.
func readJSON(c *gin.Context, into any, texts func() []string) error {
	if !hasMediaType(c.Request, jsonType) {
		return errNotJSON
	}
	in := intakes.Get().(*intake)
	defer in.release()
	body, err := in.read(c)
	if err != nil {
		return err
	}
	if !utf8.Valid(body) || json.Unmarshal(body, into) != nil {
		return errJSON
	}
	for _, text := range texts() {
		if !isText(text) || strings.ContainsRune(text, utf8.RuneError) {
			return errJSON
		}
	}
	return nil
}

// hasMediaType compares the media type in any letter case and with any parameters.
func hasMediaType(r *http.Request, want string) bool {
	sent := r.Header.Values("Content-Type")
	if len(sent) != 1 || sent[0] == want {
		return len(sent) == 1
	}
	got, _, err := mime.ParseMediaType(sent[0])
	return got == want && (err == nil || errors.Is(err, mime.ErrInvalidMediaParameter))
}
