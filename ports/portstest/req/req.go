package req

import (
	"regexp"
	"strings"
	"testing"
)

var number = regexp.MustCompile(`^R-\d{3}$`)

// Covers notes that the test shows the numbered requirements, each written R-001. It is read from
// the source, so the numbers must be string literals; in a verbose run they are also an attribute
// of the test. A number of another form fails the test, which goes on.
func Covers(tb testing.TB, ids ...string) {
	tb.Helper()
	if len(ids) == 0 {
		tb.Error("req.Covers names no requirement")
	}
	for _, id := range ids {
		if !number.MatchString(id) {
			tb.Errorf("requirement %q is not written like R-001", id)
		}
	}
	tb.Attr("requirements", strings.Join(ids, " "))
}
