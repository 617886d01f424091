package state

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// An export that is much larger than what may be in memory is imported: others write
// meanwhile, and the heap stays small.
func TestLargeImport(t *testing.T) {
	size, values := 20<<20, 40_000
	if os.Getenv("LLMSPELL_STATE_LARGE") != "" {
		size, values = 100<<20, 200_000
	}
	path := filepath.Join(t.TempDir(), "export.json")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("x", size/values)
	fmt.Fprint(f, `{"llmspell_state": 1, "entries": [`)
	for i := range values {
		if i > 0 {
			fmt.Fprint(f, ",")
		}
		fmt.Fprintf(f, `{"scope": "session:1", "key": "%07d", "value": "%s"}`, i, text)
	}
	fmt.Fprint(f, "]}")
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	defer f.Close()

	s := newStore(t, Options{})
	set(t, s, "kept", "as it is")
	ctx, cancel := context.WithCancel(t.Context())
	var most, longest atomic.Int64
	runtime.GC() // what earlier tests have left is not counted
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		for i := 0; ctx.Err() == nil; i++ {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most.Store(max(most.Load(), int64(m.HeapInuse)-int64(before.HeapInuse)))
			began := time.Now()
			if _, err := s.Set(context.WithoutCancel(ctx), Scope{Session, "2"}, "n", i, SetOptions{}); err != nil {
				t.Error(err)
			}
			longest.Store(max(longest.Load(), int64(time.Since(began))))
			time.Sleep(5 * time.Millisecond)
		}
	}()
	began := time.Now()
	done, err := s.Import(t.Context(), f, ImportOptions{Scope: &Scope{Session, "1"}})
	took := time.Since(began)
	cancel()
	<-watched
	n := done.Values
	t.Logf("%d values of %d bytes in %v; the heap grew by %d MB at most, a write waited %v at most", n, size/values, took, most.Load()>>20, time.Duration(longest.Load()))
	if err != nil || n != values {
		t.Fatalf("%d, %v", n, err)
	}
	if most.Load() > 64<<20 {
		t.Errorf("the heap grew by %d MB", most.Load()>>20)
	}
	if value(t, s, "kept") != "as it is" {
		t.Error("another scope was changed")
	}
}
