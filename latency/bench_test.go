//go:build !race

package latency

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/runtime"
)

// BenchmarkNext steps over a line through DAP and TCP.
func BenchmarkNext(b *testing.B) { benchmarkStep(b, "next") }

// BenchmarkStepIn steps into whatever comes next.
func BenchmarkStepIn(b *testing.B) { benchmarkStep(b, "stepIn") }

func benchmarkStep(b *testing.B, command string) {
	c, leave := overTCP(serveTCP(b, build(b)))(b)
	defer leave()
	c.launch(session(b, "steps.lua"), true)
	c.stopped("entry")
	for b.Loop() {
		step(c, command)
	}
}

// BenchmarkPage reads a page of 100 from the middle of a large table.
func BenchmarkPage(b *testing.B) {
	c, leave := overTCP(serveTCP(b, build(b)))(b)
	defer leave()
	locals := tables(b, c)
	for _, tt := range []struct{ table, filter string }{{"array", "indexed"}, {"hash", "named"}} {
		of := named(b, locals, tt.table)
		b.Run(tt.table, func(b *testing.B) {
			for b.Loop() {
				page(b, c, of, tt.filter, entries/2)
			}
		})
	}
}

// BenchmarkScript runs each script on gopher-lua alone, in a State, and with
// breakpoints that are not hit.
func BenchmarkScript(b *testing.B) {
	onOneCore(b)
	for _, p := range programs(b) {
		b.Run(p.name+"/bare", func(b *testing.B) {
			for b.Loop() {
				p.bare(b)
			}
		})
		b.Run(p.name+"/state", func(b *testing.B) {
			for b.Loop() {
				p.managed(b, false)
			}
		})
		b.Run(p.name+"/breakpoints", func(b *testing.B) {
			for b.Loop() {
				p.managed(b, true)
			}
		})
	}
}

// BenchmarkCondition reports the time of one evaluation of a condition.
func BenchmarkCondition(b *testing.B) {
	onOneCore(b)
	for _, tt := range conditions() {
		b.Run(tt.name, func(b *testing.B) {
			var unarmed, armed time.Duration
			for b.Loop() {
				lessen(&unarmed, runCondition(b, ""))
				lessen(&armed, runCondition(b, tt.text))
			}
			b.ReportMetric(float64(armed-unarmed)/conditionHits, "ns/evaluation")
		})
	}
}

// BenchmarkCalculator reports tool calls a second.
func BenchmarkCalculator(b *testing.B) {
	collectLate(b)
	for _, tt := range calculatorScripts() {
		b.Run(tt.name, func(b *testing.B) {
			var least time.Duration
			for b.Loop() {
				lessen(&least, runCalculator(b, tt.code, tt.want).least())
			}
			b.ReportMetric(calculatorCalls/least.Seconds(), "calls/s")
		})
	}
}

// BenchmarkCompile compiles each script of testdata/scripts.
func BenchmarkCompile(b *testing.B) {
	paths, err := filepath.Glob(filepath.Join("..", "testdata", "scripts", "*.lua"))
	if err != nil || len(paths) == 0 {
		b.Fatalf("find the scripts in ../testdata/scripts: %v, %d found", err, len(paths))
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		source := runtime.FileSource(string(text))
		b.Run(filepath.Base(path), func(b *testing.B) {
			b.SetBytes(int64(len(source)))
			for b.Loop() {
				// A cache of its own, so that each turn compiles.
				if _, err := runtime.NewCache().Compile(source, "@"+path); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkNewState makes and frees a Lua state with its libraries.
func BenchmarkNewState(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		st, err := runtime.New(runtime.Options{})
		if err != nil {
			b.Fatal(err)
		}
		st.Close()
	}
}

// BenchmarkNewSession makes and frees a session: a state with the globals.
func BenchmarkNewSession(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		s, err := kernel.NewSession(kernel.Config{})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
