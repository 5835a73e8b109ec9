package wiring

import (
	"time"

	"go.uber.org/fx"

	"writ/adapters/limits"
	"writ/application/administer"
	"writ/application/authorize"
	"writ/application/follow"
	"writ/application/introspect"
	"writ/application/issue"
	"writ/application/review"
	"writ/application/revoke"
	"writ/application/rotate"
	"writ/application/signin"
)

// Application is every use case, one a line.
var Application = fx.Module("application", fx.Provide(
	guesses,
	attempts,
	administer.NewAccounts,
	administer.NewClients,
	authorize.NewPending,
	authorize.NewBegin,
	authorize.NewConsent,
	authorize.NewDeviceRequest,
	authorize.NewDeviceConsent,
	follow.NewAccount,
	introspect.NewAdministrator,
	introspect.NewToken,
	introspect.NewUserInfo,
	issue.NewByAuthorizationCode,
	issue.NewByClientCredentials,
	issue.NewByDeviceCode,
	issue.NewByRefreshToken,
	review.NewGrants,
	revoke.NewGrant,
	revoke.NewToken,
	rotate.NewSigningKeys,
	signin.NewLeave,
	signin.NewPassword,
	signin.NewRecognise,
))

// guesses keeps the expected hits on user codes of 40 bits far below one in 2^32 for each code: an
// account may be wrong 10 times in 10 minutes, all together 1000 times.
func guesses() authorize.Guesses {
	return authorize.Guesses{
		ByAccount: limits.New(10, 10*time.Minute),
		Overall:   limits.New(1000, 10*time.Minute),
	}
}

// attempts bounds wrong passwords in 15 minutes: 50 from a source, and 200 for a name, so many that
// one source alone cannot lock its owner out.
func attempts() signin.Attempts {
	return signin.Attempts{
		ByName:   limits.New(200, 15*time.Minute),
		BySource: limits.New(50, 15*time.Minute),
	}
}
