package account_test

import (
	"errors"
	"strings"
	"testing"

	"writ/domain/account"
	"writ/domain/oauth"
)

func TestWhichPasswordsAreTooWeak(t *testing.T) {
	p := account.Profile{Handle: "adalovelace", Name: "Ada Lovelace", Email: "countess@example.org", Phone: "+12025550123"}
	for password, want := range map[oauth.Secret]error{
		"correct horse battery":                 nil,
		"ひみつのことばです":                             nil,
		"1234567":                               account.ErrPasswordShort,
		"ひみつ":                                   account.ErrPasswordShort, // 9 bytes
		"":                                      account.ErrPasswordShort,
		"AdaLovelace":                           account.ErrPasswordOwn,
		" ada lovelace ":                        account.ErrPasswordOwn,
		"countess":                              account.ErrPasswordOwn,
		"countess@example.org":                  account.ErrPasswordOwn,
		"+12025550123":                          account.ErrPasswordOwn,
		oauth.Secret(strings.Repeat("a", 1025)): account.ErrPasswordLong,
		oauth.Secret(strings.Repeat("correct ", 1024/8)): nil,
	} {
		if err := account.CheckPassword(password, p, false); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", password.Reveal(), err, want)
		}
	}
	if err := account.CheckPassword("correct horse battery", p, true); !errors.Is(err, account.ErrPasswordFrequent) {
		t.Errorf("a common one: %v", err)
	}
}
