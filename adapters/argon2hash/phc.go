package argon2hash

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// The sizes of what Hash makes, in bytes (RFC 9106 §4).
const (
	saltSize = 16
	sumSize  = 32
)

var errForm = errors.New("it is not an argon2id hash in PHC form")

// hash is a PHC string: $argon2id$v=19$m=19456,t=2,p=1$salt$sum.
type hash struct {
	cost Cost
	salt []byte
	sum  []byte
}

// String implements fmt.Stringer.
func (h hash) String() string {
	return fmt.Sprintf("$argon2id$v=%d$%s$%s$%s", argon2.Version, h.cost.phc(),
		base64.RawStdEncoding.EncodeToString(h.salt), base64.RawStdEncoding.EncodeToString(h.sum))
}

func (c Cost) phc() string { return fmt.Sprintf("m=%d,t=%d,p=%d", c.MemoryKiB, c.Passes, c.Lanes) }

// parse reads a PHC string. Its error quotes nothing of the salt and the sum.
func parse(text string) (hash, error) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return hash{}, errForm
	}
	cost, err := parseCost(parts[3])
	if err != nil {
		return hash{}, err
	}
	salt, errSalt := decode(parts[4], 8, 64)
	sum, errSum := decode(parts[5], 16, 64)
	return hash{cost: cost, salt: salt, sum: sum}, errors.Join(errSalt, errSum)
}

func parseCost(text string) (Cost, error) {
	var c Cost
	_, err := fmt.Sscanf(text, "m=%d,t=%d,p=%d", &c.MemoryKiB, &c.Passes, &c.Lanes)
	if err != nil || c.phc() != text { // one way only to write a number
		return Cost{}, errForm
	}
	return c, c.check()
}

// decode reads from least to most bytes.
func decode(text string, least, most int) ([]byte, error) {
	b, err := base64.RawStdEncoding.Strict().DecodeString(text)
	if err != nil || len(b) < least || len(b) > most {
		return nil, errForm
	}
	return b, nil
}
