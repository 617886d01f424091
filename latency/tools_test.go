//go:build !race

package latency

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel"
)

// calculatorRate is how many calls a second a script must be able to make.
const calculatorRate = 50_000

const calculatorCalls = 10_000

// calculatorTime is how long calculatorCalls may take.
const calculatorTime = calculatorCalls * time.Second / calculatorRate

// calculatorScripts call the calculator calculatorCalls times and return the
// sum of its results.
func calculatorScripts() []struct{ name, code, want string } {
	loop := func(params string) string {
		return fmt.Sprintf(`local sum = 0
for i = 1, %d do
  sum = sum + Tool.execute("calculator", %s).result.result
end
return sum`, calculatorCalls, params)
	}
	return []struct{ name, code, want string }{
		{"one expression", loop(`{ input = "2 + 3 * 4" }`), "140000"},
		{"one expression, a variable", loop(`{ input = "x * 2 + 1", variables = { x = i } }`), "100020000"},
		{"a new expression each", loop(`{ input = i .. " * 2 + 1" }`), "100020000"},
	}
}

func budgetCalculator(t *testing.T, r *report) {
	collectLate(t)
	stick := alone(t, calculatorTime/2)
	for _, tt := range calculatorScripts() {
		best, n := settle(
			func() series {
				return quickest(stick, rounds, func() timings { return runCalculator(t, tt.code, tt.want) })
			},
			func(s series) float64 { return s.share(0, calculatorTime) })
		r.rate(t, "calculator calls from Lua, "+tt.name, best, calculatorCalls, calculatorRate)
		r.took(n)
	}
}

// runCalculator returns the time of a script in a session of its own.
func runCalculator(tb testing.TB, code, want string) timings {
	tb.Helper()
	s, err := kernel.NewSession(kernel.Config{})
	if err != nil {
		tb.Fatalf("create a session: %v", err)
	}
	defer s.Close()
	start, cpu := time.Now(), cpuTime(tb)
	result, err := s.RunString(context.Background(), code, "=calculator", nil)
	took := timings{time.Since(start), cpuTime(tb) - cpu}
	if err != nil {
		tb.Fatal(err)
	}
	if got := result.Texts; len(got) != 1 || got[0] != want {
		tb.Fatalf("the script returned %v, want %s", got, want)
	}
	return took
}
