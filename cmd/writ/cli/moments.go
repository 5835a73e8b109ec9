package cli

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// moment reads a point in time as people write it: RFC 3339, a day, a time of today (UTC), or how
// long ago it was.
func moment(text string, now time.Time) (time.Time, error) {
	now = now.UTC()
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		at, err := time.ParseInLocation(layout, text, time.UTC)
		if err == nil {
			return at.UTC(), nil
		}
	}
	for _, layout := range []string{"15:04:05.999999", "15:04"} {
		at, err := time.Parse(layout, text)
		if err == nil {
			return now.Truncate(24 * time.Hour).Add(at.Sub(at.Truncate(24 * time.Hour))), nil
		}
	}
	if text == "now" {
		return now, nil
	}
	ago, err := duration(strings.TrimPrefix(strings.TrimSpace(strings.TrimSuffix(text, "ago")), "-"))
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no time: write 2026-03-01T14:03:07Z, 2026-03-01, 14:03:07 (today, UTC), now or 2h ago", text)
	}
	return now.Add(-ago), nil
}

// duration is one of Go's, or a number of days.
func duration(text string) (time.Duration, error) {
	days, is := strings.CutSuffix(text, "d")
	if !is {
		d, err := time.ParseDuration(text)
		if err == nil && d < 0 {
			err = fmt.Errorf("%s is negative", text)
		}
		return d, err
	}
	d, err := time.ParseDuration(days + "h")
	if err == nil && (d < 0 || d > 100*365*time.Hour) {
		err = fmt.Errorf("%s is out of range", text)
	}
	return 24 * d, err
}

// legible is text that may have come from anywhere, for a terminal: nothing in it moves the cursor.
func legible(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}
