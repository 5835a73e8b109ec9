package natsbus

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// malformed says why a message cannot be a change of an account.
type malformed string

// Error implements error.
func (m malformed) Error() string { return string(m) }

// Rejected implements Rejected.
func (m malformed) Rejected() string { return string(m) }

const (
	maxMessageID   = 256
	maxPermissions = 1000
)

var accountID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// incoming is the envelope as it arrives. Attributes that are not strings, as CloudEvents has
// them, do not parse, but for the sequence, which publishers write as a number too.
type incoming struct {
	SpecVersion     string          `json:"specversion"`
	ID              string          `json:"id"`
	Type            string          `json:"type"`
	Source          string          `json:"source"`
	Subject         string          `json:"subject"`
	Time            string          `json:"time"`
	Sequence        json.RawMessage `json:"sequence"`
	DataContentType string          `json:"datacontenttype"`
	Data            json.RawMessage `json:"data"`
}

// readChange reads the CloudEvent that was published on a NATS subject. Every error is Rejected
// and repeats nothing of what the message says about a person.
func readChange(subject string, body []byte, received time.Time) (AccountChange, error) {
	var in incoming
	if err := json.Unmarshal(body, &in); err != nil {
		return AccountChange{}, malformed("the message is not a CloudEvent in JSON")
	}
	kind, err := in.check(subject)
	if err != nil {
		return AccountChange{}, err
	}
	c := AccountChange{MessageID: in.ID, Account: in.Subject, Kind: kind}
	if c.Sequence, err = readSequence(in.Sequence); err != nil {
		return AccountChange{}, err
	}
	if c.At, err = readTime(in.Time, received); err != nil {
		return AccountChange{}, err
	}
	return c, in.readValue(&c)
}

// check looks at the attributes. The type must agree with the subject, so that a message that
// strayed here from elsewhere is not taken for one.
func (in incoming) check(subject string) (ChangeKind, error) {
	kind, _ := strings.CutPrefix(subject, "accounts.")
	switch ChangeKind(kind) {
	case PermissionsChanged, Suspended, Reinstated, ProfileChanged, Deleted:
	default:
		return "", malformed("no change of an account is published on this subject")
	}
	switch {
	case in.SpecVersion != specVersion:
		return "", malformed("specversion is not 1.0")
	case in.ID == "" || len(in.ID) > maxMessageID || in.ID != oneLine(in.ID):
		return "", malformed(fmt.Sprintf("id is absent, longer than %d or has control characters", maxMessageID))
	case in.Source == "":
		return "", malformed("source is absent")
	case in.Type != subject && in.Type != subject+".v1":
		return "", malformed("type is not that of the subject")
	case !accountID.MatchString(in.Subject):
		return "", malformed("subject is not the id of an account")
	}
	return ChangeKind(kind), nil
}

func readSequence(raw json.RawMessage) (uint64, error) {
	digits := string(bytes.Trim(raw, `"`))
	sequence, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || sequence == 0 || sequence > math.MaxInt64 {
		return 0, malformed("sequence is not a positive number of at most 63 bits")
	}
	return sequence, nil
}

func readTime(text string, received time.Time) (time.Time, error) {
	if text == "" {
		return received.UTC(), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, malformed("time is not as RFC 3339 has it")
	}
	return at.UTC(), nil
}

// readValue reads the new value of the facet, where it has one.
func (in incoming) readValue(c *AccountChange) error {
	switch c.Kind {
	case PermissionsChanged:
		var data struct{ Permissions []string }
		err := json.Unmarshal(in.Data, &data)
		if err != nil || data.Permissions == nil || len(data.Permissions) > maxPermissions {
			return malformed(fmt.Sprintf("data.permissions is not a list of at most %d strings", maxPermissions))
		}
		c.Permissions = data.Permissions
	case ProfileChanged:
		err := json.Unmarshal(in.Data, &c.Profile)
		if err != nil || c.Profile == nil {
			return malformed("data is not a profile")
		}
	case Suspended, Reinstated, Deleted:
	}
	return nil
}
