package event

import (
	"errors"
	"fmt"
	"reflect"
)

// ErrUnknown says that the log holds an event, or a revision of one, that this binary does not
// know: it was written by a newer one. Nothing may be decided on such a stream.
var ErrUnknown = errors.New("event unknown to this binary")

// Catalogue says how the events of one kind of aggregate are stored. It is the only place that
// knows their names and their former shapes. A Catalogue is immutable and safe for concurrent use.
type Catalogue struct {
	kind   string
	byName map[string]Definition
	byType map[reflect.Type]Definition
	names  []string
}

// Definition declares one event: its stored name, its present type and its former shapes.
type Definition struct {
	name    string
	current reflect.Type
	shapes  []shape // oldest first, the present one last
}

// shape is one revision of a payload.
type shape struct {
	decode  func(unmarshal func(any) error) (any, error)
	upgrade func(any) any // to the next revision; nil for the present one
}

// Past is a former shape of an event, with the way to the next one.
type Past struct{ shape shape }

// Define declares an event stored as name whose payload is an E today, and was each of past
// before, oldest first. Its revision is len(past)+1.
func Define[E any](name string, past ...Past) Definition {
	d := Definition{name: name, current: reflect.TypeFor[E]()}
	for _, p := range past {
		d.shapes = append(d.shapes, p.shape)
	}
	d.shapes = append(d.shapes, shape{decode: decodeAs[E]})
	return d
}

// Was declares a former shape P, which upgrade turns into the shape N that followed it.
func Was[P, N any](upgrade func(P) N) Past {
	return Past{shape{
		decode:  decodeAs[P],
		upgrade: func(old any) any { return upgrade(old.(P)) },
	}}
}

func decodeAs[E any](unmarshal func(any) error) (any, error) {
	var e E
	err := unmarshal(&e)
	return e, err
}

// NewCatalogue collects the events of the aggregates of kind. It panics when a name or a type is
// declared twice, for that is a mistake in the program.
func NewCatalogue(kind string, definitions ...Definition) *Catalogue {
	c := &Catalogue{kind: kind, byName: map[string]Definition{}, byType: map[reflect.Type]Definition{}}
	for _, d := range definitions {
		if _, twice := c.byName[d.name]; twice {
			panic(fmt.Sprintf("event: %s.%s is declared twice", kind, d.name))
		}
		if _, twice := c.byType[d.current]; twice {
			panic(fmt.Sprintf("event: %s is declared twice", d.current))
		}
		c.byName[d.name], c.byType[d.current] = d, d
		c.names = append(c.names, d.name)
	}
	return c
}

// Kind is the kind of aggregate whose events these are.
func (c *Catalogue) Kind() string { return c.kind }

// Names lists the stored names in the order of their declaration.
func (c *Catalogue) Names() []string { return append([]string(nil), c.names...) }

// Describe gives the stored name and the present revision of e. It panics when e is not declared,
// for that is a mistake in the program.
func (c *Catalogue) Describe(e any) (name string, revision Revision) {
	d, known := c.byType[reflect.TypeOf(e)]
	if !known {
		panic(fmt.Sprintf("event: %T is not in the %s catalogue", e, c.kind))
	}
	return d.name, d.revision()
}

// Revision is the present revision of the event stored as name, or 0 when there is none.
func (c *Catalogue) Revision(name string) Revision { return c.byName[name].revision() }

// Decode reads an event stored as name in revision and upgrades it to its present type. unmarshal
// fills the value that it is given a pointer to. An unknown name or a revision from the future is
// ErrUnknown.
func (c *Catalogue) Decode(name string, revision Revision, unmarshal func(any) error) (any, error) {
	d, known := c.byName[name]
	if !known || revision < 1 || revision > d.revision() {
		return nil, fmt.Errorf("%s.%s revision %d: %w", c.kind, name, revision, ErrUnknown)
	}
	e, err := d.shapes[revision-1].decode(unmarshal)
	if err != nil {
		return nil, fmt.Errorf("read %s.%s revision %d: %w", c.kind, name, revision, err)
	}
	for _, s := range d.shapes[revision-1 : len(d.shapes)-1] {
		e = s.upgrade(e)
	}
	return e, nil
}

func (d Definition) revision() Revision { return Revision(len(d.shapes)) }
