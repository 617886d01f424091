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
	length   int64
	modified time.Time
	used     int
}

// maxCached is how many bytes of text the cache holds. A tree takes about ten times
// its text.
const maxCached = 1 << 20

// get returns the file of a URI as it is on disk now, or nil.
func (c *fileCache) get(uri string, config *Config) *File {
	path := PathOf(uri)
	var length int64
	var modified time.Time
	if config.ReadFile == nil {
		info, err := os.Stat(path)
		if err != nil {
			return nil
		}
		length, modified = info.Size(), info.ModTime()
	}
	c.mu.Lock()
	if have := c.files[uri]; have != nil && have.length == length && have.modified.Equal(modified) {
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
	c.files[uri] = &cached{file: f, length: length, modified: modified, used: c.clock}
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
