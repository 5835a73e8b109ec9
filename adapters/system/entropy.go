package system

import (
	"crypto/rand"

	"github.com/rs/xid"

	"writ/ports"
)

var _ ports.Entropy = (*Entropy)(nil)

// Entropy is the machine's source of randomness. It is safe for concurrent use.
type Entropy struct{ process [5]byte }

// NewEntropy gives the machine's source of randomness.
func NewEntropy() *Entropy {
	e := &Entropy{}
	e.Fill(e.process[:])
	return e
}

// ID implements ports.Entropy. An xid is a second, a machine, a process and a counter. The machine
// and the process are random here: replicas in containers of one image often have the same
// machine id and all are process 1, so that their counters could meet.
func (e *Entropy) ID() string {
	id := xid.New()
	copy(id[4:9], e.process[:])
	return id.String()
}

// Fill implements ports.Entropy. crypto/rand ends the program rather than to give weak bytes.
func (*Entropy) Fill(b []byte) {
	rand.Read(b)
}
