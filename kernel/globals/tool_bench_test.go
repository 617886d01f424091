package globals

import (
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/tools"
)

// benchmarkLoop runs a Lua loop of n calculator calls in each iteration.
func benchmarkLoop(b *testing.B, n int, body string) {
	L := lua.NewState()
	defer L.Close()
	reg := tools.Builtin()
	InstallTool(L, reg, tools.NewInvoker(reg, tools.Options{}), Env{Sandbox: box(b, b.TempDir())})
	fn, err := L.LoadString(`
		local calculator = Tool.calculator
		for i = 1, ` + lua.LNumber(n).String() + ` do ` + body + ` end`)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		L.Push(fn)
		if err := L.PCall(0, 0, nil); err != nil {
			b.Fatal(err)
		}
	}
	calls := float64(b.N) * float64(n)
	b.ReportMetric(calls/b.Elapsed().Seconds(), "calls/s")
	b.ReportMetric(b.Elapsed().Seconds()*1e6/calls, "µs/call")
}

func BenchmarkCalculatorSameExpression(b *testing.B) {
	benchmarkLoop(b, 10_000, `local r = Tool.execute("calculator", {operation = "evaluate", input = "2 + 3 * 4"})`)
}

func BenchmarkCalculatorVariables(b *testing.B) {
	benchmarkLoop(b, 10_000, `local r = calculator:execute({input = "x * 2 + sqrt(y)", variables = {x = i, y = 16}})`)
}

// Every call has an expression that was never seen before.
func BenchmarkCalculatorNewExpressions(b *testing.B) {
	benchmarkLoop(b, 10_000, `seed = (seed or 0) + 1; local r = Tool.execute("calculator", {input = seed .. " * 2 + 1"})`)
}
