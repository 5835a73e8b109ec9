package portstest

import (
	"testing"

	"writ/ports"
)

// FrequentPasswords is the contract of ports.FrequentPasswords.
func FrequentPasswords(t *testing.T, open func(t *testing.T) ports.FrequentPasswords) {
	t.Run("what many people choose is known in any letter case", func(t *testing.T) {
		list := open(t)
		for _, password := range []string{"password", "PassWord", "12345678", "qwertyuiop"} {
			if !list.Frequent(password) {
				t.Errorf("%s is not common", password)
			}
		}
		if list.Frequent("f6b2c1d0-kelp-harbour") {
			t.Error("what nobody chooses is common")
		}
	})
}
