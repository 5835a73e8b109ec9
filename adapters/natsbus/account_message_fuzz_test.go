package natsbus_test

import (
	"encoding/json"
	"errors"
	"regexp"
	"testing"
	"unicode/utf8"

	"writ/adapters/natsbus"
)

var (
	anAccount = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	aReason   = regexp.MustCompile(`^[a-zA-Z0-9_ ,.]{1,100}$`)
)

// FuzzReadChange holds that whatever is published is either refused, with a reason that repeats
// nothing of it, or a change of one account whose every reading is the same.
func FuzzReadChange(f *testing.F) {
	for _, m := range poisoned() {
		f.Add(m.subject, []byte(m.body))
	}
	for _, kind := range []natsbus.ChangeKind{natsbus.Suspended, natsbus.PermissionsChanged, natsbus.ProfileChanged, natsbus.Deleted} {
		m := change("m", "a1", 7, kind, `{"permissions":["A"],"name":"N","email_verified":true}`)
		f.Add(m.subject, []byte(m.body))
	}
	f.Fuzz(func(t *testing.T, subject string, body []byte) {
		c, err := natsbus.ReadChange(subject, body, noon)
		var refused natsbus.Rejected
		switch {
		case err != nil && (!errors.As(err, &refused) || !aReason.MatchString(refused.Rejected())):
			t.Errorf("refused with %q", err)
		case err != nil:
		case !utf8.Valid(body), !json.Valid(body), !anAccount.MatchString(c.Account), c.MessageID == "", c.Sequence == 0,
			"accounts."+string(c.Kind) != subject, c.At.IsZero(),
			(c.Permissions != nil) != (c.Kind == natsbus.PermissionsChanged), (c.Profile != nil) != (c.Kind == natsbus.ProfileChanged):
			t.Errorf("%q on %q is taken for %+v", body, subject, c)
		}
	})
}
