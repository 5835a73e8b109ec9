package main

import (
	"bytes"
	"encoding/hex"
	"strconv"
)

// stencil is a line of COPY's text format with holes, by which any number of lines like it are
// written.
type stencil struct {
	parts [][]byte // one more than there are holes
	holes []hole
}

// hole says what comes between two parts.
type hole int

const (
	positionHole hole = iota // in the log
	eventHole                // the id of an event
	grantHole                // the id of a grant
	hexHole                  // the same within bytes
)

// stencilOf cuts a line: where the columns are that every event has for itself, and wherever the
// grant's id stands.
func stencilOf(line []byte, columns []string, grant string) stencil {
	s := stencil{parts: [][]byte{{}}}
	for i, field := range bytes.Split(bytes.TrimRight(line, "\n"), []byte("\t")) {
		if i > 0 {
			s.extend([]byte("\t"))
		}
		switch columns[i] {
		case "position":
			s.cut(positionHole)
		case "id":
			s.cut(eventHole)
		default:
			s.field(field, grant)
		}
	}
	s.extend([]byte("\n"))
	return s
}

func (s *stencil) field(field []byte, grant string) {
	for i, part := range bytes.Split(field, []byte(grant)) {
		if i > 0 {
			s.cut(grantHole)
		}
		for j, piece := range bytes.Split(part, []byte(hex.EncodeToString([]byte(grant)))) {
			if j > 0 {
				s.cut(hexHole)
			}
			s.extend(piece)
		}
	}
}

func (s *stencil) cut(h hole) {
	s.holes, s.parts = append(s.holes, h), append(s.parts, nil)
}

func (s *stencil) extend(text []byte) {
	last := len(s.parts) - 1
	s.parts[last] = append(s.parts[last], text...)
}

// filling is what goes into the holes of one line.
type filling struct {
	position     int64
	event, grant string
}

// append writes a line to the end of to.
func (s stencil) append(to []byte, f filling) []byte {
	to = append(to, s.parts[0]...)
	for i, h := range s.holes {
		switch h {
		case positionHole:
			to = strconv.AppendInt(to, f.position, 10)
		case eventHole:
			to = append(to, f.event...)
		case grantHole:
			to = append(to, f.grant...)
		case hexHole:
			to = hex.AppendEncode(to, []byte(f.grant))
		}
		to = append(to, s.parts[i+1]...)
	}
	return to
}
