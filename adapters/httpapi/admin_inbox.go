package httpapi

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"writ/domain/oauth"
	"writ/ports"
)

// adminInboxEndpoint shows what other services told of accounts in vain, and follows what they told
// again.
type adminInboxEndpoint struct {
	admins

	inbox ports.Inbox
}

var (
	errPlace  = oauth.Refuse(oauth.InvalidRequest, "a place is a number")
	errReplay = oauth.Refuse(oauth.InvalidRequest, "from is neither the place of a message nor a time of RFC 3339")
)

// RejectedMessage is a message that could not be followed, as it is told here and by the command line.
// Its body is told of one alone.
type RejectedMessage struct {
	Place    uint64    `json:"place,omitempty"`
	Message  uint64    `json:"message,omitempty"` // its place among all that was told
	At       time.Time `json:"at"`
	Subject  string    `json:"subject"`
	ID       string    `json:"id,omitempty"`
	Reason   string    `json:"reason"`
	Size     int       `json:"size"`
	Body     *string   `json:"body,omitempty"`
	Encoding string    `json:"body_encoding,omitempty"` // base64 of what is no text
	Cut      bool      `json:"body_cut,omitempty"`
}

// RejectedMessageOf tells of a rejection, without its body.
func RejectedMessageOf(r ports.Rejection) RejectedMessage {
	return RejectedMessage{
		Place: r.Place, Message: r.Message, At: r.At, Subject: r.Subject, ID: r.ID, Reason: r.Reason, Size: r.Size,
	}
}

// mostShown bounds the part of a body that is shown, in bytes.
const mostShown = 64 << 10

// With adds the body: text as it is, anything else in base64.
func (m RejectedMessage) With(body []byte) RejectedMessage {
	m.Cut = len(body) > mostShown
	shown := body[:min(len(body), mostShown)]
	text := strings.ToValidUTF8(string(shown), "") // a cut goes through a character
	if !utf8.Valid(body) {
		text, m.Encoding = base64.StdEncoding.EncodeToString(shown), "base64"
	}
	m.Body = &text
	return m
}

type rejectedList struct {
	Rejected []RejectedMessage `json:"rejected"`
	Next     uint64            `json:"next"` // what comes after the last of them
}

func (e adminInboxEndpoint) list(c *gin.Context) {
	answerAdmin(c, e.admins, func() (rejectedList, error) {
		query, err := queryOf(c)
		if err != nil {
			return rejectedList{}, err
		}
		after, err := placeOf(query.value("after"))
		if err != nil {
			return rejectedList{}, err
		}
		limit, err := limitOf(query.value("limit"))
		if err != nil {
			return rejectedList{}, err
		}
		found, err := e.inbox.Rejected(c.Request.Context(), after, limit)
		l := rejectedList{listed(found, RejectedMessageOf), after}
		if len(found) > 0 {
			l.Next = found[len(found)-1].Place
		}
		return l, err
	})
}

func placeOf(text string) (uint64, error) {
	if text == "" {
		return 0, nil
	}
	place, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return 0, errPlace
	}
	return place, nil
}

func (e adminInboxEndpoint) show(c *gin.Context) {
	answerAdmin(c, e.admins, func() (RejectedMessage, error) {
		place, err := placeOf(c.Param("place"))
		if err != nil {
			return RejectedMessage{}, ports.ErrNotFound
		}
		r, err := e.inbox.Rejection(c.Request.Context(), place)
		return RejectedMessageOf(r).With(r.Body), err
	})
}

// replayBody is the body that asks for a replay. From is a number, or a string with a time.
type replayBody struct {
	From    json.RawMessage `json:"from"`
	Account string          `json:"account"`
	DryRun  bool            `json:"dry_run"`
	Limit   int             `json:"limit"`
}

// replayedAnswer is how far a replay got: what is not done goes on with from: next.
type replayedAnswer struct {
	DryRun   bool              `json:"dry_run"`
	Seen     int               `json:"seen"`
	Followed int               `json:"followed"`
	Changed  int               `json:"changed"`
	Refused  int               `json:"refused"`
	Next     uint64            `json:"next,omitempty"`
	Done     bool              `json:"done"`
	Refusals []RejectedMessage `json:"refusals"`
}

// usualReplay bounds what one request replays, so that it ends in time; the answer says where to go
// on.
const usualReplay = 1000

func (e adminInboxEndpoint) replay(c *gin.Context) {
	answerAdmin(c, e.admins, func() (replayedAnswer, error) {
		what, err := replayOf(c)
		if err != nil {
			return replayedAnswer{}, err
		}
		so, err := e.inbox.Replay(c.Request.Context(), what)
		if err != nil && c.Request.Context().Err() != nil && so.Seen > 0 {
			err = nil // the time was short, and the answer says where to go on
		}
		return replayedAnswer{
			what.DryRun, so.Seen, so.Followed, so.Changed, so.Refused, so.Next, so.Done, listed(so.Refusals, RejectedMessageOf),
		}, err
	})
}

func replayOf(c *gin.Context) (ports.Replay, error) {
	var body replayBody
	err := readJSON(c, &body, func() []string { return []string{body.Account} })
	if err != nil {
		return ports.Replay{}, err
	}
	what := ports.Replay{Account: body.Account, DryRun: body.DryRun, Limit: body.Limit}
	if what.Limit < 1 || what.Limit > usualReplay {
		what.Limit = usualReplay
	}
	var place uint64
	var since time.Time
	switch {
	case json.Unmarshal(body.From, &place) == nil && place > 0:
		what.From = place
	case json.Unmarshal(body.From, &since) == nil && !since.IsZero():
		what.Since = since.UTC()
	default:
		return ports.Replay{}, errReplay
	}
	return what, nil
}
