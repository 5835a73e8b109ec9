package metrics

import (
	"maps"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// labels tell one series from another. All have few values, whoever asks.
type labels struct{ route, grant, outcome string }

// resolved is what counts for one set of labels.
type resolved struct {
	count   prometheus.Counter
	seconds prometheus.Observer
}

// series are those that were counted before, found without the locks and hashes of the registry.
// They are copied when one is added, which happens once for each. The zero value is ready, and safe
// for concurrent use.
type series struct {
	known atomic.Pointer[map[labels]*resolved]
	add   sync.Mutex
}

func (s *series) of(l labels, resolve func(labels) *resolved) *resolved {
	if known := s.known.Load(); known != nil {
		if one, is := (*known)[l]; is {
			return one
		}
	}
	s.add.Lock()
	defer s.add.Unlock()
	more := map[labels]*resolved{}
	if known := s.known.Load(); known != nil {
		maps.Copy(more, *known)
	}
	one := resolve(l)
	more[l] = one
	s.known.Store(&more)
	return one
}
