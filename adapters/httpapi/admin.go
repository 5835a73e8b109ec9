package httpapi

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"writ/application/introspect"
	"writ/application/investigate"
	"writ/application/signin"
	"writ/domain/account"
	"writ/domain/oauth"
	"writ/domain/session"
	"writ/ports"
)

// AdminUseCases are what whoever looks after the server may do.
type AdminUseCases struct {
	Who         *introspect.Administrator
	Events      *investigate.Events
	Moment      *investigate.Moment
	Explanation *investigate.Explanation
	Audit       *investigate.Audit
}

// adminEndpoints are those of whoever looks after the server. Nothing of them is shared with pages
// of other origins.
type adminEndpoints struct {
	events    adminEventEndpoint
	stream    adminStreamEndpoint
	questions adminQuestionEndpoint
	audit     adminAuditEndpoint
	inbox     adminInboxEndpoint
}

func newAdminEndpoints(cfg Config, uc UseCases, roles Roles, refuse refusals) adminEndpoints {
	admins := admins{roles.Gate, uc.Keys.Recognise, uc.Admin.Who, refuse}
	long := newPlaces(mostLongAnswers)
	return adminEndpoints{
		events:    adminEventEndpoint{admins, uc.Admin.Events},
		stream:    adminStreamEndpoint{admins, uc.Admin.Events, long, cfg.Streams.orUsual(), roles.Stopping},
		questions: adminQuestionEndpoint{admins, uc.Admin.Moment, uc.Admin.Explanation, roles.Clock},
		audit:     adminAuditEndpoint{admins, uc.Admin.Audit, long, cfg.Streams.orUsual()},
		inbox:     adminInboxEndpoint{admins, roles.Inbox},
	}
}

// admins lets those in who hold the permission: a person in a browser, a program with an access key
// of one, or a client with an access token that has the scope. Credentials that are sent
// deliberately go before a cookie, and bad ones are refused, never overlooked.
type admins struct {
	gate   Gate
	keys   *signin.RecogniseKey
	who    *introspect.Administrator
	refuse refusals
}

var (
	errNotAdmin = &problem{http.StatusForbidden, "permission_denied", "This is for administrators.", "Ask whoever runs this server for the permission."}
	errNothing  = &problem{http.StatusNotFound, "not_found", "Nothing is known of this.", "Check what you asked for."}
)

// credentials is what the request proves with who makes it.
func (a admins) credentials(c *gin.Context) (introspect.AdministratorQuery, error) {
	token, err := tokenInHeader(c.Request.Header.Values("Authorization"))
	if err == nil && hasQueryToken(c.Request) {
		err = errTwoTokens
	}
	var who signin.Recognised
	switch {
	case err != nil:
	case token == "":
		who, err = a.gate.Recognise(c)
	case strings.HasPrefix(token.Reveal(), account.KeyPrefix):
		who, err = a.keys.Execute(c.Request.Context(), signin.KeyCommand{Key: token, Source: c.ClientIP()})
	default:
		return introspect.AdministratorQuery{Token: token}, nil
	}
	return introspect.AdministratorQuery{Visitor: who.Visitor}, err
}

// admit answers whoever may not come in, and otherwise gives what to ask again with.
func (a admins) admit(c *gin.Context) (introspect.AdministratorQuery, bool) {
	asked, err := a.credentials(c)
	if err == nil {
		_, err = a.who.Execute(c.Request.Context(), asked)
	}
	if err != nil {
		a.challenge(c, err)
		a.answerProblem(c, err)
	}
	return asked, err == nil
}

// challenge says what would let the request in (RFC 6750 §3, RFC 9728 §5.1).
func (a admins) challenge(c *gin.Context, err error) {
	challenge := `Bearer realm="writ", resource_metadata="` + a.refuse.resource + `"`
	byToken := c.GetHeader("Authorization") != ""
	switch {
	case errors.Is(err, session.ErrNotSignedIn):
	case errors.Is(err, oauth.ErrTokenInvalid), errors.Is(err, signin.ErrKey):
		challenge += `, error="invalid_token"`
	case errors.Is(err, errTwoTokens):
		challenge += `, error="invalid_request"`
	case byToken && (errors.Is(err, introspect.ErrNeedsAdministrator) || errors.Is(err, introspect.ErrNotAdministrator)):
		challenge += `, error="insufficient_scope", scope="` + oauth.Administrator + `"`
	default:
		return
	}
	c.Header("WWW-Authenticate", challenge)
}

func (a admins) answerProblem(c *gin.Context, err error) {
	switch {
	case errors.Is(err, introspect.ErrNotAdministrator):
		err = errNotAdmin
	case errors.Is(err, ports.ErrNotFound), errors.Is(err, account.ErrUnknown):
		err = errNothing
	}
	a.refuse.person(c, err)
}

// answer answers with what run finds out, for those who may know.
func answerAdmin[T any](c *gin.Context, a admins, run func() (T, error)) {
	if _, may := a.admit(c); !may {
		return
	}
	told, err := run()
	if err != nil {
		a.answerProblem(c, err)
		return
	}
	answer(c, told)
}

// mostLongAnswers bounds how many answers that take long are given at a time: each holds a connection and a reader of
// the log.
const mostLongAnswers = 32

// places are a bounded number of places.
type places chan struct{}

func newPlaces(n int) places { return make(places, n) }

// take takes a place if one is free.
func (p places) take() bool {
	select {
	case p <- struct{}{}:
		return true
	default:
		return false
	}
}

func (p places) leave() { <-p }
