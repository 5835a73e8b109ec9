package httpapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"sync"

	"github.com/gin-gonic/gin"
)

// sheet is where an answer is written before it is sent.
type sheet struct {
	text   bytes.Buffer
	encode *json.Encoder // into text
}

var sheets = sync.Pool{New: func() any {
	s := &sheet{}
	s.encode = json.NewEncoder(&s.text)
	return s
}}

// largestSheet keeps one long answer from holding its memory for ever, in bytes.
const largestSheet = 16 << 10

var jsonText = []string{jsonType + "; charset=utf-8"}

// answer sends what was asked for, as JSON.
func answer(c *gin.Context, told any) {
	s := sheets.Get().(*sheet)
	s.text.Reset()
	err := s.encode.Encode(told)
	if err != nil {
		panic(err) // structs of this package always have a JSON form
	}
	c.Writer.Header()["Content-Type"] = jsonText
	c.Status(http.StatusOK)
	_, _ = c.Writer.Write(bytes.TrimSuffix(s.text.Bytes(), []byte("\n"))) // whoever asked may be gone
	if s.text.Cap() <= largestSheet {
		sheets.Put(s)
	}
}
