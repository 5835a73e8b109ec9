package wiring

import (
	"go.uber.org/fx"

	"writ/adapters/bunstore"
	"writ/adapters/eventsourcing"
	"writ/application/investigate"
	"writ/ports"
)

// Questions is what people ask about what happened.
var Questions = fx.Module("questions",
	fx.Provide(
		eventsourcing.NewPast,
		investigate.NewAudit,
		investigate.NewEvents,
		investigate.NewExplanation,
		investigate.NewMoment,
	),
	plays[ports.Past, *eventsourcing.Past](),
	plays[ports.Belongings, *bunstore.Store](),
)
