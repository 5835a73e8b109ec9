package natsbus

import (
	"fmt"
	"log/slog"
	"sync/atomic"
)

// serverLog writes what the embedded server says to a slog.Logger and keeps its fatal complaint:
// the server's own logger would end the process there.
type serverLog struct {
	log   *slog.Logger
	fatal atomic.Pointer[string]
}

const said = "the embedded broker says"

func (l *serverLog) Noticef(format string, v ...any) {
	l.log.Debug(said, "text", fmt.Sprintf(format, v...))
}

func (l *serverLog) Warnf(format string, v ...any) {
	l.log.Warn(said, "text", fmt.Sprintf(format, v...))
}

func (l *serverLog) Errorf(format string, v ...any) {
	l.log.Error(said, "text", fmt.Sprintf(format, v...))
}
func (l *serverLog) Debugf(string, ...any) {}
func (l *serverLog) Tracef(string, ...any) {}

func (l *serverLog) Fatalf(format string, v ...any) {
	text := fmt.Sprintf(format, v...)
	l.fatal.Store(&text)
	l.log.Error(said, "text", text)
}
