package analysis

import (
	"os"
	"sync"
	"time"
	"weak"
)

// fileCache keeps the files that were read from disk last. Others are read again
// when they are asked for: a workspace is larger than what should stay in memory.
// Those that somebody else keeps, as checkers do, are not made twice.
type fileCache struct {
	mu    sync.Mutex
	files map[string]*cached
	clock int
	size  int
	// dropped are files that are not kept here any more, which others may still have.
	dropped map[string]dropped
}

type cached struct {
	file *File
	// What the file was like when it was read.
	stamp
	used int
}

type dropped struct {
	file weak.Pointer[File]
	stamp
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
	if have := c.dropped[uri]; have.same(now) {
		if f := have.file.Value(); f != nil {
			c.keep(uri, f, now)
			c.mu.Unlock()
			return f
		}
	}
	c.mu.Unlock()
	text, err := config.read(path)
	if err != nil {
		return nil
	}
	f := NewFile(uri, path, 0, string(text))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keep(uri, f, now)
	return f
}

// keep takes a file in, and drops those that were used least lately.
func (c *fileCache) keep(uri string, f *File, now stamp) {
	if c.files == nil {
		c.files, c.dropped = map[string]*cached{}, map[string]dropped{}
	}
	c.drop(uri)
	delete(c.dropped, uri)
	c.clock++
	c.files[uri] = &cached{file: f, stamp: now, used: c.clock}
	c.size += len(f.text)
	for c.size > maxCached && len(c.files) > 1 {
		oldest := ""
		for u, have := range c.files {
			if u != uri && (oldest == "" || have.used < c.files[oldest].used) {
				oldest = u
			}
		}
		c.dropped[oldest] = dropped{weak.Make(c.files[oldest].file), c.files[oldest].stamp}
		c.drop(oldest)
	}
}

func (c *fileCache) forget(uri string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(uri)
	delete(c.dropped, uri)
}

func (c *fileCache) drop(uri string) {
	if have := c.files[uri]; have != nil {
		c.size -= len(have.file.text)
		delete(c.files, uri)
	}
}
