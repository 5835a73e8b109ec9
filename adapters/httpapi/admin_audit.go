package httpapi

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"writ/application/investigate"
)

// adminAuditEndpoint gives an audit of any length, as it is read.
type adminAuditEndpoint struct {
	admins

	audit *investigate.Audit
	long  places
	times StreamTimes
}

func (e adminAuditEndpoint) give(c *gin.Context) {
	if _, may := e.admit(c); !may {
		return
	}
	command, sheet, err := auditOf(c)
	if err == nil && !e.long.take() {
		err = errBusy
	}
	if err != nil {
		e.answerProblem(c, err)
		return
	}
	defer e.long.leave()
	e.write(c, command, sheet)
}

// write sends the audit. One that fails on the way is broken off, so that nobody takes the part for
// the whole.
func (e adminAuditEndpoint) write(c *gin.Context, command investigate.AuditCommand, s auditSheet) {
	c.Header("Content-Type", s.mediaType)
	c.Header("Content-Disposition", `attachment; filename="audit.`+s.name+`"`)
	c.Header("X-Accel-Buffering", "no")
	out := lastingOf(c, e.times.Stall)
	defer out.release()
	begin := func() error { return s.begin(out) }
	err := e.audit.Execute(c.Request.Context(), command, func(entry investigate.Entry) error {
		if begin != nil {
			if err := begin(); err != nil {
				return err
			}
			begin = nil
		}
		return s.add(out, entry)
	})
	switch {
	case err == nil && begin != nil: // an audit of nothing
		err = begin()
	case err != nil && begin != nil: // nothing was sent yet
		for _, name := range []string{"Content-Type", "Content-Disposition", "X-Accel-Buffering"} {
			c.Writer.Header().Del(name)
		}
		e.answerProblem(c, err)
		return
	}
	if err == nil {
		err = out.flush()
	}
	if err != nil {
		e.refuse.logOutage(c, err)
		panic(http.ErrAbortHandler)
	}
}

// auditSheet is a form of an audit.
type auditSheet struct {
	name, mediaType string
	begin           func(*lasting) error
	add             func(*lasting, investigate.Entry) error
}

var auditSheets = map[string]auditSheet{
	"csv":   {"csv", "text/csv; charset=utf-8; header=present", func(o *lasting) error { return addRow(o, investigate.Columns) }, addCells},
	"jsonl": {"jsonl", "application/jsonl; charset=utf-8", (*lasting).begin, addLine},
}

// auditOf reads what is asked for. Without an end it goes on until now.
func auditOf(c *gin.Context) (investigate.AuditCommand, auditSheet, error) {
	var command investigate.AuditCommand
	query, err := queryOf(c)
	if err != nil {
		return command, auditSheet{}, err
	}
	format := query.value("format")
	if format == "" {
		format = "jsonl"
	}
	sheet, known := auditSheets[format]
	if !known {
		return command, sheet, errFormat
	}
	since, err := query.require("since")
	if err == nil {
		command.Since, err = timeOf(since, time.Time{})
	}
	if err == nil {
		command.Until, err = timeOf(query.value("until"), time.Time{})
	}
	return command, sheet, err
}

func addLine(o *lasting, entry investigate.Entry) error {
	line, err := json.Marshal(entry)
	if err != nil {
		return err
	}
	return o.write(append(line, '\n'))
}

func addCells(o *lasting, entry investigate.Entry) error { return addRow(o, entry.Row()) }

// addRow writes a row of CSV (RFC 4180).
func addRow(o *lasting, cells []string) error {
	var text strings.Builder
	w := csv.NewWriter(&text)
	w.UseCRLF = true
	if err := w.Write(cells); err != nil {
		return err
	}
	w.Flush()
	return o.write([]byte(text.String()))
}
