package lualib

import (
	"testing"

	lua "github.com/yuin/gopher-lua"
)

// benchmarkChunk runs a chunk under gopher-lua's own libraries and under these.
// setup runs once in each state.
func benchmarkChunk(b *testing.B, setup, chunk string) {
	for _, kind := range []string{"stock", "ours"} {
		b.Run(kind, func(b *testing.B) {
			L := lua.NewState(lua.Options{RegistrySize: 1 << 12, RegistryMaxSize: 1 << 22, RegistryGrowStep: 4096})
			defer L.Close()
			if kind == "ours" {
				defer Open(L, NewHost())()
			}
			if err := L.DoString(setup); err != nil {
				b.Fatal(err)
			}
			fn, err := L.LoadString(chunk)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				L.Push(fn)
				if err := L.PCall(0, 0, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkConcat(b *testing.B) {
	benchmarkChunk(b, `t = {} for i = 1, 10000 do t[i] = "item " .. i end`, `return table.concat(t, ", ")`)
}

func BenchmarkConcatNumbers(b *testing.B) {
	benchmarkChunk(b, `t = {} for i = 1, 2000 do t[i] = i end`, `return table.concat(t, ",")`)
}

func BenchmarkSortNumbers(b *testing.B) {
	benchmarkChunk(b, `x = {} local s = 1 for i = 1, 5000 do s = s * 16807 % 2147483647 x[i] = s end`,
		`local t = {} for i = 1, #x do t[i] = x[i] end table.sort(t)`)
}

func BenchmarkSortComparator(b *testing.B) {
	benchmarkChunk(b, `x = {} local s = 1 for i = 1, 2000 do s = s * 16807 % 2147483647 x[i] = s end`,
		`local t = {} for i = 1, #x do t[i] = x[i] end table.sort(t, function(a, b) return a > b end)`)
}

func BenchmarkUnpack(b *testing.B) {
	benchmarkChunk(b, `t = {} for i = 1, 100000 do t[i] = i end`, `return select("#", unpack(t))`)
}

func BenchmarkInsertRemove(b *testing.B) {
	benchmarkChunk(b, ``, `local t = {} for i = 1, 1000 do table.insert(t, i) end for i = 1, 1000 do table.remove(t) end`)
}

func BenchmarkIterate(b *testing.B) {
	benchmarkChunk(b, `t = {} for i = 1, 1000 do t[i] = true end`, `for i in ipairs(t) do end for k in pairs(t) do end`)
}
