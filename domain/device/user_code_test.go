package device_test

import (
	"strings"
	"testing"

	"writ/domain/device"
	"writ/ports/portstest/req"
)

func TestUserCodesAreReadAsPeopleTypeThem(t *testing.T) {
	req.Covers(t, "R-124")
	for typed, want := range map[string]device.UserCode{
		"ABCD-2345": "ABCD2345", "abcd2345": "ABCD2345", " ab cd-23 45 ": "ABCD2345", "AB.CD_23-45": "ABCD2345",
		"OIL0-2345": "01102345", "oil0-2345": "01102345",
		"": "", "ABCD-234": "", "ABCD-23456": "", "ABCU-2345": "", "ABCD-234!": "", "ÀBCD-2345": "", "ＡBCD-2345": "",
		"ABCD\x002345": "", "ABCD\n2345": "", strings.Repeat("-", 30) + "ABCD2345": "",
	} {
		got, ok := device.ParseUserCode(typed)
		if got != want || ok != (want != "") {
			t.Errorf("ParseUserCode(%q) = %q, %v; want %q", typed, string(got), ok, string(want))
		}
	}
}

func TestUserCodesShowWithAHyphen(t *testing.T) {
	req.Covers(t, "R-123")
	code := device.NewUserCode([8]byte{0, 1, 10, 31, 32, 255, 17, 18})
	if string(code) != "01AZ0ZHJ" || code.String() != "01AZ-0ZHJ" {
		t.Errorf("the code is %q, shown %s", string(code), code)
	}
	if parsed, ok := device.ParseUserCode(code.String()); !ok || parsed != code {
		t.Errorf("what is shown is read as %q", string(parsed))
	}
	if device.UserCode("AB").String() != "AB" {
		t.Error("a code of another length is cut")
	}
}

func FuzzUserCode(f *testing.F) {
	f.Add("ABCD-2345")
	f.Add("oil0 2345")
	f.Add("ı")
	f.Fuzz(func(t *testing.T, typed string) {
		code, ok := device.ParseUserCode(typed)
		if !ok {
			return
		}
		if again, ok := device.ParseUserCode(code.String()); !ok || again != code || strings.ContainsAny(string(code), "UILO-") {
			t.Errorf("%q was read as %q, and that as %q", typed, string(code), string(again))
		}
	})
}
