//go:build !race

package latency

import (
	"context"
	goruntime "runtime"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/debug"
)

// Budgets for a data breakpoint (change) on one local: on the function that
// holds it, and on the others, over the same with a debugger that has none.
const (
	holderRatio    = 4.0
	elsewhereRatio = 1.10
)

// dataBodies are what the loops do in each turn: little but give the watched
// local a value, and nothing else.
var dataBodies = []struct{ name, code string }{
	{"four statements", "local v = list[3] sum = sum + v if v > 5 then sum = sum - 1 end best = v * 0 + 9"},
	{"one assignment", "best = 9"},
}

// dataScript runs `holder`, which has such a loop, and is stopped at the line marked "here"
// first; and `elsewhere`, which is called from there and does the same. Both
// return CPU time by way of clock.
const dataScript = `local list = {5, 3, 8, 1, 9, 2, 7, 4}
local function elsewhere(turns)
  local best, sum = 0, 0
  for i = 1, turns do
    BODY
  end
  return best + sum
end
local function holder(turns)
  local best, sum = 0, 0
  local there = clock() -- here
  local other = elsewhere(turns)
  there = clock() - there
  local here = clock()
  for i = 1, turns do
    BODY
  end
  here = clock() - here
  return here, there, other == best + sum
end
return holder(...)
`

const (
	dataTurns = 400_000
	dataStops = 2 // the line, and best: 0 -> 9
)

// stopper is a handler whose stops are served elsewhere.
type stopper struct {
	debug.NopHandler
	stops chan debug.Stop
}

func (s stopper) Stopped(x debug.Stop) { s.stops <- x }

// runData returns the CPU time of the loops in the function that holds the
// watched local, and in the other one.
func runData(tb testing.TB, body string, watch bool) (holder, elsewhere time.Duration) {
	tb.Helper()
	st, err := runtime.New(runtime.Options{})
	if err != nil {
		tb.Fatalf("create a state: %v", err)
	}
	defer st.Close()
	h := stopper{stops: make(chan debug.Stop, 1)}
	e, err := debug.Attach(st, h, debug.Options{})
	if err != nil {
		tb.Fatalf("attach the debugger: %v", err)
	}
	defer e.Detach()
	st.L.SetGlobal("clock", st.L.NewFunction(func(L *lua.LState) int {
		L.Push(lua.LNumber(cpuTime(tb)))
		return 1
	}))
	path := session(tb, "data.lua") // only a name: the source is given
	fn, err := st.LoadString(strings.ReplaceAll(dataScript, "BODY", body), "@data.lua", path)
	if err != nil {
		tb.Fatal(err)
	}
	e.SetBreakpoints(debug.Source{Path: path}, []debug.BreakpointSpec{{Line: 11}})
	stops := make(chan int)
	go func() {
		n := 0
		for range h.stops {
			if n++; n == 1 && watch {
				watchBest(tb, e)
			}
			if err := e.Continue(); err != nil {
				tb.Errorf("continue: %v", err)
			}
		}
		stops <- n
	}()
	goruntime.GC()
	values, err := st.Call(context.Background(), fn, lua.LNumber(dataTurns))
	close(h.stops)
	n := <-stops
	if err != nil || len(values) != 3 || values[2] != lua.LTrue {
		tb.Fatalf("the script returned %v: %v", values, err)
	}
	if want := map[bool]int{false: 1, true: dataStops}[watch]; n != want {
		tb.Fatalf("%d stops, want %d", n, want)
	}
	return time.Duration(values[0].(lua.LNumber)), time.Duration(values[1].(lua.LNumber))
}

func watchBest(tb testing.TB, e *debug.Engine) {
	frames, _, err := e.StackTrace(1, 0, 1)
	if err != nil {
		tb.Error(err)
		return
	}
	info, err := e.DataBreakpointInfo(0, "best", frames[0].ID)
	if err != nil {
		tb.Error(err)
		return
	}
	if b := e.SetDataBreakpoints([]debug.DataBreakpointSpec{{ID: info.ID, Access: debug.AccessChange}}); !b[0].Verified {
		tb.Errorf("data breakpoint on best: %s", b[0].Message)
	}
}

// dataCost is the least CPU time of the loops without and with the breakpoint.
type dataCost struct{ holder, elsewhere, watchedHolder, watchedElsewhere time.Duration }

func (c dataCost) here() float64  { return float64(c.watchedHolder) / float64(c.holder) }
func (c dataCost) there() float64 { return float64(c.watchedElsewhere) / float64(c.elsewhere) }

func (c *dataCost) measure(tb testing.TB, body string) {
	holder, elsewhere := runData(tb, body, false)
	lessen(&c.holder, holder)
	lessen(&c.elsewhere, elsewhere)
	holder, elsewhere = runData(tb, body, true)
	lessen(&c.watchedHolder, holder)
	lessen(&c.watchedElsewhere, elsewhere)
}

func budgetData(t *testing.T, r *report) {
	onOneCore(t)
	for _, body := range dataBodies {
		var least dataCost
		best, n := converge(
			func() dataCost {
				for range 2 * rounds {
					least.measure(t, body.code)
				}
				return least
			},
			func(c dataCost) float64 { return max(c.here()/holderRatio, c.there()/elsewhereRatio) })
		r.ratio(t, "data breakpoint on a local: the function that holds it, "+body.name, best.here(), holderRatio)
		r.note("%v over %v", shown(best.watchedHolder), shown(best.holder))
		r.took(n)
		r.ratio(t, "data breakpoint on a local: another function, "+body.name, best.there(), elsewhereRatio)
		r.note("%v over %v", shown(best.watchedElsewhere), shown(best.elsewhere))
		r.took(n)
	}
}

// BenchmarkDataBreakpoint reports what a data breakpoint costs for each write
// to the watched local that does not change it.
func BenchmarkDataBreakpoint(b *testing.B) {
	onOneCore(b)
	var least dataCost
	for b.Loop() {
		least.measure(b, dataBodies[1].code)
	}
	b.ReportMetric(float64(least.watchedHolder-least.holder)/dataTurns, "ns/write")
	b.ReportMetric(least.here(), "x")
	b.ReportMetric(least.there(), "x-elsewhere")
}
