package httpapi

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"writ/ports"
)

// Keys of what a request carries from one step to the next.
const (
	traceKey   = "writ.trace"
	outcomeKey = "writ.outcome"
	grantKey   = "writ.grant"
)

// requestTimeout bounds how long a use case may take.
const requestTimeout = 10 * time.Second

// Observer counts and times requests. It is safe for concurrent use.
type Observer interface {
	// Request notes an answered request. route is the pattern of its path, or "none"; grant is
	// the grant type at the token endpoint, else empty; outcome is "ok" or an error code. All
	// have few values, whoever asks.
	Request(route, grant, outcome string, seconds float64)
}

// trace gives each request an id, which its error and its log lines name.
func trace(entropy ports.Entropy) gin.HandlerFunc {
	return func(c *gin.Context) {
		id := entropy.ID()
		c.Set(traceKey, id)
		c.Header("X-Request-Id", id)
	}
}

func traceOf(c *gin.Context) string { return c.GetString(traceKey) }

func routeOf(c *gin.Context) string {
	if path := c.FullPath(); path != "" {
		return path
	}
	return "none"
}

// observe tells the observer and the log of each request: never of its query, its header or its
// body, where secrets are.
func observe(o Observer, log *slog.Logger, clock ports.Clock) gin.HandlerFunc {
	return func(c *gin.Context) {
		start := clock.Now()
		c.Next()
		took := clock.Now().Sub(start)
		o.Request(routeOf(c), c.GetString(grantKey), outcomeOf(c), took.Seconds())
		log.DebugContext(c.Request.Context(), "request", "method", c.Request.Method, "route", routeOf(c),
			"status", c.Writer.Status(), "outcome", outcomeOf(c), "took", took, "trace_id", traceOf(c))
	}
}

func outcomeOf(c *gin.Context) string {
	if outcome := c.GetString(outcomeKey); outcome != "" {
		return outcome
	}
	return "ok"
}

// harden sets what every answer carries. An answer is not stored unless its route says so: most
// hold tokens, codes or personal data (RFC 6749 §5.1).
func harden(secure bool) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Header("Cache-Control", "no-store")
		c.Header("Pragma", "no-cache")
		c.Header("X-Content-Type-Options", "nosniff")
		c.Header("Referrer-Policy", "no-referrer")
		if secure {
			c.Header("Strict-Transport-Security", "max-age=31536000")
		}
	}
}

// limitTime ends the context of a request that takes too long.
func limitTime(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), requestTimeout)
	defer cancel()
	c.Request = c.Request.WithContext(ctx)
	c.Next()
}

// recoverPanic answers for a step that panicked. What it panicked with may hold a secret, so the
// log gets it only when it comes from the runtime.
func (w refusals) recoverPanic(c *gin.Context) {
	defer func() {
		cause := recover()
		if cause == nil {
			return
		}
		if err, is := cause.(error); is && errors.Is(err, http.ErrAbortHandler) {
			panic(cause)
		}
		w.log.ErrorContext(c.Request.Context(), "request panicked", "route", routeOf(c), "trace_id", traceOf(c),
			"cause", harmless(cause), "stack", string(bytes.TrimSpace(debug.Stack())))
		w.afterPanic(c)
	}()
	c.Next()
}

func harmless(cause any) string {
	if err, is := cause.(runtime.Error); is {
		return err.Error()
	}
	return "a value that is not shown"
}

func (w refusals) afterPanic(c *gin.Context) {
	c.Abort()
	switch {
	case c.Writer.Written():
	case isProtocol(c.Request.URL.Path):
		c.Set(outcomeKey, errPanic.code)
		c.AbortWithStatusJSON(errPanic.status, protocolError{Error: "server_error", Description: "something went wrong here"})
	default:
		w.person(c, errPanic)
	}
}

// isProtocol reports whether clients of OAuth, rather than people, read what a path answers.
func isProtocol(path string) bool { return strings.HasPrefix(path, "/api/oauth/") }

// isForPrograms reports whether programs read what a path answers.
func isForPrograms(path string) bool {
	return strings.HasPrefix(path, "/api/") || path == "/api" || strings.HasPrefix(path, "/.well-known/")
}
