package resource

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Require makes a middleware that serves only requests whose access token allows all of the
// scopes, and answers the others itself. What it serves finds the claims with FromContext.
//
//	mux.Handle("DELETE /posts/{id}", verifier.Require("MANAGE_POSTS")(http.HandlerFunc(remove)))
//
// It panics when one of them cannot be a scope (RFC 6749 §3.3), for that is a mistake in the program.
func (v *Verifier) Require(scopes ...string) func(http.Handler) http.Handler {
	MustBeScopes(scopes...)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			claims, err := v.Authenticate(r, scopes...)
			if err != nil {
				v.Refuse(w, err)
				return
			}
			next.ServeHTTP(w, r.WithContext(NewContext(r.Context(), claims)))
		})
	}
}

// Authenticate is what Require does before it serves, for frameworks of another kind: it verifies
// the access token of a request and checks that it allows all of the scopes. Refuse answers its
// errors, each of which is a *Refusal.
func (v *Verifier) Authenticate(r *http.Request, scopes ...string) (Claims, error) {
	token, err := bearer(r)
	if err != nil {
		return Claims{}, v.noted(err, scopes)
	}
	claims, err := v.Verify(r.Context(), token)
	if err != nil {
		return Claims{}, v.noted(err, scopes)
	}
	if !claims.Allows(scopes...) {
		return Claims{}, v.noted(insufficient(scopes), scopes)
	}
	return claims, nil
}

// noted logs a refusal, and lets whoever came without a token know what to ask for.
func (v *Verifier) noted(err error, scopes []string) error {
	var refusal *Refusal
	if errors.As(err, &refusal) && errors.Is(err, ErrNoToken) {
		refusal.Scope = scopes
	}
	v.options.Log.Debug("a request is refused", "err", err)
	return err
}

// bearer takes the token out of the Authorization header (RFC 6750 §2.1). Tokens in bodies and
// addresses end up in logs, so they are not looked for; one beside the header makes the request
// ambiguous.
func bearer(r *http.Request) (string, error) {
	sent := r.Header.Values("Authorization")
	if len(sent) == 0 {
		return "", noToken()
	}
	if len(sent) > 1 {
		return "", badRequest("There is more than one Authorization header.")
	}
	scheme, token, _ := strings.Cut(sent[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", noToken()
	}
	token = strings.Trim(token, " ")
	switch {
	case strings.Contains(r.URL.RawQuery, "access_token=") && r.URL.Query().Has("access_token"):
		return "", badRequest("The access token is sent in more than one way.")
	case !isToken68(token):
		return "", badRequest("The Authorization header is malformed.")
	}
	return token, nil
}

// isToken68 reports whether text is a b64token of RFC 6750 §2.1.
func isToken68(text string) bool {
	text = strings.TrimRight(text, "=")
	for i := range len(text) {
		c := text[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && strings.IndexByte("-._~+/", c) < 0 {
			return false
		}
	}
	return text != ""
}

// Refuse answers a request that is not served: the status, the challenge of RFC 6750 §3 (with
// resource_metadata of RFC 9728 §5.1), and the same as JSON. An error that is no *Refusal is answered
// as ErrUnavailable.
func (v *Verifier) Refuse(w http.ResponseWriter, err error) {
	var refusal *Refusal
	if !errors.As(err, &refusal) {
		refusal = unavailable(err, 0)
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "application/json")
	h.Set("X-Content-Type-Options", "nosniff")
	if refusal.Status == http.StatusServiceUnavailable {
		seconds := (refusal.RetryAfter + time.Second - 1) / time.Second
		h.Set("Retry-After", strconv.Itoa(int(seconds)))
	} else {
		h.Set("WWW-Authenticate", v.challenge(refusal))
	}
	w.WriteHeader(refusal.Status)
	_ = json.NewEncoder(w).Encode(refusal.body()) // whoever asked may be gone
}

func (r *Refusal) body() any {
	return struct {
		Code        string `json:"error"`
		Description string `json:"error_description"`
		Scope       string `json:"scope,omitempty"`
	}{firstOf(r.Code, "unauthorized"), firstOf(r.Description, "An access token is needed."), strings.Join(r.Scope, " ")}
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// challenge is the value of WWW-Authenticate. Who sent no token is told no error (RFC 6750 §3.1).
func (v *Verifier) challenge(r *Refusal) string {
	text := `Bearer realm="` + v.options.Realm + `"`
	for _, parameter := range [...]struct{ name, value string }{
		{"error", r.Code},
		{"error_description", r.Description},
		{"scope", strings.Join(r.Scope, " ")},
		{"resource_metadata", v.options.Metadata},
	} {
		if parameter.value != "" {
			text += ", " + parameter.name + `="` + parameter.value + `"`
		}
	}
	return text
}

// MustBeScopes panics when one of these cannot be a scope (RFC 6749 §3.3): a space, a quote or a
// character beyond ASCII is in it, or nothing.
func MustBeScopes(scopes ...string) {
	for _, s := range scopes {
		if s == "" || strings.Contains(s, " ") || quotable("scope", s) != nil {
			panic("resource: " + strconv.Quote(s) + " cannot be a scope")
		}
	}
}

type contextKey struct{}

// NewContext returns a context with the claims of a verified token, where FromContext finds them:
// for middleware of other frameworks, and for tests of what stands behind it.
func NewContext(ctx context.Context, c Claims) context.Context {
	return context.WithValue(ctx, contextKey{}, c)
}

// FromContext returns the claims of the token that a request was served for. Behind Require there
// always are some.
func FromContext(ctx context.Context) (Claims, bool) {
	c, ok := ctx.Value(contextKey{}).(Claims)
	return c, ok
}
