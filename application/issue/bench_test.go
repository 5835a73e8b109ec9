package issue_test

import (
	"context"
	"testing"

	"writ/adapters/eventsourcing"
	"writ/adapters/eventsourcing/ledgertest"
	"writ/application/issue"
	"writ/domain/client"
	"writ/domain/oauth"
)

// mute signs with nothing, so that what is measured is the way from the handler to the store.
type mute struct{}

func (mute) Sign(context.Context, oauth.SigningAlg, string, any) (string, error) { return "token", nil }
func (mute) Ready(oauth.SigningAlg) error                                        { return nil }

// counter is a token endpoint over a store that stands still, with what can be presented there.
type counter struct {
	store   *ledgertest.Still
	code    *issue.ByAuthorizationCode
	refresh *issue.ByRefreshToken
	own     *issue.ByClientCredentials
	spend   issue.AuthorizationCodeCommand
	renew   issue.RefreshTokenCommand
	ask     issue.ClientCredentialsCommand
}

func newCounter(t testing.TB) *counter {
	t.Helper()
	w := newWorld(t)
	other := settings
	other.Name = "Machine"
	w.Client("machine", "odin", other)
	refresh, code := w.opened(t).Refresh, w.approve()
	store := ledgertest.NewStill(w.Store)
	l, s, k := eventsourcing.NewLedger(store, w.Keeper, w.Entropy), w.Server, w.Keys
	return &counter{
		store:   store,
		code:    issue.NewByAuthorizationCode(l, s, k, mute{}, w.Clock, w.Entropy),
		refresh: issue.NewByRefreshToken(l, w.Notes, s, k, mute{}, w.Clock, w.Entropy),
		own:     issue.NewByClientCredentials(l, s, mute{}, w.Clock, w.Entropy),
		spend:   redeeming(code),
		renew:   issue.RefreshTokenCommand{Client: app, Token: refresh.Reveal()},
		ask: issue.ClientCredentialsCommand{
			Client: client.Credentials{ID: "machine", Method: oauth.AuthClientSecretBasic, Secret: "secret"}, Scope: "CREATE_POST",
		},
	}
}

// issuances are the ways to a token whose cost is known.
func (c *counter) issuances() map[string]func(context.Context) (issue.Tokens, error) {
	return map[string]func(context.Context) (issue.Tokens, error){
		"client credentials": func(ctx context.Context) (issue.Tokens, error) { return c.own.Execute(ctx, c.ask) },
		"refresh":            func(ctx context.Context) (issue.Tokens, error) { return c.refresh.Execute(ctx, c.renew) },
		"code":               func(ctx context.Context) (issue.Tokens, error) { return c.code.Execute(ctx, c.spend) },
	}
}

func BenchmarkIssue(b *testing.B) {
	for name, issuance := range newCounter(b).issuances() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, err := issuance(b.Context())
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
