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

// visit is what a request carries from one step to the next.
type visit struct {
	trace   [1]string // as a header has it
	grant   string    // the grant type, at the token endpoint
	outcome string    // the error code, if there is one
}

// visitKey is where the visit is.
const visitKey = "writ.visit"

func visitOf(c *gin.Context) *visit {
	v, _ := c.Get(visitKey)
	return v.(*visit)
}

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
		v := &visit{trace: [1]string{entropy.ID()}, outcome: "ok"}
		c.Set(visitKey, v)
		c.Writer.Header()["X-Request-Id"] = v.trace[:]
	}
}

func traceOf(c *gin.Context) string { return visitOf(c).trace[0] }

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
		v, route := visitOf(c), routeOf(c)
		o.Request(route, v.grant, v.outcome, took.Seconds())
		if ctx := c.Request.Context(); log.Enabled(ctx, slog.LevelDebug) {
			log.DebugContext(ctx, "request", "method", c.Request.Method, "route", route,
				"status", c.Writer.Status(), "outcome", v.outcome, "took", took, "trace_id", v.trace[0])
		}
	}
}

// harden sets what every answer carries. An answer is not stored unless its route says so: most
// hold tokens, codes or personal data (RFC 6749 §5.1).
func harden(secure bool) gin.HandlerFunc {
	always := fixed("Cache-Control", "no-store", "Pragma", "no-cache", "X-Content-Type-Options", "nosniff", "Referrer-Policy", "no-referrer")
	if secure {
		always = append(always, fixed("Strict-Transport-Security", "max-age=31536000")...)
	}
	return always.set
}

// forPrograms takes away what says something to browsers alone, of answers that lead nowhere. The usual ones have
// eight headers then, which is as many as a map holds before it grows.
func forPrograms(c *gin.Context) { delete(c.Writer.Header(), "Referrer-Policy") }

// headers are headers that many answers have, which share their values: who changes one for an
// answer puts another value in its place.
type headers []struct {
	name  string
	value []string
}

// fixed makes headers of names, in their canonical form, and values.
func fixed(pairs ...string) headers {
	h := make(headers, len(pairs)/2)
	for i := range h {
		h[i].name, h[i].value = pairs[2*i], pairs[2*i+1:2*i+2:2*i+2]
	}
	return h
}

func (h headers) set(c *gin.Context) {
	all := c.Writer.Header()
	for _, f := range h {
		all[f.name] = f.value
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
		visitOf(c).outcome = errPanic.code
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
