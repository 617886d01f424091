package runtime_test

import (
	"context"
	"fmt"
	goruntime "runtime"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/runtime"
)

// distinct is one of many scripts of which no two are the same.
func distinct(n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "-- %d\n", n)
	for i := range 100 {
		fmt.Fprintf(&b, "local function f%d(a, b) local t = {a, b, x = 'k'} return t.x .. a + %d end\n", i, i)
	}
	return b.String()
}

func liveHeap() int {
	for range 3 {
		goruntime.GC()
	}
	var m goruntime.MemStats
	goruntime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// A state does not grow with the scripts that it has run; their functions that live keep
// theirs.
func TestLoadedIsBounded(t *testing.T) {
	cache := runtime.NewCache()
	st := newState(t, nil, runtime.Options{Cache: cache})
	kept, err := st.LoadString("local function kept() return 42 end\nf = kept", "=kept", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.Call(context.Background(), kept); err != nil {
		t.Fatal(err)
	}
	kept = nil
	load := func(from, to int) {
		for n := from; n < to; n++ {
			path := ""
			if n%2 == 0 { // files are no different
				path = fmt.Sprintf("/scripts/%d.lua", n)
			}
			if _, err := st.LoadString(distinct(n), "=x", path); err != nil {
				t.Fatal(err)
			}
		}
		cache.Shrink(0)
	}
	load(0, 20)
	before := liveHeap()
	load(20, 320)
	if grown := liveHeap() - before; grown > 2<<20 {
		t.Errorf("300 scripts more have left %d bytes", grown)
	}
	sources := st.Sources()
	if n := len(sources); n < 3 || n > 30 {
		t.Errorf("%d sources", n)
	}
	if src := sources[0]; src.Chunk.Name != "=kept" || src.ID != 1 {
		t.Errorf("the first source is %d, %s: a function of it lives", src.ID, src.Chunk.Name)
	}
	last := sources[len(sources)-1]
	if last.ID != 321 || !strings.HasPrefix(last.Chunk.Source, "-- 319\n") || !st.IsRecent(last.Chunk) || st.SourceOf(last.Chunk).ID != last.ID {
		t.Errorf("the last source is %d", last.ID)
	}
	if err := call(st, "assert(f() == 42)"); err != nil {
		t.Error(err)
	}
	// Small ones are kept by number.
	for n := range 300 {
		if err := call(st, fmt.Sprintf("return %d", n)); err != nil {
			t.Fatal(err)
		}
	}
	cache.Shrink(0)
	liveHeap()
	if n := len(st.Sources()); n != 101 {
		t.Errorf("%d sources of small scripts", n)
	}
	goruntime.KeepAlive(st)
}

// What runs again is the same source, however often.
func TestLoadedAgain(t *testing.T) {
	st := newState(t, nil, runtime.Options{})
	for range 500 {
		for _, text := range []string{"return 1", "return 2"} {
			if err := call(st, text); err != nil {
				t.Fatal(err)
			}
		}
	}
	if s := st.Sources(); len(s) != 2 || s[0].ID != 1 || s[1].ID != 2 {
		t.Errorf("%d sources", len(s))
	}
}
