//go:build !race

package latency

import (
	"context"
	"fmt"
	goruntime "runtime"
	"testing"
	"time"

	"github.com/llmspell/llmspell/runtime"
)

// conditionCost is the budget of one evaluation of a breakpoint's condition.
const conditionCost = time.Microsecond

// conditionHits is how often the line with the breakpoint runs.
const conditionHits = 100_000

// conditionScript has the breakpoint on conditionLine. The condition holds in
// the last turn only: one stop proves that it was evaluated there.
const conditionLine = 4

var conditionScript = fmt.Sprintf(`local limit, total = %d, 0
local function run()
  for i = 1, limit do
    total = total + i
  end
  return total
end
return run()
`, conditionHits)

type condition struct {
	name, text string
	budget     time.Duration // 0: for information, it costs what it calls
}

// conditions are compared with the same run without a debugger.
func conditions() []condition {
	return []condition{
		{"of a local", fmt.Sprintf("i == %d", conditionHits), conditionCost},
		{"of a local and two upvalues", "i == limit and total > 0", conditionCost},
		{"that calls a function", "math.max(i, 7) == limit", 0},
	}
}

func budgetCondition(t *testing.T, r *report) {
	onOneCore(t)
	stick := alone(t, conditionHits*conditionCost/10)
	for _, tt := range conditions() {
		var unarmed, armed, yard time.Duration // the least of all attempts
		best, n := settle(
			func() series {
				for range rounds {
					lessen(&unarmed, runCondition(t, ""))
					lessen(&armed, runCondition(t, tt.text))
					lessen(&yard, stick.measure().cpu)
				}
				return series{stick: stick, own: samples{(armed - unarmed) / conditionHits}, yard: samples{yard}}
			},
			func(s series) float64 { return s.share(0, tt.budget) })
		r.percentile(t, "condition "+tt.name+", each evaluation", best, 0, tt.budget)
		r.took(n)
	}
}

// runCondition returns the CPU time of the script, with a breakpoint if a
// condition is given.
func runCondition(tb testing.TB, condition string) time.Duration {
	tb.Helper()
	st, err := runtime.New(runtime.Options{})
	if err != nil {
		tb.Fatalf("create a state: %v", err)
	}
	defer st.Close()
	path := session(tb, "condition.lua") // only a name: the source is given
	var d *debugger
	if condition != "" {
		d = attach(tb, st)
		defer d.close()
	}
	fn, err := st.LoadString(conditionScript, "@condition.lua", path)
	if err != nil {
		tb.Fatal(err)
	}
	if d != nil {
		d.breakpoints(path, []int{conditionLine}, condition)
	}
	goruntime.GC()
	start := cpuTime(tb)
	if _, err := st.Call(context.Background(), fn); err != nil {
		tb.Fatal(err)
	}
	took := cpuTime(tb) - start
	if d != nil && d.stops() != 1 {
		tb.Fatalf("a breakpoint with condition %q stopped %d times, want 1: in the last turn", condition, d.stops())
	}
	return took
}
