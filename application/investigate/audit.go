package investigate

import (
	"context"
	"time"

	"writ/domain/event"
	"writ/domain/grant"
	"writ/domain/oauth"
	"writ/ports"
)

// AuditCommand asks for what happened from Since on and before Until. A zero Until is now.
type AuditCommand struct{ Since, Until time.Time }

// Entry is one line of an audit.
type Entry struct {
	Time     time.Time       `json:"time"`
	Position event.Position  `json:"position"`
	Event    string          `json:"event"` // "grant.revoked"
	What     string          `json:"what"`  // a sentence
	Actor    string          `json:"actor,omitempty"`
	Account  oauth.AccountID `json:"account,omitempty"`
	Client   oauth.ClientID  `json:"client,omitempty"`
	Subject  string          `json:"subject"` // the id within the stream
	Outcome  Outcome         `json:"outcome"`
	Cause    string          `json:"cause,omitempty"` // the id of the message from outside that caused it
}

// Outcome says how something went.
type Outcome string

// The outcomes.
const (
	Done    Outcome = "done"
	Refused Outcome = "refused"
	Alarm   Outcome = "alarm" // somebody may hold what is not theirs
)

// Audit tells what an audit wants to know: sign-ins, decisions of people, all that changed about
// accounts, clients, grants and keys, and every sign of theft, but not each token. It is safe for
// concurrent use.
type Audit struct{ history }

// NewAudit wires the use case.
func NewAudit(f ports.EventFeed, a ports.Annals) *Audit { return &Audit{history{f, a}} }

// straggling is how far from its neighbours' times a fact may stand in the log, when clocks of
// replicas differ. So audits of adjacent times, taken together, lack nothing and have nothing twice.
const straggling = time.Minute

// Execute gives each entry, in the order of the log, to each, until it fails. What is committed
// after it began is not in it. Memory does not grow with the log.
func (uc *Audit) Execute(ctx context.Context, cmd AuditCommand, each func(Entry) error) error {
	end, err := uc.feed.Head(ctx)
	if err != nil {
		return err
	}
	after, err := uc.before(ctx, cmd.Since.Add(-straggling))
	for err == nil && after < end {
		var facts []event.Fact
		facts, err = uc.feed.Read(ctx, after, int(min(batch, end-after)))
		if err != nil || len(facts) == 0 {
			return err
		}
		after = facts[len(facts)-1].Position
		err = uc.some(ctx, cmd, facts, each)
		if !cmd.Until.IsZero() && facts[len(facts)-1].At.After(cmd.Until.Add(straggling)) {
			return err
		}
	}
	return err
}

func (uc *Audit) some(ctx context.Context, cmd AuditCommand, facts []event.Fact, each func(Entry) error) error {
	var wanted []event.Fact
	for _, f := range facts {
		if mayBeAudited(f) && !f.At.Before(cmd.Since) && (cmd.Until.IsZero() || f.At.Before(cmd.Until)) {
			wanted = append(wanted, f)
		}
	}
	records, err := uc.tell(ctx, wanted)
	if err != nil {
		return err
	}
	for _, r := range records {
		entry, told := entryOf(r)
		if !told {
			continue
		}
		err = each(entry)
		if err != nil {
			return err
		}
	}
	return nil
}

func mayBeAudited(f event.Fact) bool {
	name := f.Stream.Kind + "." + f.Name
	return name == "passkey.used" || tellings[name].outcome != ""
}

// entryOf reports false for what an audit is not told.
func entryOf(r ports.Record) (Entry, bool) {
	t := tellingOf(r)
	e := Entry{
		Time: r.At, Position: r.Position, Event: nameOf(r), What: Sentence(r), Actor: actorOf(r, t), Account: oauth.AccountID(r.Account), Client: oauth.ClientID(r.Client),
		Subject: r.Stream.ID, Outcome: t.outcome, Cause: r.Cause,
	}
	if isTheft(r) {
		e.Outcome = Alarm
	}
	return e, t.outcome != ""
}

// isTheft reports whether a grant was revoked because somebody may hold tokens who should not.
func isTheft(r ports.Record) bool {
	return nameOf(r) == "grant.revoked" && grant.Reason(word(r, "reason")).IsCompromise()
}

// actorOf is who did it, as far as the log knows. What another service announced was done there.
func actorOf(r ports.Record, t telling) string {
	switch key := word(r, "key"); {
	case r.Cause != "":
		return "announcement"
	case key != "":
		return "access key " + key
	case administrative[word(r, "reason")]:
		return "operator"
	case t.actor == "":
		return ""
	default:
		return word(r, t.actor)
	}
}

// administrative are the reasons that only whoever runs the server gives.
var administrative = map[string]bool{string(grant.ByAdmin): true, "by_admin": true}
