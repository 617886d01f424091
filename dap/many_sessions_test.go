package dap_test

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
)

// TestManySessions opens and drops thousands of sessions in each way there is,
// and expects memory and goroutines to be where they were.
func TestManySessions(t *testing.T) {
	checkLeaks(t)
	total, batch := 10_000, 1000
	if raceDetector {
		total, batch = 800, 200
	}
	path := script(t, "local x = 1", "local t = {}", "for i = 1, 10 do", "  t[i] = {i}", "end", "print(#t)")
	server := dap.NewServer(dap.Options{})
	// The first batch fills caches and pools.
	manySessions(t, server, path, batch)
	before := liveHeap()
	for done := batch; done < total; done += batch {
		manySessions(t, server, path, batch)
	}
	// 150 bytes a session would be a leak of its number in a map. What goes with a timer
	// goes a little later.
	limit := before + uint64(total)*150
	for end := time.Now().Add(daptest.DefaultTimeout); ; time.Sleep(20 * time.Millisecond) {
		after := liveHeap()
		if after <= limit {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("live heap: %d KiB before, %d KiB after %d sessions", before>>10, after>>10, total)
		}
	}
}

// liveHeap returns the bytes in use after a collection.
func liveHeap() uint64 {
	runtime.GC()
	runtime.GC() // what the first made unreachable through finalizers and pools
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// manySessions runs n sessions, a few at a time.
func manySessions(t *testing.T, server *dap.Server, path string, n int) {
	t.Helper()
	start := time.Now()
	var workers sync.WaitGroup
	numbers := make(chan int)
	for range 8 {
		workers.Go(func() {
			for i := range numbers {
				if err := shortSession(server, path, i%5); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range n {
		numbers <- i
	}
	close(numbers)
	workers.Wait()
	if t.Failed() {
		t.FailNow()
	}
	t.Logf("%d sessions in %v", n, time.Since(start).Round(time.Millisecond))
}

// shortSession opens a session and drops it in one of five ways.
func shortSession(server *dap.Server, path string, kind int) error {
	const patience = 2 * time.Minute
	c := dialPipe(server, nil, nil)
	fail := func(what string) error {
		c.conn.Close()
		return fmt.Errorf("a session of kind %d: %s", kind, what)
	}
	c.send(1, "initialize", map[string]any{"adapterID": "llmspell"})
	switch kind {
	case 0: // no more than initialize, and not even its answer
		c.conn.Close()
		return c.ended(patience, false)
	case 1:
		if !c.idle(patience) {
			return fail("initialize is not answered")
		}
		c.conn.Close()
		return c.ended(patience, false)
	case 2: // garbage
		c.write([]byte("Content-Length: x\r\n\r\n{}"))
		return c.ended(patience, false)
	}
	c.send(2, "setBreakpoints", map[string]any{"source": map[string]any{"path": path}, "breakpoints": []any{map[string]any{"line": 4}}})
	c.send(3, "launch", map[string]any{"program": path})
	c.send(4, "configurationDone", nil)
	if !c.atStop(patience) {
		return fail("no stop")
	}
	c.send(5, "stackTrace", map[string]any{"threadId": 1})
	if !c.idle(patience) {
		return fail("not all requests are answered")
	}
	if kind == 3 { // the client vanishes at a stop
		c.conn.Close()
		return c.ended(patience, false)
	}
	c.send(6, "disconnect", map[string]any{})
	return c.ended(patience, true)
}
