//go:build !race

package latency

import (
	"context"
	"os"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
)

// Budgets for the geometric mean over the scripts.
const (
	bareRatio  = 1.35 // a runtime.State over gopher-lua alone
	armedRatio = 1.10 // breakpoints set and not hit, over none
)

const (
	breakpointCount = 100
	rounds          = 7 // of each attempt
)

// program is a script with a function put before it that is never called, so
// that there are enough lines for breakpoints.
type program struct {
	name, path, source string
	never              []int // lines that never run: those marked in the script, then the function's
}

func programs(tb testing.TB) []program {
	tb.Helper()
	paths, err := filepath.Glob(filepath.Join("scripts", "*.lua"))
	if err != nil || len(paths) == 0 {
		tb.Fatalf("find the benchmark scripts in scripts/: %v, %d found", err, len(paths))
	}
	var out []program
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		abs, err := filepath.Abs(path)
		if err != nil {
			tb.Fatal(err)
		}
		p := program{name: strings.TrimSuffix(filepath.Base(path), ".lua"), path: abs}
		head := "local function unused(x)\n" + strings.Repeat("  x = x + 1\n", breakpointCount) + "  return x\nend\n"
		p.source = head + string(text)
		for i, line := range strings.Split(p.source, "\n") {
			if strings.HasSuffix(line, "-- never") {
				p.never = append(p.never, i+1)
			}
		}
		if len(p.never) == 0 {
			tb.Fatalf("%s marks no line in its hot code with \"-- never\"", path)
		}
		for line := 2; len(p.never) < breakpointCount; line++ {
			p.never = append(p.never, line)
		}
		out = append(out, p)
	}
	return out
}

// timing is the CPU time of one run.
type timing struct{ load, run time.Duration }

// bare runs the program on gopher-lua alone, without a context.
func (p program) bare(tb testing.TB) (tm timing, result lua.LValue) {
	tb.Helper()
	// The defaults, with room for a table.concat of many strings.
	L := lua.NewState(lua.Options{RegistryMaxSize: 1 << 20, RegistryGrowStep: 1 << 12})
	defer L.Close()
	goruntime.GC() // no run pays for another's garbage
	start := cpuTime(tb)
	fn, err := L.LoadString(p.source)
	if err != nil {
		tb.Fatalf("%s: %v", p.name, err)
	}
	tm.load = cpuTime(tb) - start
	goruntime.GC()
	start = cpuTime(tb)
	L.Push(fn)
	if err := L.PCall(0, 1, nil); err != nil {
		tb.Fatalf("%s: %v", p.name, err)
	}
	tm.run = cpuTime(tb) - start
	return tm, L.Get(-1)
}

// managed runs the program in a runtime.State, with a debugger's breakpoints
// set if armed.
func (p program) managed(tb testing.TB, armed bool) (tm timing, result lua.LValue) {
	tb.Helper()
	st, err := runtime.New(runtime.Options{})
	if err != nil {
		tb.Fatalf("create a state: %v", err)
	}
	defer st.Close()
	var d *debugger
	if armed {
		d = attach(tb, st)
		defer d.close()
	}
	goruntime.GC()
	start := cpuTime(tb)
	fn, err := st.LoadString(p.source, "@"+p.name+".lua", p.path)
	if err != nil {
		tb.Fatalf("%s: %v", p.name, err)
	}
	tm.load = cpuTime(tb) - start
	if armed {
		d.breakpoints(p.path, p.never, "")
	}
	goruntime.GC()
	start = cpuTime(tb)
	values, err := st.Call(context.Background(), fn)
	tm.run = cpuTime(tb) - start
	if err != nil || len(values) != 1 {
		tb.Fatalf("%s returned %d values: %v", p.name, len(values), err)
	}
	if armed && d.stops() != 0 {
		tb.Fatalf("%s stopped %d times, want never", p.name, d.stops())
	}
	return tm, values[0]
}

// comparison is the least CPU time of each way to run a program.
type comparison struct{ bare, plain, plainRun, armedRun time.Duration }

func (c comparison) overBare() float64  { return float64(c.plain) / float64(c.bare) }
func (c comparison) overPlain() float64 { return float64(c.armedRun) / float64(c.plainRun) }

// means are the geometric means. slower is overBare with no credit for scripts
// that llmspell's own libraries make faster than bare gopher-lua.
func means(cs []comparison) (overBare, slower, overPlain float64) {
	var bare, atLeast1, plain []float64
	for _, c := range cs {
		bare = append(bare, c.overBare())
		atLeast1 = append(atLeast1, max(1, c.overBare()))
		plain = append(plain, c.overPlain())
	}
	return geometricMean(bare), geometricMean(atLeast1), geometricMean(plain)
}

func budgetScripts(t *testing.T, r *report) {
	onOneCore(t)
	list := programs(t)
	least := make([]comparison, len(list))
	// An attempt adds rounds to those before: the least of more runs is nearer
	// to the truth for each side alike.
	best, n := converge(
		func() []comparison {
			for i, p := range list {
				p.compare(t, &least[i], rounds)
			}
			return slices.Clone(least)
		},
		func(cs []comparison) float64 {
			_, slower, overPlain := means(cs)
			return max(slower/bareRatio, overPlain/armedRatio)
		})
	overBare, slower, overPlain := means(best)
	for i, c := range best {
		r.ratio(t, list[i].name+": State over bare gopher-lua", c.overBare(), 0)
		r.note("%v over %v", shown(c.plain), shown(c.bare))
	}
	r.ratio(t, "State over bare gopher-lua, geometric mean", overBare, bareRatio)
	r.took(n)
	r.ratio(t, "the same, with faster scripts counted as 1.00x", slower, bareRatio)
	r.took(n)
	for i, c := range best {
		r.ratio(t, list[i].name+": 100 breakpoints over none", c.overPlain(), 0)
		r.note("%v over %v", shown(c.armedRun), shown(c.plainRun))
	}
	r.ratio(t, "100 breakpoints over none, geometric mean", overPlain, armedRatio)
	r.took(n)
}

// compare adds rounds to the least times.
func (p program) compare(tb testing.TB, c *comparison, rounds int) {
	tb.Helper()
	for range rounds {
		bare, want := p.bare(tb)
		plain, got := p.managed(tb, false)
		armed, again := p.managed(tb, true)
		if got != want || again != want {
			tb.Fatalf("%s: the result is %v, with breakpoints %v, and bare gopher-lua's is %v", p.name, got, again, want)
		}
		lessen(&c.bare, bare.load+bare.run)
		lessen(&c.plain, plain.load+plain.run)
		lessen(&c.plainRun, plain.run)
		lessen(&c.armedRun, armed.run)
	}
}
