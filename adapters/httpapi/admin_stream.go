package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/gin-gonic/gin"

	"writ/application/introspect"
	"writ/application/investigate"
	"writ/ports"
)

// StreamTimes are those of answers that last. What is zero is as usual.
type StreamTimes struct {
	Pulse   time.Duration // between signs of life, so that nobody on the way takes the stream for dead
	Recheck time.Duration // how long a stream may outlive the permission to read it
	Stall   time.Duration // how long one write may take: who reads slower is let go
}

func (t StreamTimes) orUsual() StreamTimes {
	if t.Pulse == 0 {
		t.Pulse = 15 * time.Second
	}
	if t.Recheck == 0 {
		t.Recheck = 30 * time.Second
	}
	if t.Stall == 0 {
		t.Stall = 30 * time.Second
	}
	return t
}

// adminStreamEndpoint sends events as they happen (server-sent events, HTML §9.2). The id of each is
// its position, by which a browser goes on where it was.
type adminStreamEndpoint struct {
	admins

	events   *investigate.Events
	long     places
	times    StreamTimes
	stopping <-chan struct{}
}

func (e adminStreamEndpoint) follow(c *gin.Context) {
	asked, may := e.admit(c)
	if !may {
		return
	}
	from, filter, err := e.begin(c)
	if err == nil && !e.long.take() {
		err = errBusy
	}
	if err != nil {
		e.answerProblem(c, err)
		return
	}
	defer e.long.leave()
	c.Header("Content-Type", "text/event-stream")
	c.Header("X-Accel-Buffering", "no") // proxies would gather events otherwise
	e.send(c, asked, from, filter)
}

// begin reads where to begin: behind what the browser has, else where the query says, else now.
func (e adminStreamEndpoint) begin(c *gin.Context) (investigate.From, investigate.Filter, error) {
	query, err := queryOf(c)
	if err != nil {
		return investigate.From{}, investigate.Filter{}, err
	}
	filter, err := filterOf(query)
	if err != nil {
		return investigate.From{}, filter, err
	}
	where := query.value("from")
	if seen := c.GetHeader("Last-Event-ID"); seen != "" {
		where = seen
	}
	if where != "" {
		from, err := fromOf(where)
		return from, filter, err
	}
	head, err := e.events.Head(c.Request.Context())
	return investigate.From{Position: head}, filter, err
}

// send sends until the client goes, the permission ends, or the server stops.
func (e adminStreamEndpoint) send(c *gin.Context, asked introspect.AdministratorQuery, from investigate.From, filter investigate.Filter) {
	ctx, cancel := context.WithCancel(c.Request.Context())
	told, ended := make(chan ports.Record), make(chan struct{})
	var failed error
	go func() {
		defer close(ended)
		failed = e.events.Follow(ctx, from, filter, func(r ports.Record) error {
			select {
			case told <- r:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	out := lastingOf(c, e.times.Stall)
	defer out.release()
	e.pass(ctx, out, told, ended, asked)
	stopped := ctx.Err() == nil && !isClosed(ended)
	cancel()
	<-ended
	if !stopped && c.Request.Context().Err() == nil {
		e.refuse.logOutage(c, failed)
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// reconnectAfter is how long a browser waits before it comes again, in milliseconds.
const reconnectAfter = 3000

// pass passes records on until the stream is to end: a permission of which it is not known whether it
// still stands does not.
func (e adminStreamEndpoint) pass(ctx context.Context, out *lasting, told <-chan ports.Record, ended <-chan struct{}, asked introspect.AdministratorQuery) {
	pulse, recheck := time.NewTicker(e.times.Pulse), time.NewTicker(e.times.Recheck)
	defer pulse.Stop()
	defer recheck.Stop()
	err := out.send(fmt.Appendf(nil, "retry: %d\n\n", reconnectAfter))
	for err == nil {
		select {
		case r := <-told:
			err = out.send(frameOf(r))
		case <-pulse.C:
			err = out.send([]byte(":\n\n"))
		case <-recheck.C:
			_, err = e.who.Execute(ctx, asked)
		case <-ended:
			return
		case <-e.stopping:
			return
		case <-ctx.Done():
			return
		}
	}
}

// frameOf is one event of the stream. JSON has no line ends of its own.
func frameOf(r ports.Record) []byte {
	text, err := json.Marshal(loggedEventOf(r))
	if err != nil {
		panic(err) // what a fact says always has a JSON form
	}
	return fmt.Appendf(nil, "id: %d\nevent: %s.%s\ndata: %s\n\n", r.Position, r.Stream.Kind, r.Name, text)
}
