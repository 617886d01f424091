// Package lru is a small cache for compiled expressions and queries.
package lru

import (
	"container/list"
	"sync"
)

// Cache is a small cache that forgets what was not used for longest. It is safe
// for concurrent use.
type Cache[V any] struct {
	mu    sync.Mutex
	limit int
	order *list.List // of *item[V], the latest used in front
	items map[string]*list.Element
}

type item[V any] struct {
	key   string
	value V
}

// New makes a cache of limit values at most.
func New[V any](limit int) *Cache[V] {
	return &Cache[V]{limit: limit, order: list.New(), items: make(map[string]*list.Element)}
}

// Get returns a value and marks it as used.
func (c *Cache[V]) Get(key string) (v V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	el, ok := c.items[key]
	if !ok {
		return v, false
	}
	c.order.MoveToFront(el)
	return el.Value.(*item[V]).value, true
}

// Put adds or replaces a value.
func (c *Cache[V]) Put(key string, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if el, ok := c.items[key]; ok {
		el.Value.(*item[V]).value = v
		c.order.MoveToFront(el)
		return
	}
	c.items[key] = c.order.PushFront(&item[V]{key, v})
	if len(c.items) > c.limit {
		oldest := c.order.Back()
		c.order.Remove(oldest)
		delete(c.items, oldest.Value.(*item[V]).key)
	}
}
