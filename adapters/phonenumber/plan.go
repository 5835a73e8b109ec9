package phonenumber

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"writ/ports"
)

var _ ports.PhoneNumbers = (*Plan)(nil)

// Plan reads numbers as they are written in one region. It is safe for concurrent use.
type Plan struct{ region string }

// ErrRegion refuses a region that has no numbering plan.
var ErrRegion = errors.New("not a region with a numbering plan, such as DE")

// New reads numbers without a country code as those of a region (ISO 3166-1 alpha-2). Without a
// region every number needs its country code.
func New(region string) (*Plan, error) {
	region = strings.ToUpper(region)
	if region != "" && phonenumbers.GetCountryCodeForRegion(region) == 0 {
		return nil, fmt.Errorf("region %q: %w", region, ErrRegion)
	}
	return &Plan{region: region}, nil
}

// longest is how long a number may be written.
const longest = 64

// paid are the numbers whose calls and texts are paid by the caller, or that nobody carries along.
var paid = []phonenumbers.PhoneNumberType{
	phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST, phonenumbers.TOLL_FREE, phonenumbers.UAN, phonenumbers.VOICEMAIL,
}

// Normal implements ports.PhoneNumbers. A number need not be in use as far as the library knows,
// for plans grow faster than programs are replaced; but it must be possible in its plan.
func (p *Plan) Normal(written string) (string, error) {
	if len(written) > longest {
		return "", ports.ErrNumber
	}
	n, err := phonenumbers.Parse(written, p.region)
	if err != nil || n.GetExtension() != "" ||
		phonenumbers.IsPossibleNumberWithReason(n) != phonenumbers.IS_POSSIBLE ||
		slices.Contains(paid, phonenumbers.GetNumberType(n)) {
		return "", ports.ErrNumber
	}
	normal := phonenumbers.Format(n, phonenumbers.E164)
	if digits := len(normal) - 1; digits < 7 || digits > 15 {
		return "", ports.ErrNumber
	}
	return normal, nil
}
