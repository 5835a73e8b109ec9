package httpapi

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"writ/application/signin"
)

// member is the part of an endpoint that only somebody who is signed in gets through.
type member struct {
	gate   Gate
	refuse refusals
}

// tell answers with what run gives the member who asks.
func tell[T any](c *gin.Context, m member, run func(context.Context, signin.Recognised) (T, error)) {
	var told T
	who, err := m.gate.Recognise(c)
	if err == nil {
		told, err = run(c.Request.Context(), who)
	}
	if err != nil {
		m.refuse.person(c, err)
		return
	}
	answer(c, told)
}

// act does what the member asks for, and answers only that it is done.
func (m member) act(c *gin.Context, run func(context.Context, signin.Recognised) error) {
	who, err := m.gate.Recognise(c)
	if err == nil {
		err = run(c.Request.Context(), who)
	}
	if err != nil {
		m.refuse.person(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

// listed is a list as it is shown: empty, and never absent.
func listed[Row, View any](rows []Row, show func(Row) View) []View {
	shown := make([]View, 0, len(rows))
	for _, row := range rows {
		shown = append(shown, show(row))
	}
	return shown
}
