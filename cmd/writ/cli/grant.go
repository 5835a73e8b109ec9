package cli

import (
	"time"

	"writ/application/administer"
	"writ/application/review"
	"writ/application/revoke"
	"writ/domain/oauth"
)

type grantCommand struct {
	List   grantList   `cmd:"" help:"List an account's live grants."`
	Revoke grantRevoke `cmd:"" help:"Revoke a grant."`
}

type grantList struct {
	Account string `required:"" help:"Id or handle."`
}

// grantView is a grant as the command line shows it.
type grantView struct {
	ID       string    `json:"id"`
	ClientID string    `json:"client_id"`
	Client   string    `json:"client_name"`
	Scope    string    `json:"scope"`
	Opened   time.Time `json:"opened_at"`
	Expires  time.Time `json:"expires_at"`
}

// Run lists grants.
func (c *grantList) Run(t *terminal) error {
	var grants *review.Grants
	var accounts *administer.Accounts
	return t.with(func() error {
		a, err := accounts.Find(t.ctx, c.Account)
		if err != nil {
			return err
		}
		views, rows := []grantView{}, [][]any{}
		for page := 1; ; page++ {
			p, err := grants.Execute(t.ctx, review.GrantsQuery{Account: oauth.AccountID(a.Account), Page: page})
			if err != nil {
				return err
			}
			for _, g := range p.Grants {
				v := grantView{g.ID, string(g.ClientID), g.Client.Name, string(g.Scope), g.Opened, g.Expires}
				views = append(views, v)
				rows = append(rows, []any{v.ID, v.ClientID, v.Expires.Format(time.RFC3339), v.Scope})
			}
			if page*review.PageSize >= p.Total {
				break
			}
		}
		return t.answer(views, func() { t.table([]any{"ID", "CLIENT_ID", "EXPIRES", "SCOPE"}, rows) })
	}, &grants, &accounts)
}

type grantRevoke struct {
	Grant string `arg:"" help:"The grant's id."`
}

// Run revokes the grant.
func (c *grantRevoke) Run(t *terminal) error {
	var uc *revoke.Grant
	return t.with(func() error {
		err := uc.Execute(t.ctx, revoke.GrantCommand{Grant: c.Grant})
		if err != nil {
			return err
		}
		return t.answer(map[string]string{"revoked": c.Grant}, func() { t.say("revoked %s", c.Grant) })
	}, &uc)
}
