package analysis

import (
	"os"
	"sync"
	"time"
)

// fileCache keeps the files that were read from disk last. Others are read again
// when they are asked for: a workspace is larger than what should stay in memory.
type fileCache struct {
	mu    sync.Mutex
	files map[string]*cached
	clock int
	size  int
}

type cached struct {
	file *File
	// What the file was like when it was read.
	stamp
	used int
}

// stamp tells whether a file on disk is another one than before.
type stamp struct {
	length   int64
	modified time.Time
}

func stampOf(path string) (stamp, bool) {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}, false
	}
	return stamp{info.Size(), info.ModTime()}, true
}

func (s stamp) same(o stamp) bool { return s.length == o.length && s.modified.Equal(o.modified) }

// maxCached is how many bytes of text the cache holds. A tree takes about ten times
// its text.
const maxCached = 1 << 20

// get returns the file of a URI as it is on disk now, or nil.
func (c *fileCache) get(uri string, config *Config) *File {
	path := PathOf(uri)
	var now stamp
	if config.ReadFile == nil {
		var ok bool
		if now, ok = stampOf(path); !ok {
			return nil
		}
	}
	c.mu.Lock()
	if have := c.files[uri]; have != nil && have.same(now) {
		c.clock++
		have.used = c.clock
		c.mu.Unlock()
		return have.file
	}
	c.mu.Unlock()
	text, err := config.read(path)
	if err != nil {
		return nil
	}
	f := NewFile(uri, path, 0, string(text))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.files == nil {
		c.files = map[string]*cached{}
	}
	c.drop(uri)
	c.clock++
	c.files[uri] = &cached{file: f, stamp: now, used: c.clock}
	c.size += len(text)
	for c.size > maxCached && len(c.files) > 1 {
		oldest := ""
		for u, have := range c.files {
			if u != uri && (oldest == "" || have.used < c.files[oldest].used) {
				oldest = u
			}
		}
		c.drop(oldest)
	}
	return f
}

func (c *fileCache) forget(uri string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(uri)
}

func (c *fileCache) drop(uri string) {
	if have := c.files[uri]; have != nil {
		c.size -= len(have.file.text)
		delete(c.files, uri)
	}
}
