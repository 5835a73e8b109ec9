package passwordlist_test

import (
	"testing"

	"writ/adapters/passwordlist"
	"writ/ports"
	"writ/ports/portstest"
)

func TestCommonPasswords(t *testing.T) {
	portstest.CommonPasswords(t, func(*testing.T) ports.CommonPasswords { return passwordlist.New() })
}

func TestWhatPeopleAddDoesNotHelp(t *testing.T) {
	list := passwordlist.New()
	for password, common := range map[string]bool{
		"password1": true, "Password2026!": true, " baseball ": true, "1234567890": true, "qwertyuiop": true, "TRUSTNO1": true,
		"correct horse battery": false, "": false, "!!!!": false, "パスワードパスワード": false,
	} {
		if list.Common(password) != common {
			t.Errorf("%q is common: %t", password, !common)
		}
	}
}
