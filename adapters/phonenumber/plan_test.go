package phonenumber_test

import (
	"errors"
	"strings"
	"testing"

	"writ/adapters/phonenumber"
	"writ/ports"
	"writ/ports/portstest"
)

func TestPhoneNumbers(t *testing.T) {
	portstest.PhoneNumbers(t, func(t *testing.T) ports.PhoneNumbers { return plan(t, "") })
}

func plan(t *testing.T, region string) *phonenumber.Plan {
	t.Helper()
	p, err := phonenumber.New(region)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestARegionCompletesNumbers(t *testing.T) {
	for written, want := range map[string]string{"0151 23456789": "+4915123456789", "+1 202 555 0123": "+12025550123", "123": ""} {
		if got, _ := plan(t, "de").Normal(written); got != want {
			t.Errorf("%s is %s in Germany, want %s", written, got, want)
		}
	}
	if _, err := phonenumber.New("XX"); !errors.Is(err, phonenumber.ErrRegion) {
		t.Errorf("a region without numbers: %v", err)
	}
}

func TestOnlyServedCountriesAreSentTexts(t *testing.T) {
	p, err := phonenumber.New("de", "DE", "us")
	if err != nil {
		t.Fatal(err)
	}
	for written, want := range map[string]string{
		"0151 23456789": "+4915123456789", "+1 202 555 0123": "+12025550123", "+44 7400 123456": "", "+371 21 234 567": "",
	} {
		if got, _ := p.Normal(written); got != want {
			t.Errorf("%s is %q, want %q", written, got, want)
		}
	}
	if _, err := phonenumber.New("", "Germany"); !errors.Is(err, phonenumber.ErrRegion) {
		t.Errorf("a country by its name: %v", err)
	}
}

func TestALongNumberIsRefusedUnread(t *testing.T) {
	if _, err := plan(t, "").Normal("+" + strings.Repeat("1", 10_000)); !errors.Is(err, ports.ErrNumber) {
		t.Errorf("got %v", err)
	}
}
