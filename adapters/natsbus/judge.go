package natsbus

import (
	"context"
	"fmt"

	"writ/domain/event"
)

// judge holds one message after the other against the log.
type judge struct {
	*Comparison
	log    *logWindow
	before event.Position         // of the last message that stood where it should; 0: none did yet
	missed map[event.Position]int // where facts are missing, and which difference says so
}

// message judges the next message.
func (j *judge) message(ctx context.Context, m retained) error {
	j.Messages++
	id, at, named := m.named()
	if !named {
		j.differ(Difference{Kind: Invented, Sequence: m.sequence, Event: id, Problem: "it has no envelope of Writ's"})
		return nil
	}
	e, err := j.log.at(ctx, at)
	switch {
	case err != nil:
		return err
	case e == nil:
		j.at(Beyond, m, at, id, fmt.Sprintf("the log ends at %d", j.Head))
		return nil
	case e.id != id || e.message == nil:
		j.at(Invented, m, at, id, fmt.Sprintf("the log has event %s (%s) there", e.id, e.name))
		return nil
	}
	if at <= j.before {
		j.late(m, *e)
		return nil
	}
	j.compare(m, *e)
	return j.advance(ctx, m, at)
}

func (j *judge) at(kind Deviation, m retained, at event.Position, id, problem string) {
	j.differ(Difference{Kind: kind, Sequence: m.sequence, Position: at, Event: id, Problem: problem})
}

// late judges a message behind one of a later fact: it was published before, or only now.
func (j *judge) late(m retained, e entry) {
	i, missed := j.missed[e.at]
	if !missed {
		j.at(Twice, m, e.at, e.id, "its fact was published before")
		return
	}
	delete(j.missed, e.at)
	if i < len(j.Differences) { // the word that it is missing was wrong
		j.Differences[i] = Difference{
			Kind: Disordered, Sequence: m.sequence, Position: e.at, Event: e.id,
			Problem: fmt.Sprintf("it comes after the message of position %d", j.before),
		}
	}
	j.compare(m, e)
}

// advance looks for facts between the last message and this one.
func (j *judge) advance(ctx context.Context, m retained, at event.Position) error {
	from := j.before + 1
	if j.before == 0 {
		from = at // what was before the first message that is kept was dropped
		if m.sequence == 1 {
			from = 1 // unless nothing ever was
		}
	}
	j.before = at
	return j.miss(ctx, from, at-1, fmt.Sprintf("message %d is already of position %d", m.sequence, at))
}

// miss finds that facts are missing which should have been published.
func (j *judge) miss(ctx context.Context, from, to event.Position, why string) error {
	for at := from; at <= to; at++ {
		e, err := j.log.at(ctx, at)
		if err != nil {
			return err
		}
		if e == nil {
			return nil
		}
		if e.due {
			j.missed[at] = len(j.Differences)
			j.differ(Difference{Kind: Missing, Position: at, Event: e.id, Problem: e.name + " is not in the stream, and " + why})
		}
	}
	return nil
}

// end judges the checkpoint, and counts what is still to be published.
func (j *judge) end(ctx context.Context) error {
	if j.Checkpoint > j.Head {
		j.differ(Difference{Kind: CheckpointOff, Position: j.Checkpoint, Problem: fmt.Sprintf("the checkpoint lies behind the end of the log at %d", j.Head)})
	}
	reached := max(j.before, min(j.Checkpoint, j.Head))
	if err := j.tail(ctx, reached); err != nil {
		return err
	}
	for at := reached + 1; at <= j.Head; at++ {
		e, err := j.log.at(ctx, at)
		if err != nil {
			return err
		}
		if e != nil && e.due {
			j.Lag++
		}
	}
	return nil
}

// tail judges what the checkpoint says was published behind the last message. When all messages
// were dropped, nothing says how far they went.
func (j *judge) tail(ctx context.Context, reached event.Position) error {
	if j.before == 0 && j.Last > 0 {
		return nil
	}
	missing := j.Problems
	err := j.miss(ctx, j.before+1, reached, fmt.Sprintf("the checkpoint is at %d", j.Checkpoint))
	if j.Problems > missing {
		j.differ(Difference{Kind: CheckpointOff, Position: j.Checkpoint, Problem: fmt.Sprintf("the stream has come to position %d only", j.before)})
	}
	return err
}
