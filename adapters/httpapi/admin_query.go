package httpapi

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"writ/application/investigate"
	"writ/domain/event"
	"writ/domain/oauth"
)

// What is wrong with the query of a request.
var (
	errFrom   = oauth.Refuse(oauth.InvalidRequest, "from is neither a position nor a time of RFC 3339")
	errLimit  = oauth.Refuse(oauth.InvalidRequest, "limit is not a number from 1 to 1000")
	errTime   = oauth.Refuse(oauth.InvalidRequest, "a time is not as RFC 3339 has it")
	errFormat = oauth.Refuse(oauth.InvalidRequest, "format is neither csv nor jsonl")
)

const (
	usualPage   = 100
	longestPage = 1000
	longestTerm = 2048 // of what is looked for, in bytes; no id is longer
)

// queryOf reads the query of a request. One with a fault is refused as a whole, like a form.
func queryOf(c *gin.Context) (form, error) {
	f := parseForm(c.Request.URL.RawQuery)
	return f, f.check()
}

// filterOf reads which events are wanted. Several kinds are separated by commas.
func filterOf(f form) (investigate.Filter, error) {
	filter := investigate.Filter{Client: oauth.ClientID(f.value("client")), Account: oauth.AccountID(f.value("account"))}
	if kinds := f.value("kind"); kinds != "" {
		filter.Kinds = strings.Split(kinds, ",")
	}
	if len(filter.Client) > longestTerm || len(filter.Account) > longestTerm {
		return filter, errForm
	}
	known := investigate.Kinds()
	if slices.ContainsFunc(filter.Kinds, func(k string) bool { return !slices.Contains(known, k) }) {
		return filter, investigate.ErrKind
	}
	return filter, nil
}

// fromOf reads where to begin: after a position, or at a time. Nothing is the beginning.
func fromOf(text string) (investigate.From, error) {
	if text == "" {
		return investigate.From{}, nil
	}
	if position, err := strconv.ParseInt(text, 10, 64); err == nil && position >= 0 {
		return investigate.From{Position: event.Position(position)}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return investigate.From{}, errFrom
	}
	return investigate.From{Time: at.UTC()}, nil
}

func limitOf(text string) (int, error) {
	if text == "" {
		return usualPage, nil
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 || limit > longestPage {
		return 0, errLimit
	}
	return limit, nil
}

// timeOf reads a time; usual is what none stands for.
func timeOf(text string, usual time.Time) (time.Time, error) {
	if text == "" {
		return usual, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, errTime
	}
	return at.UTC(), nil
}
