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

func newCounter(t testing.TB, store func(*ledgertest.Store) *ledgertest.Still) *counter {
	t.Helper()
	w := newWorld(t)
	other := settings
	other.Name = "Machine"
	w.Client("machine", "odin", other)
	refresh, code := w.opened(t).Refresh, w.approve()
	still := store(w.Store)
	l, s, k := eventsourcing.NewLedger(still, w.Keeper, w.Entropy), w.Server, w.Keys
	return &counter{
		store:   still,
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

// renewed trades each refresh token for the next.
func (c *counter) renewed(ctx context.Context) (issue.Tokens, error) {
	t, err := c.refresh.Execute(ctx, c.renew)
	c.renew.Token = t.Refresh.Reveal()
	return t, err
}

// issuances are the ways to a token whose cost is known. What people and devices bring was seen here
// before, or is seen for the first time each time.
func issuances(t testing.TB) map[string]issuance {
	t.Helper()
	here := newCounter(t, ledgertest.NewStill)
	elsewhere := newCounter(t, func(s *ledgertest.Store) *ledgertest.Still { return ledgertest.NewStill(s).Eraless() })
	return map[string]issuance{
		"client credentials": {here.store, func(ctx context.Context) (issue.Tokens, error) { return here.own.Execute(ctx, here.ask) }},
		"refresh":            {here.store, here.renewed},
		"refresh, not seen before": {elsewhere.store, func(ctx context.Context) (issue.Tokens, error) {
			return elsewhere.refresh.Execute(ctx, elsewhere.renew)
		}},
		"code, not seen before": {elsewhere.store, func(ctx context.Context) (issue.Tokens, error) {
			return elsewhere.code.Execute(ctx, elsewhere.spend)
		}},
	}
}

// issuance is one way to a token, and the store that it asks.
type issuance struct {
	store *ledgertest.Still
	issue func(context.Context) (issue.Tokens, error)
}

func BenchmarkIssue(b *testing.B) {
	for name, issuance := range issuances(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, err := issuance.issue(b.Context())
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
