package httpapi

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"writ/application/authorize"
	"writ/domain/client"
	"writ/domain/oauth"
	"writ/domain/session"
)

// authorizationEndpoint serves RFC 6749 §3.1 and OIDC Core §3.1.2.
type authorizationEndpoint struct {
	uc      *authorize.Begin
	pending *authorize.Pending
	gate    Gate
	at      addresses
	refuse  refusals
}

// begin takes a request, or goes on with one that was posted before.
func (e authorizationEndpoint) begin(c *gin.Context) {
	visitor, err := visitorOf(e.gate, c)
	if err != nil {
		e.refuse.page(c, err)
		return
	}
	cmd, err := e.command(c, visitor)
	if err != nil {
		e.refuse.page(c, err)
		return
	}
	outcome, err := e.uc.Execute(c.Request.Context(), cmd)
	if err != nil {
		e.refuse.page(c, err)
		return
	}
	redirect(c, http.StatusFound, e.target(c, cmd.Request, outcome))
}

// visitorOf is who is signed in, or nil.
func visitorOf(gate Gate, c *gin.Context) (*session.Visitor, error) {
	recognised, err := gate.Recognise(c)
	switch {
	case errors.Is(err, session.ErrNotSignedIn):
		return nil, nil
	case err != nil:
		return nil, err
	default:
		return &recognised.Visitor, nil
	}
}

func (e authorizationEndpoint) command(c *gin.Context, visitor *session.Visitor) (authorize.BeginCommand, error) {
	f := parseForm(c.Request.URL.RawQuery)
	cmd := authorize.BeginCommand{Visitor: visitor, Selected: oauth.AccountID(f.value("account"))}
	var err error
	if id := f.value("request_id"); id != "" {
		cmd.Resumed, err = e.pending.Resume(c.Request.Context(), id, visitor)
		cmd.Request = cmd.Resumed.Request
		return cmd, err
	}
	cmd.Request, err = requestOf(f)
	return cmd, err
}

// target is where the outcome leads.
func (e authorizationEndpoint) target(c *gin.Context, r authorize.Request, o authorize.Outcome) string {
	switch {
	case o.Location != "":
		return o.Location
	case o.SignIn != nil:
		return e.signIn(c, r, *o.SignIn)
	default:
		return with(e.at.consent, parameterOf("request_id", o.Consent.Reveal()), parameterOf("ui_locales", clipped(r.UILocales)))
	}
}

// signIn leads back here, with the request that waits or with the same query. What else stands in
// the query is for the page: whom to offer (login_hint), in which language, and how to sign in.
func (e authorizationEndpoint) signIn(c *gin.Context, r authorize.Request, s authorize.SignIn) string {
	back := e.at.authorize + "?" + c.Request.URL.RawQuery
	if s.RequestID != "" {
		back = e.at.authorize + "?request_id=" + s.RequestID
	}
	return with(e.at.login, parameterOf("return_url", back), parameterOf("prompt", s.Prompt), parameterOf("acr_values", s.ACR),
		parameterOf("login_hint", clipped(r.LoginHint)), parameterOf("ui_locales", clipped(r.UILocales)))
}

// maxHint is how much of a hint is handed on, in bytes: no address and no list of languages is longer.
const maxHint = 256

func clipped(hint string) string {
	if len(hint) > maxHint {
		return ""
	}
	return hint
}

// post keeps the request and leads to a GET, because a browser does not send the session's cookie
// with a POST from another site (OIDC Core §3.1.2.1). Nothing is kept for a client or a redirect
// URI that is in doubt.
func (e authorizationEndpoint) post(c *gin.Context) {
	id, err := e.store(c)
	if err != nil {
		e.refuse.page(c, err)
		return
	}
	redirect(c, http.StatusSeeOther, e.at.authorize+"?request_id="+id.Reveal())
}

func (e authorizationEndpoint) store(c *gin.Context) (oauth.Opaque, error) {
	f, err := readFaultyForm(c)
	if err != nil {
		return oauth.Opaque{}, err
	}
	request, err := requestOf(f)
	if err != nil {
		return oauth.Opaque{}, err
	}
	return e.uc.Store(c.Request.Context(), request)
}

// requestOf reads an authorization request. While the client and the redirect URI are readable, a
// fault elsewhere is told to the client, at that URI (RFC 6749 §4.1.2.1).
func requestOf(f form) (authorize.Request, error) {
	switch {
	case f.isFaulty("client_id"), f.isFaulty("redirect_uri"):
		return authorize.Request{}, errForm
	case f.value("client_id") == "":
		return authorize.Request{}, client.ErrUnknown
	}
	r := authorize.Request{
		Client:       oauth.ClientID(f.value("client_id")),
		Redirect:     oauth.RedirectURI(f.value("redirect_uri")),
		ResponseType: f.value("response_type"),
		Scope:        f.value("scope"),
		State:        f.sent("state"),
		Nonce:        f.value("nonce"),
		Challenge:    f.value("code_challenge"),
		Method:       f.value("code_challenge_method"),
		Resources:    f.resources,
		Prompt:       f.value("prompt"),
		MaxAge:       f.value("max_age"),
		ACRValues:    f.value("acr_values"),
		LoginHint:    f.value("login_hint"),
		IDTokenHint:  oauth.Secret(f.value("id_token_hint")),
		UILocales:    f.value("ui_locales"),
		Object:       f.value("request"),
		ObjectURI:    f.value("request_uri"),
		Registration: f.value("registration"),
	}
	// An answer in another mode than the client waits for would be lost (OAuth 2.0 Multiple
	// Response Types §2.1).
	if mode := f.value("response_mode"); f.check() != nil || mode != "" && mode != "query" {
		r.Faulty = errForm.Reason
	}
	return r, nil
}

// redirect leads a browser on, with a GET in any case: 302 after a GET and 303 after a POST.
func redirect(c *gin.Context, status int, location string) {
	c.Header("Location", location)
	c.Status(status)
}
