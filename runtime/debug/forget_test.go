package debug_test

import (
	"context"
	"fmt"
	goruntime "runtime"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/runtime/debug"
)

func liveHeap() int {
	for range 3 {
		goruntime.GC()
	}
	var m goruntime.MemStats
	goruntime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// A state that is debugged does not grow with the scripts that it has run. Breakpoints
// stop in what lives of them, and in what comes.
func TestForgetsScripts(t *testing.T) {
	s := open(t, "function again() return 1 end\nagain()\n", debug.Options{})
	s.e.SetFunctionBreakpoints([]debug.FunctionBreakpointSpec{{Name: "f7", Condition: "false"}})
	s.e.SetSkip(func(debug.Source) bool { return false })
	script := func(n int) string {
		var b strings.Builder
		fmt.Fprintf(&b, "-- %d\n", n)
		for i := range 60 {
			fmt.Fprintf(&b, "local function f%d(a, b) local t = {a, b, x = 'k'} return t.x .. a + %d end\n", i, i)
		}
		return b.String() + "f7(1, 2)"
	}
	load := func(from, to int) {
		t.Helper()
		for n := from; n < to; n++ {
			path := ""
			if n%2 == 0 {
				path = fmt.Sprintf("/scripts/%d.lua", n)
			}
			fn, err := s.st.LoadString(script(n), "@s.lua", path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.st.Call(context.Background(), fn); err != nil {
				t.Fatal(err)
			}
			if n%50 == 0 {
				goruntime.GC()
			}
		}
	}
	// What the cache of compiled chunks keeps is bounded too, and full by then.
	load(0, 250)
	before := liveHeap()
	load(250, 750)
	if grown := liveHeap() - before; grown > 15<<20 { // all of them would be more than 100 MB
		t.Errorf("500 scripts more have left %d bytes", grown)
	}
	s.e.SetFunctionBreakpoints([]debug.FunctionBreakpointSpec{{Name: "again"}})
	s.run()
	s.stopped(debug.ReasonFunction, 1)
	s.finish("")
}
