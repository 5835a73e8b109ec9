package portstest

import (
	"errors"
	"testing"

	"writ/ports"
)

// PhoneNumbers is the contract of ports.PhoneNumbers, for one that takes numbers with their country
// code.
func PhoneNumbers(t *testing.T, open func(t *testing.T) ports.PhoneNumbers) {
	for sentence, numbers := range map[string]map[string]string{
		"a number has one normal form, however it is written": {
			"+49 151 23456789": "+4915123456789", "+4915123456789": "+4915123456789", "+49 (0)151/234-567-89": "+4915123456789",
			"+1 (202) 555-0123": "+12025550123", "tel:+12025550123": "+12025550123", "＋１２０２５５５０１２３": "+12025550123",
		},
		"what cannot be a subscriber's number is refused": {
			"": "", "+": "", "+1": "", "hello": "", "+1202555": "", "+999 123456789": "", "+4915123456789012345": "", "0151 23456789": "",
			"+12025550123 ext. 4": "", "+1202555\x000123": "", "112": "",
		},
		"a number whose calls are paid by its caller is refused": {
			"+1 900 234 5678": "", "+44 909 879 0000": "", "+49 900 1 123456": "", "+1 800 234 5678": "",
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			plan := open(t)
			for written, want := range numbers {
				normal, err := plan.Normal(written)
				if normal != want || (want == "") != errors.Is(err, ports.ErrNumber) {
					t.Errorf("%q is %q (%v), want %q", written, normal, err, want)
				}
				if again, _ := plan.Normal(normal); again != want {
					t.Errorf("the normal form of %q is %q", normal, again)
				}
			}
		})
	}
}
