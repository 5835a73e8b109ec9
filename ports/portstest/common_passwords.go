package portstest

import (
	"testing"

	"writ/ports"
)

// CommonPasswords is the contract of ports.CommonPasswords.
func CommonPasswords(t *testing.T, open func(t *testing.T) ports.CommonPasswords) {
	t.Run("what many people choose is known in any letter case", func(t *testing.T) {
		list := open(t)
		for _, password := range []string{"password", "PassWord", "12345678", "qwertyuiop"} {
			if !list.Common(password) {
				t.Errorf("%s is not common", password)
			}
		}
		if list.Common("f6b2c1d0-kelp-harbour") {
			t.Error("what nobody chooses is common")
		}
	})
}
