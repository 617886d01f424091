package runtime_test

import (
	"bytes"
	"fmt"
	goruntime "runtime"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/runtime"
)

// heapLimit is enough for the test binary and too little for the scripts.
const heapLimit = 64 << 20

func TestMemoryIsBounded(t *testing.T) {
	for name, source := range map[string]string{
		"rep":             `return ("x"):rep(10 * 1024 * 1024 * 1024)`,
		"doubled string":  `local s = "x" while true do s = s .. s end`,
		"doubled by rep":  `local s = "x" while true do s = s:rep(2) end`,
		"growing table":   `local t = {} for i = 1, math.huge do t[i] = {i} end`,
		"growing hash":    `local t = {} for i = 1, math.huge do t["k" .. i] = i end`,
		"kept strings":    `local t = {} for i = 1, math.huge do t[i] = ("x"):rep(1000) .. i end`,
		"kept closures":   `local t = {} for i = 1, math.huge do t[i] = function() return i end end`,
		"gsub":            `local s = "xx" while true do s = s:gsub("x", "xxxx") end`,
		"format":          `local s = "x" while true do s = string.format("%s%s", s, s) end`,
		"concat":          `local s = "x" while true do s = table.concat({s, s, s}) end`,
		"upper":           `local s = "x" while true do s = s:upper() .. s:lower() end`,
		"three operands":  `local s = "x" while true do s = s .. s .. s end`,
		"kept coroutines": `local t = {} for i = 1, math.huge do t[i] = coroutine.create(function() end) end`,
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			st := newState(t, &out, runtime.Options{Limits: runtime.Limits{Heap: heapLimit}})
			e := failure(t, call(st, source))
			if e.Kind != runtime.KindScript || !strings.Contains(e.Message, "not enough memory") {
				t.Fatalf("%v", e)
			}
			// A script may catch it, as in PUC Lua, and go on once it has let go.
			if err := call(st, "print(pcall(function() "+source+" end)) local s = ('x'):rep(1000) print(#s)"); err != nil {
				t.Fatal(err)
			}
			if got := out.String(); !strings.HasPrefix(got, "false") || !strings.Contains(got, "not enough memory") || !strings.HasSuffix(got, "\n1000\n") {
				t.Errorf("%.300q", got)
			}
		})
	}
}

func TestGarbageIsNoMemory(t *testing.T) {
	texts, tables := 2000, 300_000
	if raceDetector {
		texts, tables = 600, 30_000 // still more than the limit
	}
	opts := runtime.Options{Limits: runtime.Limits{Heap: 256 << 20}}
	if _, err := run(t, fmt.Sprintf(`for i = 1, %d do local s = ("x"):rep(1e6) end for i = 1, %d do local t = {i, i} end`, texts, tables), opts); err != nil {
		t.Error(err)
	}
}

func TestMillions(t *testing.T) {
	n := 1_000_000
	if raceDetector {
		n = 100_000
	}
	prints(t, fmt.Sprintf(`
		local t = {}
		local n = %d
		for i = 1, n do t[i] = i %% 10 end
		print(#table.concat(t), #table.concat(t, ","))
		print(select("#", unpack(t)), (select(n - 1, unpack(t))))
		print(#{unpack(t)}, math.max(unpack(t)))
		table.sort(t) print(t[1], t[n])`, n), fmt.Sprintf("%d\t%d\n%d\t9\n%d\t9\n0\t9\n", n, 2*n-1, n, n))
}

// heap is the live heap after a collection.
func heap() uint64 {
	goruntime.GC()
	goruntime.GC()
	var m goruntime.MemStats
	goruntime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestLoadedStringsAreForgotten(t *testing.T) {
	st := newState(t, nil, runtime.Options{})
	load := func(from, to int) {
		if err := call(st, fmt.Sprintf("for i = %d, %d do assert(loadstring('local function f() return ' .. i .. ' end return f()'))() end", from, to)); err != nil {
			t.Fatal(err)
		}
	}
	load(1, 20_000) // the caches fill
	before := heap()
	load(20_001, 100_000)
	if after := heap(); after > before+8<<20 {
		t.Errorf("80,000 loaded strings cost %d KiB", (after-before)>>10)
	}
	if n := len(st.Sources()); n > 1100 {
		t.Errorf("%d sources are remembered", n)
	}
}

func TestManyCoroutines(t *testing.T) {
	var out bytes.Buffer
	st := newState(t, &out, runtime.Options{})
	if err := call(st, `
		live = {}
		for i = 1, 10000 do
			live[i] = coroutine.create(function(a) while true do a = coroutine.yield(a + i) end end)
		end
		local sum = 0
		for round = 1, 3 do
			for i = 1, #live do local _, v = coroutine.resume(live[i], round) sum = sum + v end
		end
		print(sum)`); err != nil {
		t.Fatal(err)
	}
	if out.String() != "150075000\n" {
		t.Errorf("got %q", out.String())
	}
	if n := len(st.Threads()); n != 10_000 {
		t.Errorf("%d threads, want 10000", n)
	}
	if err := call(st, "live = nil for i = 1, 1000 do coroutine.wrap(function() end)() end"); err != nil {
		t.Fatal(err)
	}
	heap()
	if n := len(st.Threads()); n > 100 {
		t.Errorf("%d threads after all were dropped", n)
	}
}
