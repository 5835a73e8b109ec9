package investigate

import (
	"cmp"
	"context"
	"slices"

	"writ/domain/authorization"
	"writ/domain/client"
	"writ/domain/device"
	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/domain/session"
)

// client is a client as it was then, with the last settings that it had.
func (s *scene) client(ctx context.Context, id oauth.ClientID) (seen, error) {
	return s.look(ctx, client.Named(id), clientReasons)
}

// look remembers what it has looked at.
func (s *scene) look(ctx context.Context, a event.Aggregate, reasons func([]event.Fact) []event.Fact) (seen, error) {
	if known, is := s.seen[a.Core().Stream()]; is {
		return known, nil
	}
	made, err := s.past.AsOf(ctx, s.at, a)
	if err != nil {
		return seen{}, err
	}
	found := seen{aggregate: a, because: reasons(made)}
	s.seen[a.Core().Stream()] = found
	return found, nil
}

// ledTo are the facts that led to a grant: somebody signed in, and approved a request.
func (s *scene) ledTo(ctx context.Context, g *grant.Grant) ([]event.Fact, error) {
	var led []event.Fact
	if id := g.View().Session; id != "" {
		signedIn, err := s.look(ctx, session.Named(id), func(made []event.Fact) []event.Fact { return made[:min(1, len(made))] })
		if err != nil {
			return nil, err
		}
		led = append(led, signedIn.because...)
	}
	var approval event.Aggregate = authorization.Named(g.ID())
	if g.View().Via == oauth.DeviceCodeGrant {
		approval = device.Named(g.ID())
	}
	made, err := s.past.AsOf(ctx, s.at, approval)
	return append(led, made...), err
}

func (s *scene) happenings(ctx context.Context, facts []event.Fact) ([]Happening, error) {
	records, err := s.tell(ctx, facts)
	told := make([]Happening, 0, len(records))
	for _, r := range records {
		told = append(told, happeningOf(r))
	}
	return told, err
}

// ofStanding are the facts of an account that say what it may do.
var ofStanding = []string{"opened", "adopted", "permissions_changed", "suspended", "reinstated", "deleted"}

// accountReasons are the facts that say what an account is and holds.
func accountReasons(made []event.Fact) []event.Fact {
	return slices.DeleteFunc(slices.Clone(made), func(f event.Fact) bool { return !slices.Contains(ofStanding, f.Name) })
}

// clientReasons are the facts that say what a client is: its last settings, and its end.
func clientReasons(made []event.Fact) []event.Fact {
	var because []event.Fact
	for _, f := range made {
		switch f.Name {
		case "registered", "changed":
			because = []event.Fact{f}
		case "deleted":
			because = append(because, f)
		}
	}
	return because
}

// latest leaves out the refreshes of a grant but the last.
func latest(made []event.Fact) []event.Fact {
	var because []event.Fact
	later := false
	for _, f := range slices.Backward(made) {
		refresh := f.Name == "refreshed" || f.Name == "refresh_repeated"
		if !refresh || !later {
			because = append(because, f)
		}
		later = later || refresh
	}
	return because
}

// inOrder puts facts of several streams into the order of the log.
func inOrder(parts ...[]event.Fact) []event.Fact {
	all := slices.Concat(parts...)
	slices.SortFunc(all, func(a, b event.Fact) int { return cmp.Compare(a.Position, b.Position) })
	return all
}
