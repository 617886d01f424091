package lsp

import (
	"bytes"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/llmspell/llmspell/lsp/analysis"
)

// Limits of the index.
const (
	// maxIndexed is how large a file is, in bytes, that is indexed.
	maxIndexed = 2 << 20
	// maxKept is how many files the index keeps for sessions to come.
	maxKept = 100_000
)

// index keeps what has been found out of files on disk, for all sessions.
type index struct {
	mu      sync.Mutex
	entries map[string]indexed // by path
}

// indexed is a file as it was when it was read.
type indexed struct {
	modified time.Time
	size     int64
	entry    *analysis.Entry
}

func newIndex() *index { return &index{entries: map[string]indexed{}} }

// entry returns what there is to know of a file; nil if it cannot be read, or is no
// file to be indexed.
func (x *index) entry(uri, path string) *analysis.Entry {
	info, err := os.Stat(path)
	if err != nil || !indexable(info) {
		x.mu.Lock()
		delete(x.entries, path)
		x.mu.Unlock()
		return nil
	}
	x.mu.Lock()
	have, ok := x.entries[path]
	x.mu.Unlock()
	if ok && have.size == info.Size() && have.modified.Equal(info.ModTime()) {
		return have.entry
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	if isBinary(text) {
		text = nil
	}
	e := analysis.NewFile(uri, path, 0, string(text)).Entry()
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.entries) >= maxKept {
		clear(x.entries)
	}
	x.entries[path] = indexed{info.ModTime(), info.Size(), e}
	return e
}

// isBinary tells whether a file is none of Lua text: compiled Lua, an archive, UTF-16. What
// looks like names in it is none.
func isBinary(text []byte) bool { return bytes.IndexByte(text[:min(len(text), 8000)], 0) >= 0 }

func indexable(info fs.FileInfo) bool {
	return info.Mode().IsRegular() && info.Size() <= maxIndexed
}
