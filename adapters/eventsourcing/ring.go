package eventsourcing

import (
	"encoding/binary"
	"hash/maphash"
	"sync"
)

// ring keeps the latest of what was put into it under names, in one block of memory: the oldest makes
// room for the newest. However much it holds, the collector of garbage has nothing to look at in it. It
// is safe for concurrent use.
type ring struct {
	seed maphash.Seed

	mu     sync.Mutex
	block  []byte            // made when something is put
	size   uint64            // of the block
	from   uint64            // where the oldest piece begins; places only grow, the block is used again
	to     uint64            // where the next one goes
	places map[uint64]uint64 // of pieces, by the hash of the name
}

// piece is what stands before a name and its content.
type piece struct {
	hash, version uint64
	name, content uint32 // bytes
}

const pieceHead = 24 // bytes of a piece before the name

func (p piece) end(place uint64) uint64 {
	return place + pieceHead + uint64(p.name) + uint64(p.content)
}

func newRing(size int) *ring {
	return &ring{seed: maphash.MakeSeed(), size: uint64(size), places: map[uint64]uint64{}}
}

// put keeps a version of what has a name, unless a newer one is there.
func (r *ring) put(name string, version uint64, content []byte) {
	p := piece{r.hash(name), version, uint32(len(name)), uint32(len(content))}
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, _, is := r.find(p.hash, name); is && known.version > version || p.end(0) > r.size {
		return
	}
	if r.block == nil {
		r.block = make([]byte, r.size)
	}
	for p.end(r.to) > r.from+r.size {
		r.drop()
	}
	r.places[p.hash] = r.to
	var head [pieceHead]byte
	p.write(head[:])
	at := r.write(r.to, head[:])
	at = r.write(at, []byte(name))
	r.to = r.write(at, content)
}

// get gives a copy of what has a name, and its version.
func (r *ring) get(name string) (content []byte, version uint64, is bool) {
	hash := r.hash(name)
	r.mu.Lock()
	defer r.mu.Unlock()
	p, place, is := r.find(hash, name)
	if !is {
		return nil, 0, false
	}
	content = make([]byte, p.content)
	r.read(place+pieceHead+uint64(p.name), content)
	return content, p.version, true
}

// forget lets go of what has a name.
func (r *ring) forget(name string) {
	hash := r.hash(name)
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.places, hash)
}

func (r *ring) hash(name string) uint64 { return maphash.String(r.seed, name) }

// find looks for what has a name. Of two with one hash the later is there.
func (r *ring) find(hash uint64, name string) (p piece, place uint64, is bool) {
	place, is = r.places[hash]
	if !is {
		return p, 0, false
	}
	p = r.pieceAt(place)
	if int(p.name) != len(name) {
		return p, 0, false
	}
	return p, place, r.holds(place+pieceHead, name)
}

// holds reports whether a text stands at a place.
func (r *ring) holds(place uint64, text string) bool {
	from := place % r.size
	first := min(uint64(len(text)), r.size-from)
	return string(r.block[from:from+first]) == text[:first] && string(r.block[:uint64(len(text))-first]) == text[first:]
}

// drop lets go of the oldest piece.
func (r *ring) drop() {
	p := r.pieceAt(r.from)
	if r.places[p.hash] == r.from {
		delete(r.places, p.hash)
	}
	r.from = p.end(r.from)
}

func (r *ring) pieceAt(place uint64) piece {
	var head [pieceHead]byte
	r.read(place, head[:])
	return piece{
		binary.LittleEndian.Uint64(head[0:]), binary.LittleEndian.Uint64(head[8:]),
		binary.LittleEndian.Uint32(head[16:]), binary.LittleEndian.Uint32(head[20:]),
	}
}

func (p piece) write(head []byte) {
	binary.LittleEndian.PutUint64(head[0:], p.hash)
	binary.LittleEndian.PutUint64(head[8:], p.version)
	binary.LittleEndian.PutUint32(head[16:], p.name)
	binary.LittleEndian.PutUint32(head[20:], p.content)
}

// read and write go on at the beginning of the block when they come to its end.
func (r *ring) read(place uint64, into []byte) {
	n := copy(into, r.block[place%r.size:])
	copy(into[n:], r.block)
}

func (r *ring) write(place uint64, from []byte) uint64 {
	n := copy(r.block[place%r.size:], from)
	copy(r.block, from[n:])
	return place + uint64(len(from))
}
