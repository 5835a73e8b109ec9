package portstest

import (
	"bytes"
	"regexp"
	"sync"
	"testing"

	"writ/ports"
)

// An xid is 12 bytes in base32hex, so the last character holds four bits only.
var xidForm = regexp.MustCompile(`^[0-9a-v]{19}[0g]$`)

// Entropy is the contract of ports.Entropy.
func Entropy(t *testing.T, open func(t *testing.T) ports.Entropy) {
	t.Run("ids are sortable xids", func(t *testing.T) { idsAreXids(t, open(t)) })
	t.Run("no id is made twice", func(t *testing.T) { idsAreUnique(t, open(t), open(t)) })
	t.Run("every byte is filled", func(t *testing.T) { everyByteIsFilled(t, open(t)) })
}

func idsAreXids(t *testing.T, e ports.Entropy) {
	const second = 6 // characters that hold nothing but the time, in order
	before := ""
	for range 1000 {
		id := e.ID()
		if !xidForm.MatchString(id) {
			t.Fatalf("%q is no xid", id)
		}
		if id[:second] < before {
			t.Fatalf("%q sorts before an earlier id", id)
		}
		before = id[:second]
	}
}

// idsAreUnique makes ids in two sources, as two replicas do, and each in many goroutines.
func idsAreUnique(t *testing.T, sources ...ports.Entropy) {
	var (
		mu   sync.Mutex
		seen = map[string]bool{}
		all  sync.WaitGroup
	)
	for n := range 8 {
		all.Go(func() {
			for range 500 {
				id := sources[n%len(sources)].ID()
				mu.Lock()
				if seen[id] {
					t.Errorf("%s was made twice", id)
				}
				seen[id] = true
				mu.Unlock()
			}
		})
	}
	all.Wait()
}

func everyByteIsFilled(t *testing.T, e ports.Entropy) {
	e.Fill(nil)
	one, other := make([]byte, 32), make([]byte, 32)
	e.Fill(one)
	e.Fill(other)
	if bytes.Equal(one, other) {
		t.Error("two fills give the same bytes")
	}
	filled := make([]byte, 32)
	for range 64 { // a byte that stays 0 by chance in all rounds: 2^-512
		e.Fill(one)
		for i, b := range one {
			filled[i] |= b
		}
	}
	if at := bytes.IndexByte(filled, 0); at >= 0 {
		t.Errorf("byte %d is never filled", at)
	}
}
