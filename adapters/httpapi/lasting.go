package httpapi

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// lasting is an answer that takes longer than any other may: the connection's own limits are lifted,
// and each write has one instead, so that who does not read holds nothing for long. It serves one
// goroutine.
type lasting struct {
	to       gin.ResponseWriter
	control  *http.ResponseController
	patience time.Duration // with one write
	limit    *time.Timer
	pending  int // bytes since the last flush
}

const flushEvery = 32 << 10 // bytes

// longPast is a deadline that has passed.
var longPast = time.Unix(1, 0)

// lastingOf lifts the limits of the request's connection. Where there is none, as in tests, there is
// nothing to lift.
func lastingOf(c *gin.Context, patience time.Duration) *lasting {
	l := &lasting{to: c.Writer, control: http.NewResponseController(beneath(c.Writer)), patience: patience}
	_ = l.control.SetReadDeadline(time.Time{})
	_ = l.control.SetWriteDeadline(time.Time{})
	l.limit = time.AfterFunc(patience, func() { _ = l.control.SetWriteDeadline(longPast) })
	l.limit.Stop()
	return l
}

// beneath is the writer under gin's, which does not tell whether a flush failed.
func beneath(w gin.ResponseWriter) http.ResponseWriter {
	if wrapped, is := w.(interface{ Unwrap() http.ResponseWriter }); is {
		return wrapped.Unwrap()
	}
	return w
}

// begin sends the headers.
func (l *lasting) begin() error { return l.flush() }

// write sends text, at once or with what follows.
func (l *lasting) write(text []byte) error {
	l.limit.Reset(l.patience)
	defer l.limit.Stop()
	n, err := l.to.Write(text)
	l.pending += n
	if err != nil || l.pending < flushEvery {
		return err
	}
	return l.flush()
}

// flush sends what was written so far.
func (l *lasting) flush() error {
	l.limit.Reset(l.patience)
	defer l.limit.Stop()
	l.pending = 0
	l.to.WriteHeaderNow()
	return l.control.Flush()
}

// send writes and flushes.
func (l *lasting) send(text []byte) error {
	err := l.write(text)
	if err != nil {
		return err
	}
	return l.flush()
}

// release ends the answer. The next request of the connection has the usual limits again.
func (l *lasting) release() { l.limit.Stop() }
