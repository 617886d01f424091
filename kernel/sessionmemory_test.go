package kernel_test

import (
	"runtime"
	"testing"

	"github.com/llmspell/llmspell/kernel"
)

// maxSessionBytes is what a session may have on the heap before it has run anything.
// Half of it is the table of the call stack, of which pages are taken only when calls
// are that deep.
const maxSessionBytes = 450_000

// Sessions that wait take little memory.
func TestSessionMemory(t *testing.T) {
	services := kernel.NewServices(kernel.Openers{})
	sessions := make([]*kernel.Session, 0, 100)
	open := func() {
		s, err := kernel.NewSession(kernel.Config{Services: services})
		if err != nil {
			t.Fatal(err)
		}
		sessions = append(sessions, s)
	}
	open() // what the first one makes is for all
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	for len(sessions) < cap(sessions) {
		open()
	}
	each := int(heap()-before) / (len(sessions) - 1)
	t.Logf("%d bytes a session", each)
	if each > maxSessionBytes {
		t.Errorf("a session takes %d bytes, and may take %d", each, maxSessionBytes)
	}
	for _, s := range sessions {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
