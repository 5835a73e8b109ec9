package masterkey

import (
	"container/list"
	"sync"
)

// cache remembers the account keys that were unwrapped last, so that a request does not unwrap
// again. A key whose wrapped form was destroyed cannot be asked for, even while it is still here.
type cache struct {
	mu    sync.Mutex
	limit int
	found map[string]*list.Element
	order *list.List // most recently used first
}

type cached struct {
	wrapped string
	box     box
}

func newCache(limit int) *cache {
	return &cache{limit: limit, found: map[string]*list.Element{}, order: list.New()}
}

func (c *cache) get(wrapped []byte) (box, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.found[string(wrapped)]
	if !ok {
		return box{}, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*cached).box, true
}

func (c *cache) put(wrapped []byte, b box) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.found[string(wrapped)]; ok {
		return
	}
	entry := &cached{wrapped: string(wrapped), box: b}
	c.found[entry.wrapped] = c.order.PushFront(entry)
	if c.order.Len() > c.limit {
		oldest := c.order.Remove(c.order.Back()).(*cached)
		delete(c.found, oldest.wrapped)
	}
}
