package console_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"

	"writ/adapters/console"
	"writ/ports"
	"writ/ports/portstest"
)

// line is what stands in the log of a message.
type line struct{ Msg, To, Subject, Text, Language string }

func written(t *testing.T, log *bytes.Buffer) (lines []line) {
	t.Helper()
	for d := json.NewDecoder(bytes.NewReader(log.Bytes())); d.More(); {
		var l line
		if err := d.Decode(&l); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l)
	}
	return lines
}

func TestTexts(t *testing.T) {
	portstest.Texts(t, func(t *testing.T) portstest.Gateway {
		var log bytes.Buffer
		return portstest.Gateway{
			Texts: console.New(slog.New(slog.NewJSONHandler(&log, nil))),
			Taken: func() (taken [][2]string) {
				for _, l := range written(t, &log) {
					taken = append(taken, [2]string{l.To, l.Text})
				}
				return taken
			},
		}
	})
}

func TestMail(t *testing.T) {
	portstest.Mail(t, func(t *testing.T) portstest.Postbox {
		var log bytes.Buffer
		return portstest.Postbox{
			Mail: console.New(slog.New(slog.NewJSONHandler(&log, nil))),
			Taken: func() (taken []ports.Letter) {
				for _, l := range written(t, &log) {
					taken = append(taken, ports.Letter{To: l.To, Subject: l.Subject, Text: l.Text, Language: l.Language})
				}
				return taken
			},
		}
	})
}
