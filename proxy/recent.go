package proxy

import "sync"

// A recent remembers up to about 2*limit of the values last put or got, by key. It
// forgets in whole generations, so that each operation is a map access or two.
// The zero value is not usable; newRecent makes one.
type recent[K comparable, V any] struct {
	limit int

	mu       sync.Mutex // guards what follows
	now, old map[K]V
}

func newRecent[K comparable, V any](limit int) *recent[K, V] {
	return &recent[K, V]{limit: limit, now: map[K]V{}}
}

func (c *recent[K, V]) get(k K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lookup(k)
}

// update replaces the value at k by change's answer to the one that is there, or to
// the zero value, and returns it.
func (c *recent[K, V]) update(k K, change func(V) V) V {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, _ := c.lookup(k)
	v = change(v)
	c.store(k, v)
	return v
}

func (c *recent[K, V]) put(k K, v V) { c.update(k, func(V) V { return v }) }

func (c *recent[K, V]) lookup(k K) (V, bool) {
	if v, ok := c.now[k]; ok {
		return v, true
	}
	v, ok := c.old[k]
	if ok {
		c.store(k, v)
	}
	return v, ok
}

func (c *recent[K, V]) store(k K, v V) {
	if len(c.now) >= c.limit {
		c.old, c.now = c.now, map[K]V{}
	}
	c.now[k] = v
}
