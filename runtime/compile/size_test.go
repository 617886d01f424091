package compile_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/runtime/compile"
)

// The estimate of a chunk's size is near to what the heap grows by.
func TestSize(t *testing.T) {
	programs := map[string]func(i int) string{
		"functions": func(i int) string {
			return fmt.Sprintf("local function f%d(a, b)\n  local c = a + b\n  if c > %d then return c end\n  return b, 'x%d'\nend\n", i%150, i, i)
		},
		"calls":    func(i int) string { return fmt.Sprintf("print(string.format('%%d of %%s', %d, name_%d))\n", i, i) },
		"table":    func(i int) string { return fmt.Sprintf("T[%d] = {x = %d, y = 'text %d', z = {1, 2, 3}}\n", i, i, i) },
		"one line": func(i int) string { return fmt.Sprintf("x%d=%d ", i, i) },
		"much text": func(i int) string {
			return fmt.Sprintf("-- %s\nx = %q\n", strings.Repeat("word ", 20), strings.Repeat("t", i))
		},
	}
	for name, line := range programs {
		var b strings.Builder
		for i := range 150 {
			b.WriteString(line(i))
		}
		shared := env()
		const chunks = 40
		var kept [chunks]*compile.Chunk
		before := heap()
		for i := range kept {
			chunk, err := compile.Compile(b.String()+fmt.Sprintf("-- %d", i), "=size", shared)
			if err != nil {
				t.Fatal(err)
			}
			kept[i] = chunk
		}
		grown := float64(heap()-before) / chunks
		if estimate := float64(kept[0].Size()); estimate < grown/1.3 || estimate > grown*1.3 {
			t.Errorf("%s: the estimate is %.0f bytes, the heap has grown by %.0f for each", name, estimate, grown)
		}
		runtime.KeepAlive(kept)
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
