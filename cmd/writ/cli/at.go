package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"writ/application/administer"
	"writ/application/investigate"
	"writ/domain/account"
	"writ/domain/oauth"
)

type atCommand struct {
	Time    string `arg:"" help:"RFC 3339, 14:03:07 of today (UTC), now, or '2h ago'."`
	Account string `required:"" help:"Id or handle."`
}

// Run tells which clients could do what for an account at a moment, and why.
func (c *atCommand) Run(t *terminal) error {
	now := time.Now()
	at, err := moment(c.Time, now)
	if err != nil {
		return err
	}
	if at.After(now) {
		return fmt.Errorf("%s is yet to come", at.Format(time.RFC3339))
	}
	var uc *investigate.Moment
	var accounts *administer.Accounts
	return t.with(func() error {
		a, err := accounts.Find(t.ctx, c.Account)
		if err != nil {
			return err
		}
		p, err := uc.Execute(t.ctx, investigate.MomentCommand{Account: oauth.AccountID(a.Account), At: at})
		if errors.Is(err, account.ErrUnknown) {
			return fmt.Errorf("account %s: %w", c.Account, err)
		}
		if err != nil {
			return err
		}
		return t.answer(p, func() { t.showPicture(p) })
	}, &uc, &accounts)
}

func (t *terminal) showPicture(p investigate.Picture) {
	t.say("At %s account %s was %s and held %s.", p.At.Format(time.RFC3339Nano), p.Account, p.Standing, orNothing(p.Permissions))
	t.because(p.Because)
	for _, g := range p.Grants {
		t.say("\n%s (%s) %s", legible(g.ClientName), g.Client, could(g))
		t.rows([][]any{
			{"  access token", "good until " + g.AccessUntil.Format(time.RFC3339) + ", for " + orNothing(g.AccessScope)},
			{"  grant", g.Grant + ", for " + orNothing(g.Scope)},
			{"  opened", g.Opened.Format(time.RFC3339) + ", by " + openedBy(g)},
		})
		t.because(g.Because)
	}
	for _, a := range p.Approved {
		t.say("\n%s had an approval and could redeem it until %s for %s", a.Client, a.Until.Format(time.RFC3339), orNothing(a.Scope))
		t.because(a.Because)
	}
	for _, o := range p.Owned {
		t.say("\n%s (%s) belonged to the account and could get tokens on its own behalf for %s", legible(o.Name), o.Client, orNothing(o.Scope))
		t.because(o.Because)
	}
	if len(p.Grants)+len(p.Approved)+len(p.Owned) == 0 {
		t.say("\nNo client could do anything for it.")
	}
}

// could says what a client could do by a grant.
func could(g investigate.Held) string {
	switch {
	case !g.Refreshable:
		return "had only an access token left: " + g.Refused
	case g.Refused != "":
		return "had a refresh token, but would have been refused: " + g.Refused
	default:
		return fmt.Sprintf("could refresh until %s, for %s", g.Until.Format(time.RFC3339), orNothing(g.AtRefresh))
	}
}

func openedBy(g investigate.Held) string {
	via := strings.TrimPrefix(string(g.Via), "urn:ietf:params:oauth:grant-type:")
	if g.By == "" {
		return via
	}
	return fmt.Sprintf("%s in %s %s", via, g.By, g.ByID)
}

func orNothing(s oauth.Scope) string {
	if s == "" {
		return "nothing"
	}
	return string(s)
}

// because prints what made something so.
func (t *terminal) because(all []investigate.Happening) {
	rows := make([][]any, 0, len(all))
	for _, h := range all {
		rows = append(rows, []any{fmt.Sprintf("  %8d", h.Position), h.At.Format(time.RFC3339), h.Name, legible(h.What)})
	}
	t.rows(rows)
}
