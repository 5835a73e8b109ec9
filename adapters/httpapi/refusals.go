package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
)

// statusOf is the whole translation of refusals into statuses.
var statusOf = map[oauth.ErrorCode]int{
	oauth.InvalidRequest:          http.StatusBadRequest,
	oauth.InvalidClient:           http.StatusUnauthorized,
	oauth.InvalidGrant:            http.StatusBadRequest,
	oauth.InvalidScope:            http.StatusBadRequest,
	oauth.InvalidTarget:           http.StatusBadRequest,
	oauth.InvalidToken:            http.StatusUnauthorized,
	oauth.InsufficientScope:       http.StatusForbidden,
	oauth.UnauthorizedClient:      http.StatusBadRequest,
	oauth.UnsupportedGrantType:    http.StatusBadRequest,
	oauth.UnsupportedResponseType: http.StatusBadRequest,
	oauth.AccessDenied:            http.StatusBadRequest,
	oauth.AuthorizationPending:    http.StatusBadRequest,
	oauth.SlowDown:                http.StatusBadRequest,
	oauth.ExpiredToken:            http.StatusBadRequest,
	oauth.ServerError:             http.StatusInternalServerError,
	oauth.TemporarilyUnavailable:  http.StatusServiceUnavailable,
	oauth.LoginRequired:           http.StatusBadRequest,
	oauth.ConsentRequired:         http.StatusBadRequest,
	oauth.RequestNotSupported:     http.StatusBadRequest,
	oauth.RequestURINotSupported:  http.StatusBadRequest,
	oauth.RegistrationUnsupported: http.StatusBadRequest,
	oauth.UnsupportedTokenType:    http.StatusBadRequest,
	oauth.TooManyRequests:         http.StatusTooManyRequests,
}

// fault is a refusal with a status of its own: of HTTP rather than of OAuth.
type fault struct {
	status  int
	refusal *oauth.Error
}

// Error implements error.
func (f *fault) Error() string { return f.refusal.Error() }

// Unwrap gives the refusal.
func (f *fault) Unwrap() error { return f.refusal }

// verdict is what an error means to whoever asked.
type verdict struct {
	status int
	code   oauth.ErrorCode
	reason string
	retry  time.Duration // how long to wait; zero: nothing is said
	outage error         // what only the log may know
}

// judge translates an error. Whatever is not a refusal is an outage, which says nothing about
// anybody's credentials (RFC 6749 §4.1.2.1).
func judge(err error) verdict {
	var limit *oauth.LimitError
	var special *fault
	var refusal *oauth.Error
	switch {
	case errors.As(err, &limit):
		return verdict{status: http.StatusTooManyRequests, code: oauth.TooManyRequests, reason: "tried too often; wait and try again", retry: limit.RetryAfter}
	case errors.As(err, &special):
		return verdict{status: special.status, code: special.refusal.Code, reason: special.refusal.Reason}
	case errors.As(err, &refusal):
		return verdict{status: statusOf[refusal.Code], code: refusal.Code, reason: refusal.Reason}
	case errors.Is(err, errBusy), errors.Is(err, ports.ErrOverloaded):
		return unavailable
	default:
		v := unavailable
		v.outage = err
		return v
	}
}

// unavailable is the verdict when there is too much to do. It is not logged, which would be more
// to do; the observer counts it.
var unavailable = verdict{
	status: http.StatusServiceUnavailable, code: oauth.TemporarilyUnavailable,
	reason: "the server cannot answer now; try again", retry: time.Second,
}

// refusals writes what is not granted: one method for each kind of reader.
type refusals struct {
	log      *slog.Logger
	pages    Pages
	resource string // where the metadata of the API as a protected resource is (RFC 9728 §3)
}

// protocolError is the body of an error of OAuth (RFC 6749 §5.2).
type protocolError struct {
	Error       oauth.ErrorCode `json:"error"`
	Description string          `json:"error_description,omitempty"`
}

// protocol answers a client of OAuth. Whoever failed to authenticate is told the one scheme there
// is, also when the secret came in the body.
func (w refusals) protocol(c *gin.Context, err error) {
	v := w.verdict(c, err)
	if v.code == oauth.InvalidClient {
		c.Header("WWW-Authenticate", `Basic realm="writ"`)
	}
	w.write(c, v)
}

// consent answers a page of another frontend, where an unknown client is no failed authentication.
func (w refusals) consent(c *gin.Context, err error) {
	var refusal *oauth.Error
	var known *problem
	switch {
	case errors.Is(err, session.ErrNotSignedIn), errors.As(err, &known):
		w.person(c, err)
	case errors.As(err, &refusal) && refusal.Code == oauth.InvalidClient:
		w.write(c, w.verdict(c, &fault{http.StatusBadRequest, refusal}))
	default:
		w.write(c, w.verdict(c, err))
	}
}

// bearer answers whoever holds an access token, with a challenge (RFC 6750 §3, RFC 9728 §5.1).
func (w refusals) bearer(c *gin.Context, err error) {
	challenge := `Bearer realm="writ", resource_metadata="` + w.resource + `"`
	if errors.Is(err, errNoToken) {
		c.Header("WWW-Authenticate", challenge)
		w.person(c, session.ErrNotSignedIn)
		return
	}
	v := w.verdict(c, err)
	if v.status < http.StatusInternalServerError && v.code != oauth.TooManyRequests {
		challenge += `, error="` + string(v.code) + `", error_description="` + v.reason + `"`
		if v.code == oauth.InsufficientScope {
			challenge += `, scope="` + oauth.OpenID + `"`
		}
		c.Header("WWW-Authenticate", challenge)
	}
	w.write(c, v)
}

func (w refusals) write(c *gin.Context, v verdict) {
	c.AbortWithStatusJSON(v.status, protocolError{Error: v.code, Description: v.reason})
}

// verdict judges, tells the log what only it may know, and says when to come back.
func (w refusals) verdict(c *gin.Context, err error) verdict {
	v := judge(err)
	if v.outage != nil {
		w.logOutage(c, v.outage)
	}
	if v.retry > 0 {
		c.Header("Retry-After", strconv.Itoa(max(1, int(math.Ceil(v.retry.Seconds())))))
	}
	visitOf(c).outcome = string(v.code)
	return v
}

// logOutage leaves out who asked for what. That a client went away is no outage.
func (w refusals) logOutage(c *gin.Context, err error) {
	level := slog.LevelError
	if errors.Is(c.Request.Context().Err(), context.Canceled) {
		level = slog.LevelDebug
	}
	w.log.Log(c.Request.Context(), level, "request not answered",
		"route", routeOf(c), "trace_id", traceOf(c), "err", err)
}
