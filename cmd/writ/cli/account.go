package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"writ/application/administer"
	"writ/domain/account"
	"writ/domain/event"
	"writ/domain/oauth"
)

type accountCommand struct {
	Create      accountCreate      `cmd:"" help:"Make an account, or adopt a shadow account."`
	Show        accountShow        `cmd:"" help:"Show an account."`
	Permissions accountPermissions `cmd:"" help:"Replace an account's permissions."`
	Password    accountPassword    `cmd:"" help:"Replace an account's password, read from standard input."`
	Profile     accountProfile     `cmd:"" help:"Change what is told of a person; an empty value removes it."`
	SignOut     accountSignOut     `cmd:"" help:"End every session of an account."`
	Suspend     accountSuspend     `cmd:"" help:"Serve an account nothing any more."`
	Reinstate   accountReinstate   `cmd:"" help:"Serve a suspended account again."`
	Delete      accountDelete      `cmd:"" help:"End an account and erase its personal data."`
}

type accountCreate struct {
	Handle        string   `required:"" help:"The name to sign in with."`
	ID            string   `name:"id" help:"1 to 64 of A-Z, a-z, 0-9, _ and -; default generated."`
	Name          string   `help:"The name to show."`
	Email         string   `help:"E-mail address, taken as verified."`
	Phone         string   `help:"Phone number in E.164, taken as verified."`
	Locale        string   `help:"Language, such as de-AT."`
	Zoneinfo      string   `help:"Time zone, such as Europe/Vienna."`
	PasswordStdin bool     `help:"Read the password from standard input."`
	Permission    []string `help:"A permission; repeat for more. Default the default set."`
}

// Run makes the account.
func (c *accountCreate) Run(t *terminal) error {
	password, err := t.password(c.PasswordStdin)
	if err != nil {
		return err
	}
	var accounts *administer.Accounts
	return t.with(func() error {
		a, err := accounts.Create(t.ctx, administer.NewAccount{
			ID: c.ID, Password: password, Permissions: c.Permission,
			Profile: account.Profile{
				Handle: event.Personal(c.Handle), Name: event.Personal(c.Name),
				Email: event.Personal(c.Email), EmailVerified: c.Email != "",
				Phone: event.Personal(c.Phone), PhoneVerified: c.Phone != "",
				Details: account.Details{Locale: event.Personal(c.Locale), Zoneinfo: event.Personal(c.Zoneinfo)},
			},
		})
		if err != nil {
			return err
		}
		return t.showAccount(a)
	}, &accounts)
}

// password reads the first line of standard input.
func (t *terminal) password(wanted bool) (oauth.Secret, error) {
	if !wanted {
		return "", nil
	}
	line, err := bufio.NewReader(t.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return "", errors.New("the password on standard input is empty")
	}
	return oauth.Secret(line), nil
}

// one is an argument that names an account.
type oneAccount struct {
	Account string `arg:"" help:"Id or handle."`
}

// act runs a use case on the account and shows what came of it.
func (c oneAccount) act(t *terminal, do func(*administer.Accounts) (account.State, error)) error {
	var accounts *administer.Accounts
	return t.with(func() error {
		a, err := do(accounts)
		if err != nil {
			return err
		}
		return t.showAccount(a)
	}, &accounts)
}

type accountShow struct{ oneAccount }

// Run shows the account.
func (c *accountShow) Run(t *terminal) error {
	return c.act(t, func(uc *administer.Accounts) (account.State, error) { return uc.Find(t.ctx, c.Account) })
}

type accountPermissions struct {
	oneAccount
	Set []string `required:"" help:"The permissions, separated by commas; an empty word for none."`
}

// Run replaces the permissions.
func (c *accountPermissions) Run(t *terminal) error {
	return c.act(t, func(uc *administer.Accounts) (account.State, error) {
		return uc.SetPermissions(t.ctx, c.Account, c.Set)
	})
}

type accountPassword struct{ oneAccount }

// Run replaces the password.
func (c *accountPassword) Run(t *terminal) error {
	password, err := t.password(true)
	if err != nil {
		return err
	}
	return c.act(t, func(uc *administer.Accounts) (account.State, error) {
		return uc.SetPassword(t.ctx, c.Account, password)
	})
}

type accountSuspend struct{ oneAccount }

// Run suspends the account.
func (c *accountSuspend) Run(t *terminal) error {
	return c.act(t, func(uc *administer.Accounts) (account.State, error) { return uc.Suspend(t.ctx, c.Account) })
}

type accountReinstate struct{ oneAccount }

// Run reinstates the account.
func (c *accountReinstate) Run(t *terminal) error {
	return c.act(t, func(uc *administer.Accounts) (account.State, error) { return uc.Reinstate(t.ctx, c.Account) })
}

type accountDelete struct{ oneAccount }

// Run deletes the account.
func (c *accountDelete) Run(t *terminal) error {
	return c.act(t, func(uc *administer.Accounts) (account.State, error) { return uc.Delete(t.ctx, c.Account) })
}
