package account_test

import (
	"strings"
	"testing"

	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/event/eventtest"
	"writ/ports/portstest/req"
)

func TestProfilesHaveOneForm(t *testing.T) {
	req.Covers(t, "R-262")
	for name, tc := range map[string]struct {
		given account.Profile
		want  account.Profile
		err   error
	}{
		"letter case":                   {account.Profile{Handle: "ODIN", Email: "Odin@Example.ORG"}, account.Profile{Handle: "odin", Email: "odin@example.org"}, nil},
		"verified without it":           {account.Profile{Handle: "odin", EmailVerified: true, PhoneVerified: true}, account.Profile{Handle: "odin"}, nil},
		"every symbol":                  {account.Profile{Handle: "0_a-Z"}, account.Profile{Handle: "0_a-z"}, nil},
		"the longest handle":            {account.Profile{Handle: event.Personal(strings.Repeat("a", 30))}, account.Profile{Handle: event.Personal(strings.Repeat("a", 30))}, nil},
		"a longer handle":               {account.Profile{Handle: event.Personal(strings.Repeat("a", 31))}, account.Profile{}, account.ErrHandle},
		"a handle with a dash":          {account.Profile{Handle: "-odin"}, account.Profile{}, account.ErrHandle},
		"a look-alike":                  {account.Profile{Handle: "оdin"}, account.Profile{}, account.ErrHandle},
		"the Kelvin sign":               {account.Profile{Handle: "\u212aate"}, account.Profile{}, account.ErrHandle},
		"an address with a Kelvin sign": {account.Profile{Handle: "odin", Email: "\u212a@example.org"}, account.Profile{}, account.ErrEmail},
		"a space":                       {account.Profile{Handle: "o din"}, account.Profile{}, account.ErrHandle},
		"a name with a control":         {account.Profile{Handle: "odin", Name: "O\r\nX"}, account.Profile{}, account.ErrName},
		"a name that is too long":       {account.Profile{Handle: "odin", Name: event.Personal(strings.Repeat("ö", 101))}, account.Profile{}, account.ErrName},
		"a name in any script":          {account.Profile{Handle: "odin", Name: "Óðinn 王"}, account.Profile{Handle: "odin", Name: "Óðinn 王"}, nil},
		"an address without @":          {account.Profile{Handle: "odin", Email: "odin"}, account.Profile{}, account.ErrEmail},
		"an address with two":           {account.Profile{Handle: "odin", Email: "a@b@c"}, account.Profile{}, account.ErrEmail},
		"an address of nobody":          {account.Profile{Handle: "odin", Email: "@b"}, account.Profile{}, account.ErrEmail},
		"an address of nowhere":         {account.Profile{Handle: "odin", Email: "a@"}, account.Profile{}, account.ErrEmail},
		"an address list":               {account.Profile{Handle: "odin", Email: "a@b,c@d"}, account.Profile{}, account.ErrEmail},
		"an address with a line":        {account.Profile{Handle: "odin", Email: "a@b\nBcc:c"}, account.Profile{}, account.ErrEmail},
		"a phone number":                {account.Profile{Handle: "odin", Phone: "+4930123456", PhoneVerified: true}, account.Profile{Handle: "odin", Phone: "+4930123456", PhoneVerified: true}, nil},
		"a national number":             {account.Profile{Handle: "odin", Phone: "030123456"}, account.Profile{}, account.ErrPhone},
		"a number from nowhere":         {account.Profile{Handle: "odin", Phone: "+0301234567"}, account.Profile{}, account.ErrPhone},
		"a short number":                {account.Profile{Handle: "odin", Phone: "+493012"}, account.Profile{}, account.ErrPhone},
		"a long number":                 {account.Profile{Handle: "odin", Phone: "+4930123456789012"}, account.Profile{}, account.ErrPhone},
	} {
		t.Run(name, func(t *testing.T) {
			a := account.Named("a1")
			eventtest.Given(t, a, opened).When(func() error { return a.SetProfile(tc.given, noon) }).Refused(tc.err)
			if got := a.View().Profile; got != tc.want {
				t.Errorf("the profile is another one: handle %q, name %q, email %q, phone %q",
					got.Handle.Reveal(), got.Name.Reveal(), got.Email.Reveal(), got.Phone.Reveal())
			}
		})
	}
}

func FuzzNormalHandle(f *testing.F) {
	f.Add("Odin")
	f.Add("\u212a")
	f.Add("-a")
	f.Fuzz(func(t *testing.T, s string) {
		handle, err := account.NormalHandle(s)
		if err != nil {
			return
		}
		if again, err := account.NormalHandle(handle); err != nil || again != handle || len(handle) > 30 || strings.ContainsFunc(handle, func(r rune) bool { return r > '~' }) {
			t.Errorf("%q became %q, and that %q, %v", s, handle, again, err)
		}
	})
}
