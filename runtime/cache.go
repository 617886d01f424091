package runtime

import (
	"container/list"
	"crypto/sha256"
	"sync"

	"github.com/llmspell/llmspell/runtime/compile"
)

// Cache keeps compiled chunks by source and name. It is safe for concurrent
// use and may be shared by any number of states: chunks are immutable.
type Cache struct {
	mu      sync.Mutex
	entries map[cacheKey]*list.Element
	order   *list.List // most recently used first
	bytes   int
}

type cacheKey struct {
	hash [sha256.Size]byte
	name string
}

type cacheEntry struct {
	key   cacheKey
	chunk *compile.Chunk
	size  int // bytes, about
}

// A cache holds at most this many chunks and about this many bytes, unless one alone has more.
const (
	cacheEntries = 1024
	cacheBytes   = 32 << 20
)

// NewCache returns an empty cache.
func NewCache() *Cache {
	return &Cache{entries: map[cacheKey]*list.Element{}, order: list.New()}
}

// Compile returns the chunk for a source and name ("@file", "=name" or text),
// compiled now or before. Errors are *compile.SyntaxError.
func (c *Cache) Compile(source, name string) (*compile.Chunk, error) {
	return c.compile(source, name, nil)
}

// compile is Compile that gives up when stop says so, with compile.ErrStopped.
func (c *Cache) compile(source, name string, stop func() bool) (*compile.Chunk, error) {
	key := cacheKey{sha256.Sum256([]byte(source)), name}
	c.mu.Lock()
	if e, ok := c.entries[key]; ok {
		c.order.MoveToFront(e)
		c.mu.Unlock()
		return e.Value.(*cacheEntry).chunk, nil
	}
	c.mu.Unlock()
	chunk, err := compile.CompileUntil(source, name, sharedEnv(), stop)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.entries[key]; ok { // another goroutine was faster
		return e.Value.(*cacheEntry).chunk, nil
	}
	size := chunk.Size()
	c.entries[key] = c.order.PushFront(&cacheEntry{key, chunk, size})
	c.bytes += size
	for c.order.Len() > 1 && (c.order.Len() > cacheEntries || c.bytes > cacheBytes) {
		c.drop()
	}
	return chunk, nil
}

// drop forgets the chunk that was not used for the longest time.
func (c *Cache) drop() {
	old := c.order.Remove(c.order.Back()).(*cacheEntry)
	delete(c.entries, old.key)
	c.bytes -= old.size
}

// Shrink forgets the chunks that were not used for the longest time, until the others
// take about so many bytes.
func (c *Cache) Shrink(bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.bytes > bytes {
		c.drop()
	}
}
