package bunstore

import (
	"writ/domain/event"
	"writ/ports"
)

// plan judges the commits of a batch one after the other, each on what those before it left, just
// as if each had a transaction of its own. What one commit does is known to the next without
// asking the database again.
type plan struct {
	was     standing
	is      standing
	changes changes
	states  map[string]*ports.Row // the row that a moved stream ends with; nil: none
	keys    map[string][]byte     // accounts' keys; nil: destroyed
	rolls   map[censusName]roll
	era     int64
}

// standing is what is known about streams and keys at one moment.
type standing struct {
	head     event.Position
	rows     map[string]event.Version // of state rows; 0: there is none
	versions map[string]event.Version // of streams, with or without a row
	holders  map[keyName]string       // streams that hold keys; "": nobody
}

func newPlan(a answers) *plan {
	return &plan{
		was: standingOf(a), is: standingOf(a),
		states: map[string]*ports.Row{}, keys: map[string][]byte{}, rolls: a.rolls, era: a.era,
	}
}

func standingOf(a answers) standing {
	s := standing{
		head: a.head, rows: map[string]event.Version{},
		versions: map[string]event.Version{}, holders: map[keyName]string{},
	}
	for _, v := range a.streams {
		s.rows[v.Stream], s.versions[v.Stream] = event.Version(v.RowVersion), event.Version(v.Version)
	}
	for _, k := range a.keys {
		s.holders[keyName{k.Kind, string(k.Digest)}] = k.Stream
	}
	return s
}

// admit takes a commit into the plan whole, or refuses it and leaves the plan as it was.
func (p *plan) admit(c ports.Commit) error {
	if c.Era != 0 && c.Era != p.era || !p.expected(c) || !p.counted(c) {
		return ports.ErrConflict
	}
	holders, err := p.holdersAfter(c)
	if err != nil {
		return err
	}
	for k, stream := range holders {
		p.is.holders[k] = stream
	}
	for _, a := range c.Appends {
		p.move(a)
	}
	for _, k := range c.NewKeys {
		p.keys[k.Account] = present(k.Wrapped)
	}
	for _, account := range c.Destroy {
		p.keys[account] = nil
	}
	return nil
}

func (p *plan) expected(c ports.Commit) bool {
	for _, e := range c.Expects {
		if p.is.rows[e.Stream.String()] != e.Version {
			return false
		}
	}
	moved := map[string]event.Version{}
	for _, a := range c.Appends {
		name := a.Stream.String()
		version, again := moved[name]
		if !again {
			version = p.is.versions[name]
		}
		if version != a.Expected {
			return false
		}
		moved[name] = a.Expected + event.Version(len(a.Facts))
	}
	return true
}

// holdersAfter says who holds the keys that a commit touches. What the commit gives back is free
// before anything in it is taken, so that a key can change hands within one commit.
func (p *plan) holdersAfter(c ports.Commit) (map[keyName]string, error) {
	after := map[keyName]string{}
	for _, a := range c.Appends {
		for _, k := range a.Release {
			if name := keyNameOf(k); p.is.holders[name] == a.Stream.String() {
				after[name] = ""
			}
		}
	}
	for _, a := range c.Appends {
		for _, k := range a.Claim {
			if !p.free(k, a.Stream.String(), after) {
				return nil, &ports.TakenError{Kind: k.Kind}
			}
			after[keyNameOf(k)] = a.Stream.String()
		}
	}
	return after, nil
}

// free reports whether a stream may take a key, after what the commit did to it so far.
func (p *plan) free(k ports.UniqueKey, stream string, after map[keyName]string) bool {
	holder, touched := after[keyNameOf(k)]
	if !touched {
		holder = p.is.holders[keyNameOf(k)]
	}
	return holder == "" || holder == stream
}

func (p *plan) move(a ports.Append) {
	for _, f := range a.Facts {
		p.is.head++
		p.changes.events = append(p.changes.events, eventRowOf(f, p.is.head))
	}
	name := a.Stream.String()
	p.is.versions[name] = a.Expected + event.Version(len(a.Facts))
	p.is.rows[name] = 0
	if a.Row != nil {
		p.is.rows[name] = a.Row.Version
	}
	p.states[name] = a.Row
	p.enrol(a)
}

// settled is what the admitted commits change together: each row once, however many of them
// touched it.
func (p *plan) settled() changes {
	c := p.changes
	c.head, c.era = p.is.head, p.era
	for name, was := range p.was.rows {
		if _, moved := p.states[name]; !moved {
			c.stood = append(c.stood, versionRow{Stream: name, RowVersion: int64(was)})
		}
	}
	for name, row := range p.states {
		switch {
		case row != nil:
			moved := stateRowOf(*row)
			moved.was = int64(p.was.rows[name])
			c.states = append(c.states, moved)
		case p.was.rows[name] > 0:
			c.gone = append(c.gone, name)
		}
		if row != nil && p.was.rows[name] == 0 && p.was.versions[name] > 0 {
			c.revived = append(c.revived, name)
		}
	}
	p.settleKeys(&c)
	return c
}

func (p *plan) settleKeys(c *changes) {
	for name, stream := range p.is.holders {
		switch stream {
		case p.was.holders[name]:
		case "":
			c.freed = append(c.freed, keyRow{Kind: name.kind, Digest: []byte(name.digest), Stream: p.was.holders[name]})
		default:
			c.claimed = append(c.claimed, keyRow{Kind: name.kind, Digest: []byte(name.digest), Stream: stream})
		}
	}
	for account, wrapped := range p.keys {
		if wrapped == nil {
			c.destroyed = append(c.destroyed, account)
		} else {
			c.accountKeys = append(c.accountKeys, accountKeyRow{Account: account, Wrapped: wrapped})
		}
	}
}
