package httpapi

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"writ/domain/oauth"
	"writ/domain/session"
)

// problem is a refusal of the API for people: a stable code, what to tell the person, and what the
// person can do.
type problem struct {
	status    int
	code      string
	message   string
	suggested string
}

// Error implements error.
func (p *problem) Error() string { return p.code + ": " + p.message }

var (
	errSignIn      = &problem{http.StatusUnauthorized, "unauthenticated", "You are not signed in.", "Sign in and try again."}
	errCredentials = &problem{http.StatusUnauthorized, "invalid_credentials", "The handle or the password is wrong.", "Check both and try again."}
	errOrigin      = &problem{http.StatusForbidden, "cross_origin", "Another site sent this request.", "Open the page of this server and try again there."}
	errNoRoute     = &problem{http.StatusNotFound, "not_found", "There is nothing here.", "Check the address."}
	errMethod      = &problem{http.StatusMethodNotAllowed, "method_not_allowed", "This address does not take requests of this method.", "Use a method of the Allow header."}
	errPanic       = &problem{http.StatusInternalServerError, "server_error", "Something went wrong here.", "Try again later."}
)

// person answers the API that acts for a signed-in person.
func (w refusals) person(c *gin.Context, err error) {
	p := w.problem(c, err)
	visitOf(c).outcome = p.code
	if accepts(c, "application/problem+json") {
		c.Header("Content-Type", "application/problem+json")
		c.AbortWithStatusJSON(p.status, detailsOf(p, c))
		return
	}
	c.AbortWithStatusJSON(p.status, apiError{
		Error: p.code, Message: p.message, Suggested: p.suggested, Metadata: metadata{TraceID: traceOf(c)},
	})
}

func (w refusals) problem(c *gin.Context, err error) *problem {
	var known *problem
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, session.ErrNotSignedIn):
		return errSignIn
	}
	if p := told(err); p != nil {
		return p
	}
	v := w.verdict(c, err)
	return &problem{v.status, string(v.code), sentence(v.reason), suggestionFor(v)}
}

func suggestionFor(v verdict) string {
	switch {
	case v.retry > 0:
		return "Wait as long as the Retry-After header says, and try again."
	case v.code == oauth.InvalidRequest:
		return "Correct the request and try again."
	default:
		return "Ask whoever runs this server."
	}
}

// sentence makes a sentence for people of a reason for developers.
func sentence(reason string) string {
	if reason == "" {
		return ""
	}
	return strings.ToUpper(reason[:1]) + reason[1:] + "."
}

// apiError is the body of errors that are none of OAuth's.
type apiError struct {
	Error     string   `json:"error"`
	Message   string   `json:"message"`
	Suggested string   `json:"suggested"`
	Metadata  metadata `json:"metadata"`
}

type metadata struct {
	TraceID string `json:"trace_id"`
}

// problemDetails are the same facts in the form of RFC 9457.
type problemDetails struct {
	Type    string `json:"type"`
	Title   string `json:"title"`
	Status  int    `json:"status"`
	Detail  string `json:"detail"`
	TraceID string `json:"trace_id"`
}

func detailsOf(p *problem, c *gin.Context) problemDetails {
	return problemDetails{
		Type: "urn:writ:problem:" + p.code, Title: p.message, Status: p.status,
		Detail: p.suggested, TraceID: traceOf(c),
	}
}

// page answers a person in a browser, or a program that asks for JSON. Nothing is sent anywhere
// else, for where to is what is in doubt (RFC 6749 §4.1.2.1).
func (w refusals) page(c *gin.Context, err error) {
	var known *problem
	if errors.As(err, &known) { // told to a program, which sent more than a browser does
		w.person(c, err)
		return
	}
	var refusal *oauth.Error
	if errors.As(err, &refusal) && refusal.Code == oauth.InvalidClient {
		err = &fault{http.StatusBadRequest, refusal}
	}
	v := w.verdict(c, err)
	if accepts(c, jsonType) && !accepts(c, "text/html") {
		w.write(c, v)
		return
	}
	w.pages.Problem(c, v.status, err)
	c.Abort()
}

// accepts reports whether a media type is named in the Accept header.
func accepts(c *gin.Context, mediaType string) bool {
	return strings.Contains(strings.ToLower(c.GetHeader("Accept")), mediaType)
}
