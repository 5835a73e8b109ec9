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
// them, are refused, but for the sequence, which publishers write as a number too.
type incoming struct {
	specVersion, id, kind, source, subject, time string

	sequence, data json.RawMessage
}

func readIncoming(body []byte) (incoming, error) {
	members, err := objectOf(body)
	if err != nil {
		return incoming{}, err
	}
	in := incoming{sequence: members["sequence"], data: members["data"]}
	for name, into := range map[string]*string{
		"specversion": &in.specVersion, "id": &in.id, "type": &in.kind, "source": &in.source,
		"subject": &in.subject, "time": &in.time,
	} {
		if *into, err = text(members, name); err != nil {
			return incoming{}, err
		}
	}
	return in, nil
}

// readChange reads the CloudEvent that was published on a NATS subject. Every error is Rejected
// and repeats nothing of what the message says about a person.
func readChange(subject string, body []byte, received time.Time) (AccountChange, error) {
	in, err := readIncoming(body)
	if err != nil {
		return AccountChange{}, malformed("the message is not a CloudEvent in JSON, with every member once")
	}
	kind, err := in.check(subject)
	if err != nil {
		return AccountChange{}, err
	}
	c := AccountChange{MessageID: in.id, Account: in.subject, Kind: kind}
	if c.Sequence, err = readSequence(in.sequence); err != nil {
		return AccountChange{}, err
	}
	if c.At, err = readTime(in.time, received); err != nil {
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
	case in.specVersion != specVersion:
		return "", malformed("specversion is not 1.0")
	case in.id == "" || len(in.id) > maxMessageID || in.id != oneLine(in.id):
		return "", malformed(fmt.Sprintf("id is absent, longer than %d or has control characters", maxMessageID))
	case in.source == "":
		return "", malformed("source is absent")
	case in.kind != subject && in.kind != subject+".v1":
		return "", malformed("type is not that of the subject")
	case !accountID.MatchString(in.subject):
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
func (in incoming) readValue(c *AccountChange) (err error) {
	switch c.Kind {
	case PermissionsChanged:
		c.Permissions, err = readPermissions(in.data)
	case ProfileChanged:
		c.Profile, err = readProfile(in.data)
	case Suspended, Reinstated, Deleted:
	}
	return err
}

func readPermissions(data json.RawMessage) ([]string, error) {
	var permissions []string
	members, err := objectOf(data)
	if err == nil {
		err = json.Unmarshal(members["permissions"], &permissions)
	}
	if err != nil || permissions == nil || len(permissions) > maxPermissions {
		return nil, malformed(fmt.Sprintf("data.permissions is not a list of at most %d strings", maxPermissions))
	}
	return permissions, nil
}

func readProfile(data json.RawMessage) (*Profile, error) {
	members, err := objectOf(data)
	if err != nil {
		return nil, errProfile
	}
	var p Profile
	for name, into := range map[string]any{
		"name": &p.Name, "handle": &p.Handle, "email": &p.Email, "email_verified": &p.EmailVerified,
		"phone": &p.Phone, "phone_verified": &p.PhoneVerified,
	} {
		if raw, sent := members[name]; sent && json.Unmarshal(raw, into) != nil {
			return nil, errProfile
		}
	}
	return &p, nil
}

const errProfile = malformed("data is not a profile")
