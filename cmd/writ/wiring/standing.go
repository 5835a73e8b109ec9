package wiring

import (
	"go.uber.org/fx"

	"writ/adapters/eventsourcing"
	"writ/adapters/httpapi"
	"writ/application/maintain"
	"writ/application/revoke"
	"writ/application/signin"
	"writ/ports"
)

// Standing is what people do with their own account.
var Standing = fx.Module("standing",
	fx.Provide(
		eventsourcing.NewChronicle,
		eventsourcing.NewAnnals,
		func(s ports.EventStore) *eventsourcing.Parties { return eventsourcing.NewParties(s) },
		maintain.NewErasure,
		maintain.NewExport,
		maintain.NewProfile,
		maintain.NewSessions,
		revoke.NewAll,
		fx.Annotate(signin.NewPasswordChange, fx.ResultTags(`name:"untold"`)),
		fx.Annotate((*signin.PasswordChange).TellBy, fx.ParamTags(`name:"untold"`)),
	),
	plays[ports.Chronicle, *eventsourcing.Chronicle](),
	plays[ports.Annals, *eventsourcing.Annals](),
	plays[ports.Parties, *eventsourcing.Parties](),
)

// accountIn is what the endpoints of one's own account call.
type accountIn struct {
	fx.In
	Profile  *maintain.Profile
	Erasure  *maintain.Erasure
	Export   *maintain.Export
	Sessions *maintain.Sessions
	Password *signin.PasswordChange
	Revoke   *revoke.All
}

func (in accountIn) useCases() httpapi.AccountUseCases {
	return httpapi.AccountUseCases{
		Profile: in.Profile, Erasure: in.Erasure, Export: in.Export, Sessions: in.Sessions,
		Password: in.Password, Revoke: in.Revoke,
	}
}
