package passwordlist_test

import (
	"testing"

	"writ/adapters/passwordlist"
	"writ/ports"
	"writ/ports/portstest"
)

func TestFrequentPasswords(t *testing.T) {
	portstest.FrequentPasswords(t, func(*testing.T) ports.FrequentPasswords { return passwordlist.New() })
}

func TestWhatPeopleAddDoesNotHelp(t *testing.T) {
	list := passwordlist.New()
	for password, common := range map[string]bool{
		"password1": true, "Password2026!": true, " baseball ": true, "1234567890": true, "qwertyuiop": true, "TRUSTNO1": true,
		"correct horse battery": false, "": false, "!!!!": false, "パスワードパスワード": false,
	} {
		if list.Frequent(password) != common {
			t.Errorf("%q is common: %t", password, !common)
		}
	}
}
