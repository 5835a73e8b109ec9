package investigate

import (
	"strconv"
	"strings"
	"time"
)

// Columns are the heads of what Entry.Row gives.
var Columns = []string{"time", "position", "event", "what", "actor", "account", "client", "subject", "outcome", "cause"}

// Row is the entry as the cells of a table. Spreadsheets take a cell that begins like a formula for
// one, so such a cell begins with an apostrophe here.
func (e Entry) Row() []string {
	row := []string{
		e.Time.UTC().Format(time.RFC3339Nano), strconv.FormatInt(int64(e.Position), 10), e.Event, e.What, e.Actor,
		string(e.Account), string(e.Client), e.Subject, string(e.Outcome), e.Cause,
	}
	for i, cell := range row {
		row[i] = defused(cell)
	}
	return row
}

func defused(cell string) string {
	if strings.HasPrefix(strings.TrimLeft(cell, " "), "=") || cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
