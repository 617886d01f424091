package tools

import (
	"container/list"
	"crypto/sha256"
	"sync"
	"time"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

// cacheKey stands for one call. The sandbox is part of it by identity, so what
// one may see is never given to another, and a key keeps its sandbox alive: the
// address cannot become another one's.
type cacheKey struct {
	call    [sha256.Size]byte
	sandbox *sandbox.Sandbox
}

// cacheKey is made of the tool, its version and configuration, and the checked
// parameters, whatever their order.
func (c *invocation) cacheKey() (cacheKey, bool) {
	desc := c.h.Descriptor()
	d := digest{to: sha256.New()}
	d.text('t', desc.Name)
	d.text('v', desc.Version)
	for _, s := range desc.Settings {
		d.text('c', c.call.Setting(s.Name))
	}
	d.value(map[string]any(c.call.Params), 0)
	key := cacheKey{sandbox: c.call.Sandbox}
	d.to.Sum(key.call[:0])
	return key, !d.bad
}

// cache keeps results for a while, those that were used last when there is not
// room for all, and the calls that are under way.
type cache struct {
	limit int64

	mu      sync.Mutex
	size    int64
	entries map[cacheKey]*list.Element // of *cached
	order   *list.List                 // the latest used in front
	flights map[cacheKey]*flight
	counts  CacheMetrics
}

type cached struct {
	key     cacheKey
	result  *tool.Result // never changed, and given to nobody but in copies
	size    int64
	expires time.Time
}

// newCache makes a cache of limit bytes; nil when that is negative.
func newCache(limit int64) *cache {
	if limit < 0 {
		return nil
	}
	return &cache{limit: limit, entries: map[cacheKey]*list.Element{}, order: list.New(), flights: map[cacheKey]*flight{}}
}

// keepFor is how long results of a tool are kept.
func (inv *Invoker) keepFor(d *tool.Descriptor) time.Duration {
	if limit := inv.opt.CacheTTL; limit > 0 {
		return min(limit, d.CacheFor)
	}
	return d.CacheFor
}

// put stores a copy of a result and tells whether it can be copied. One that
// takes more than a quarter of the room is not stored: it would push out too
// much.
func (c *cache) put(key cacheKey, r *tool.Result, ttl time.Duration) bool {
	copied, size, ok := copyResult(r)
	if !ok || size > c.limit/4 {
		return ok
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if el, ok := c.entries[key]; ok {
		c.remove(el)
	}
	c.entries[key] = c.order.PushFront(&cached{key: key, result: copied, size: size, expires: time.Now().Add(ttl)})
	for c.size += size; c.size > c.limit; c.counts.Evicted++ {
		c.remove(c.order.Back())
	}
	return true
}

func (c *cache) remove(el *list.Element) {
	e := c.order.Remove(el).(*cached)
	delete(c.entries, e.key)
	c.size -= e.size
}

func (c *cache) metrics() CacheMetrics {
	if c == nil {
		return CacheMetrics{}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.counts
	m.Entries, m.Bytes = int64(len(c.entries)), c.size
	return m
}
