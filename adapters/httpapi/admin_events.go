package httpapi

import (
	"time"

	"github.com/gin-gonic/gin"

	"writ/application/investigate"
	"writ/domain/event"
	"writ/domain/oauth"
	"writ/ports"
)

// adminEventEndpoint shows what the log says, without personal data.
type adminEventEndpoint struct {
	admins

	events *investigate.Events
}

// loggedEvent is one fact of the log.
type loggedEvent struct {
	Position event.Position `json:"position"`
	ID       string         `json:"id"`
	Stream   string         `json:"stream"`
	Version  event.Version  `json:"version"`
	Name     string         `json:"name"`
	At       time.Time      `json:"at"`
	Cause    string         `json:"cause,omitempty"`
	Client   string         `json:"client_id,omitempty"`
	Account  string         `json:"account_id,omitempty"`
	What     string         `json:"what"` // a sentence
	Says     map[string]any `json:"data"`
}

func loggedEventOf(r ports.Record) loggedEvent {
	e := loggedEvent{
		Position: r.Position, ID: r.ID, Stream: r.Stream.String(), Version: r.Version, Name: r.Name, At: r.At,
		Cause: r.Cause, Client: r.Client, Account: r.Account, What: investigate.Sentence(r), Says: r.Says,
	}
	if e.Says == nil {
		e.Says = map[string]any{}
	}
	return e
}

// loggedPage is a part of the log. A page without events is not the end unless next is head.
type loggedPage struct {
	Events []loggedEvent  `json:"events"`
	Next   event.Position `json:"next"`
	Head   event.Position `json:"head"`
}

func (e adminEventEndpoint) list(c *gin.Context) {
	answerAdmin(c, e.admins, func() (loggedPage, error) {
		query, err := queryOf(c)
		if err != nil {
			return loggedPage{}, err
		}
		filter, err := filterOf(query)
		if err != nil {
			return loggedPage{}, err
		}
		from, err := fromOf(query.value("from"))
		if err != nil {
			return loggedPage{}, err
		}
		limit, err := limitOf(query.value("limit"))
		if err != nil {
			return loggedPage{}, err
		}
		p, err := e.events.Page(c.Request.Context(), from, filter, limit)
		return loggedPage{listed(p.Events, loggedEventOf), p.Next, p.Head}, err
	})
}

func (e adminEventEndpoint) show(c *gin.Context) {
	answerAdmin(c, e.admins, func() (loggedEvent, error) {
		r, err := e.events.Show(c.Request.Context(), idIn(c))
		if err != nil {
			return loggedEvent{}, err
		}
		return loggedEventOf(r), nil
	})
}

// adminQuestionEndpoint answers questions about what was, and why.
type adminQuestionEndpoint struct {
	admins

	moment      *investigate.Moment
	explanation *investigate.Explanation
	clock       ports.Clock
}

func (e adminQuestionEndpoint) at(c *gin.Context) {
	answerAdmin(c, e.admins, func() (investigate.Picture, error) {
		query, err := queryOf(c)
		if err != nil {
			return investigate.Picture{}, err
		}
		at, err := timeOf(query.value("time"), e.clock.Now())
		if err != nil {
			return investigate.Picture{}, err
		}
		return e.moment.Execute(c.Request.Context(), investigate.MomentCommand{Account: oauth.AccountID(idIn(c)), At: at})
	})
}

// explained is the body that asks where something came from. It is in a body because it may be a
// token, and addresses are logged.
type explained struct {
	Of string `json:"of"`
}

func (e adminQuestionEndpoint) explain(c *gin.Context) {
	answerAdmin(c, e.admins, func() (investigate.Chain, error) {
		var body explained
		err := readJSON(c, &body, func() []string { return []string{body.Of} })
		if err == nil && body.Of == "" {
			err = errJSON
		}
		if err != nil {
			return investigate.Chain{}, err
		}
		return e.explanation.Execute(c.Request.Context(), investigate.ExplainCommand{Of: oauth.Secret(body.Of)})
	})
}
