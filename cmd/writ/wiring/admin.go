package wiring

import (
	"go.uber.org/fx"

	"writ/adapters/httpapi"
	"writ/application/introspect"
	"writ/application/investigate"
)

// adminIn is what the endpoints of administrators call.
type adminIn struct {
	fx.In
	Who         *introspect.Administrator
	Events      *investigate.Events
	Moment      *investigate.Moment
	Explanation *investigate.Explanation
	Audit       *investigate.Audit
}

func (in adminIn) useCases() httpapi.AdminUseCases {
	return httpapi.AdminUseCases{
		Who: in.Who, Events: in.Events, Moment: in.Moment, Explanation: in.Explanation, Audit: in.Audit,
	}
}

// stopping is closed when the server stops, for answers that would last longer.
type stopping chan struct{}

func newStopping() stopping { return make(stopping) }
