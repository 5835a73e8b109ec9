package pages

import (
	"fmt"
	"strings"
	"time"
)

// catalogue holds every text of the pages in one language, by a name. What is filled in stands as
// %s or %d, or as %[1]s where languages differ in order.
type catalogue map[string]string

// text gives a text with its parts filled in. A name that is not in the catalogue is a mistake in a
// template, which the template's execution reports.
func (t *tongue) text(name string, parts ...any) (string, error) {
	if _, found := t.says[name]; !found {
		return "", fmt.Errorf("no text is called %q", name)
	}
	return t.say(name, parts...), nil
}

// say is text for names that are written in Go.
func (t *tongue) say(name string, parts ...any) string {
	if len(parts) == 0 {
		return t.says[name]
	}
	for i, part := range parts {
		if foreign, is := part.(string); is && t.rtl {
			parts[i] = isolated(foreign)
		}
	}
	return fmt.Sprintf(t.says[name], parts...)
}

// isolated keeps the direction of somebody else's text from turning ours around (Unicode UAX #9
// §2.3).
func isolated(s string) string { return "\u2068" + s + "\u2069" }

// date shows a moment to a person whose time zone is not known.
func (t *tongue) date(at time.Time) string {
	at = at.UTC()
	months := strings.Split(t.says["date.months"], ",")
	return fmt.Sprintf(t.says["date.format"], at.Day(), months[at.Month()-1], at.Year(), at.Format("15:04"))
}
