package dap

import (
	"sync"
	"sync/atomic"

	"github.com/llmspell/llmspell/runtime/debug"
)

// references translates the numbers of sources that are no files, as handles
// does those of frames: a run's are moved behind those of the runs before it, so
// that an old one never shows another text. Any goroutine may use it. The zero
// value leaves numbers as they are.
type references struct {
	base int
	last *atomic.Int64 // the largest that the client was given
}

// newReferences begins the numbers of a run.
func newReferences(last *atomic.Int64) references {
	return references{base: int(last.Load()), last: last}
}

func (r references) toClient(ref int) int {
	if ref == 0 || r.last == nil {
		return ref
	}
	ref += r.base
	for {
		last := r.last.Load()
		if int64(ref) <= last || r.last.CompareAndSwap(last, int64(ref)) {
			return ref
		}
	}
}

func (r references) toEngine(ref int) (int, error) {
	if ref <= r.base {
		return 0, debug.ErrStale
	}
	return ref - r.base, nil
}

// maxLoaded is how many of each are remembered.
const maxLoaded = 1000

// loaded is what the client was told that a run has loaded, besides files.
type loaded struct {
	mu      sync.Mutex
	texts   []debug.Source // those that are no files
	modules []debug.Module
}

func (l *loaded) addText(src debug.Source) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.texts = append(l.texts, src); len(l.texts) > maxLoaded {
		l.texts = l.texts[1:]
	}
}

func (l *loaded) addModule(m debug.Module) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.modules = append(l.modules, m); len(l.modules) > maxLoaded {
		l.modules = l.modules[1:]
	}
}

func (l *loaded) take() ([]debug.Source, []debug.Module) {
	l.mu.Lock()
	defer l.mu.Unlock()
	texts, modules := l.texts, l.modules
	l.texts, l.modules = nil, nil
	return texts, modules
}
