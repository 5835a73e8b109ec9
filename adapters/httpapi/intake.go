package httpapi

import (
	"bytes"
	"io"
	"net/http"
	"sync"

	"github.com/gin-gonic/gin"
)

// intake is where a body is read into. It is used again for other requests.
type intake struct {
	text    bytes.Buffer
	bounded io.LimitedReader
}

var intakes = sync.Pool{New: func() any { return new(intake) }}

// largestIntake keeps large bodies from holding their memory for ever, in bytes.
const largestIntake = 8 << 10

// read reads the body up to maxBody, whatever length the request claims. The text lasts until the
// intake is released.
func (in *intake) read(c *gin.Context) ([]byte, error) {
	if c.GetHeader("Content-Encoding") != "" {
		return nil, errEncoding
	}
	in.text.Reset()
	in.bounded = io.LimitedReader{R: c.Request.Body, N: maxBody + 1}
	_, err := in.text.ReadFrom(&in.bounded)
	switch {
	case in.text.Len() > maxBody:
		c.Header("Connection", "close") // the rest of the body is not read
		return nil, errTooLarge
	case err != nil:
		return nil, errBroken
	default:
		return in.text.Bytes(), nil
	}
}

// release gives the intake back. Nothing of it may be used any more.
func (in *intake) release() {
	in.bounded.R = http.NoBody
	if in.text.Cap() <= largestIntake {
		intakes.Put(in)
	}
}
