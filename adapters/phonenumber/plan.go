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
type Plan struct {
	region string
	served map[int32]bool // country codes; empty: all
}

// ErrRegion refuses a region that has no numbering plan.
var ErrRegion = errors.New("not a region with a numbering plan, such as DE")

// New reads numbers without a country code as those of a region (ISO 3166-1 alpha-2). Without a
// region every number needs its country code. Texts cost what the country they go to asks for, and
// some countries' are worth a fraud: with served regions, numbers of other country codes are refused.
func New(region string, served ...string) (*Plan, error) {
	p := &Plan{region: strings.ToUpper(region), served: map[int32]bool{}}
	if _, err := codeOf(region); region != "" && err != nil {
		return nil, err
	}
	for _, r := range served {
		code, err := codeOf(r)
		if err != nil {
			return nil, err
		}
		p.served[code] = true
	}
	return p, nil
}

func codeOf(region string) (int32, error) {
	code := phonenumbers.GetCountryCodeForRegion(strings.ToUpper(region))
	if code == 0 {
		return 0, fmt.Errorf("region %q: %w", region, ErrRegion)
	}
	return int32(code), nil
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
	if err != nil || n.GetExtension() != "" || len(p.served) > 0 && !p.served[n.GetCountryCode()] ||
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
