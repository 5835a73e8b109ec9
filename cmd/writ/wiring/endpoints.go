package wiring

import (
	"go.uber.org/fx"

	"writ/adapters/httpapi"
	"writ/application/authorize"
	"writ/application/introspect"
	"writ/application/issue"
	"writ/application/review"
	"writ/application/revoke"
	"writ/application/signin"
)

// httpapiIn is what the endpoints call.
type httpapiIn struct {
	fx.In
	ByAuthorizationCode *issue.ByAuthorizationCode
	ByRefreshToken      *issue.ByRefreshToken
	ByDeviceCode        *issue.ByDeviceCode
	ByClientCredentials *issue.ByClientCredentials
	Begin               *authorize.Begin
	Pending             *authorize.Pending
	Consent             *authorize.Consent
	DeviceRequest       *authorize.DeviceRequest
	DeviceConsent       *authorize.DeviceConsent
	Introspect          *introspect.Token
	UserInfo            *introspect.UserInfo
	RevokeToken         *revoke.Token
	RevokeGrant         *revoke.Grant
	Grants              *review.Grants
	Password            *signin.Password
	Leave               *signin.Leave

	Proofs  proofsIn
	Ways    waysIn
	Account accountIn
	Admin   adminIn
}

func (in httpapiIn) useCases() httpapi.UseCases {
	return httpapi.UseCases{
		ByAuthorizationCode: in.ByAuthorizationCode,
		ByRefreshToken:      in.ByRefreshToken,
		ByDeviceCode:        in.ByDeviceCode,
		ByClientCredentials: in.ByClientCredentials,
		Begin:               in.Begin,
		Pending:             in.Pending,
		Consent:             in.Consent,
		DeviceRequest:       in.DeviceRequest,
		DeviceConsent:       in.DeviceConsent,
		Introspect:          in.Introspect,
		UserInfo:            in.UserInfo,
		RevokeToken:         in.RevokeToken,
		RevokeGrant:         in.RevokeGrant,
		Grants:              in.Grants,
		Password:            in.Password,
		Leave:               in.Leave,

		Proofs:   in.Proofs.useCases(),
		Passkeys: in.Ways.passkeys(),
		Keys:     in.Ways.keys(),
		Upstream: in.Ways.upstream(),
		Account:  in.Account.useCases(),
		Admin:    in.Admin.useCases(),
	}
}
