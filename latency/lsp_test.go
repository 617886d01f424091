//go:build !race

package latency

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/luagen"
)

// Budgets of the language server, over stdin and stdout of the built binary.
const (
	lspReady        = 20 * time.Millisecond
	lspShortMedian  = 1500 * time.Microsecond // an edit and a completion, 200 lines
	lspLongMedian   = 5 * time.Millisecond    // the same, 5,000 lines
	lspLongSlow     = 15 * time.Millisecond   // its p95
	lspLookMedian   = 2 * time.Millisecond    // hover, definition
	lspTokensMedian = 10 * time.Millisecond
	lspFindings     = 60 * time.Millisecond // from an edit, the delay included
	lspMemory       = 30 << 20              // at rest, and before the next key of somebody who types
	lspPaused       = 15 * time.Millisecond
	lspIndexTime    = 10 * time.Second
	lspIndexMemory  = 150 << 20
)

// lspKey is the time between two keys of somebody who types fast.
const lspKey = 150 * time.Millisecond

// lspDelay is how long the server waits after an edit before it checks a file.
const lspDelay = 20 * time.Millisecond

// kernelScript is a script of about so many lines that ends with the line "last.".
func kernelScript(lines int) string {
	return luagen.KernelScript(lines) + "print(M.step0({}, {}))\nlast.\n"
}

// budgetLSP measures what a person who types waits for. References are the figures of
// other servers on the same work, on two cores like these: a script of the same kind,
// and for gopls a Go file of as many lines.
func budgetLSP(t *testing.T, r *report, binary string) {
	t.Run("Ready", func(t *testing.T) { budgetLSPReady(t, r, binary) })
	for _, size := range []struct {
		lines        int
		p50, p95     time.Duration
		luals, gopls string
	}{
		{200, lspShortMedian, 0, "LuaLS 8 to 23 ms", ""},
		{1000, 0, 0, "LuaLS 50 to 126 ms", ""},
		{5000, lspLongMedian, lspLongSlow, "LuaLS 278 to 457 ms", ", gopls 34 to 49 ms"},
		{10000, 0, 0, "", ""},
	} {
		t.Run(fmt.Sprint(size.lines), func(t *testing.T) {
			c := editing(t, binary, size.lines)
			defer c.leave()
			var by stick
			if size.p50 > 0 {
				by = crossing(t, size.p50/2)
			}
			best, n := settle(
				func() series { return c.typed(by, 120) },
				func(s series) float64 { return max(s.share(50, size.p50), s.share(95, size.p95)) })
			what := fmt.Sprintf("lsp, edit and completion, %d lines", size.lines)
			r.percentile(t, what+", p50", best, 50, size.p50)
			r.took(n)
			if size.luals != "" {
				r.note("%s%s", size.luals, size.gopls)
			}
			r.percentile(t, what+", p95", best, 95, size.p95)
			r.duration(what+", p10", best.percentile(10))
			r.duration(what+", wall time, p50", best.wall.percentile(50))
			r.duration(what+", wall time, p95", best.wall.percentile(95))
			if size.lines == 5000 {
				budgetLSPUnclosed(t, r, c)
				budgetLSPLooks(t, r, c)
			}
		})
	}
}

// budgetLSPUnclosed measures an edit and a completion in a block that is not finished.
func budgetLSPUnclosed(t *testing.T, r *report, c *editor) {
	by := crossing(t, lspLongMedian/2)
	best, n := settle(
		func() series { return c.typedUnclosed(by, 120) },
		func(s series) float64 { return max(s.share(50, lspLongMedian), s.share(95, lspLongSlow)) })
	const what = "lsp, edit and completion, 5000 lines, block without end"
	r.percentile(t, what+", p50", best, 50, lspLongMedian)
	r.took(n)
	r.percentile(t, what+", p95", best, 95, lspLongSlow)
	r.duration(what+", wall time, p50", best.wall.percentile(50))
}

// budgetLSPReady times the start of the process to the answer to initialize.
func budgetLSPReady(t *testing.T, r *report, binary string) {
	stick := started(t, lspReady/2)
	best, n := settle(
		func() series {
			return beside(stick, 20, func() timings {
				var c *editor
				took := byClock(func() { c = startEditor(t, binary, nil) })
				took.cpu = c.cpu()
				c.leave()
				return took
			})
		},
		func(s series) float64 { return s.share(50, lspReady) })
	r.percentile(t, "lsp, process start → initialize answer, p50", best, 50, lspReady)
	r.took(n)
	r.note("LuaLS 40 to 188 ms, gopls 178 to 184 ms")
	r.duration("lsp, process start → initialize answer, wall time, p50", best.wall.percentile(50))
}

// budgetLSPLooks measures what is asked without an edit, and findings after one, in a
// script of 5,000 lines.
func budgetLSPLooks(t *testing.T, r *report, c *editor) {
	for _, tt := range []struct {
		what, method string
		params       object
		budget       time.Duration
		least        int // bytes of the answer
		note         string
	}{
		{"hover", "textDocument/hover", c.at("local last = M.n"), lspLookMedian, 60, "LuaLS 3 to 5 ms"},
		{"definition", "textDocument/definition", c.at("print(M.st"), lspLookMedian, 60, ""},
		{"semantic tokens, full", "textDocument/semanticTokens/full", c.document(), lspTokensMedian, 10_000, "LuaLS 750 to 1,262 ms"},
		{"outline", "textDocument/documentSymbol", c.document(), 0, 10_000, "LuaLS 1,180 to 2,366 ms, gopls 1.4 ms"},
		{"folds", "textDocument/foldingRange", c.document(), 0, 1000, "LuaLS 166 to 319 ms, gopls 4 to 5 ms"},
	} {
		var by stick
		if tt.budget > 0 {
			by = crossing(t, tt.budget/2)
		}
		best, n := settle(
			func() series {
				return beside(by, 100, func() timings {
					return c.gauged(func() {
						if got := len(c.call(tt.method, tt.params)); got < tt.least {
							t.Fatalf("%s: the answer has %d bytes, want %d at least", tt.method, got, tt.least)
						}
					})
				})
			},
			func(s series) float64 { return s.share(50, tt.budget) })
		r.percentile(t, "lsp, "+tt.what+", 5000 lines, p50", best, 50, tt.budget)
		r.took(n)
		if tt.note != "" {
			r.note("%s", tt.note)
		}
	}
	// Each edit adds a fault, or takes it away, so that there is something to publish.
	stick := crossing(t, lspFindings/2)
	best, n := settle(
		func() series {
			i := -1
			return beside(stick, 40, func() timings {
				i++
				took := c.gauged(func() {
					c.edit(0, 0, i%2, []string{")", ""}[i%2])
					c.findings()
				})
				if took.cpu > 0 {
					took.cpu += lspDelay
				}
				return took
			})
		},
		func(s series) float64 { return s.share(50, lspFindings) })
	r.percentile(t, "lsp, edit → findings, 5000 lines, p50", best, 50, lspFindings)
	r.took(n)
	r.note("LuaLS 504 to 762 ms, gopls 26 to 48 ms")
	r.duration("lsp, edit → findings, 5000 lines, wall time, p50", best.wall.percentile(50))
}

// budgetLSPMemory reads what the server has resident when the person pauses: after
// work on a script of 5,000 lines, and with 5,000 files of a workspace.
func budgetLSPMemory(t *testing.T, r *report, binary string) {
	binary = settled(t, binary)
	var c *editor
	for _, script := range []struct{ what, text string }{
		{"5000 lines", kernelScript(5000)}, {"5000 annotated lines", luagen.AnnotatedScript(5000) + "last.\n"},
	} {
		c = opened(t, binary, script.text)
		c.typed(stick{}, 200)
		c.looked(60)
		c.call("textDocument/semanticTokens/full", c.document())
		r.memory(t, "lsp, memory after work on "+script.what+", most", peakOf(t, c.pid), 0)
		r.memory(t, "lsp, memory after work on "+script.what, settledAt(t, c.pid, lspMemory), lspMemory)
		r.note("LuaLS 208 MB, gopls 512 MB")
		budgetLSPPauses(t, r, c, script.what)
		c.leave()
	}

	budgetLSPIndex(t, r, binary)
}

// budgetLSPPauses reads what the server has resident while somebody types: when it has done
// what a key asks for, and all the time. What it has given back must not make the next key slow.
func budgetLSPPauses(t *testing.T, r *report, c *editor, what string) {
	type typing struct {
		series
		before, always []int64 // resident before each key, and now and then between
	}
	by := crossing(t, lspPaused/2)
	best, n := settle(
		func() (x typing) {
			c.pause = func() {
				for end := time.Now().Add(lspKey); ; time.Sleep(lspKey / 10) {
					now := residentMemory(t, c.pid)
					if x.always = append(x.always, now); time.Now().After(end) {
						x.before = append(x.before, now)
						return
					}
				}
			}
			x.series = c.typed(by, 40)
			return x
		},
		func(x typing) float64 { return max(float64(middle(x.before))/lspMemory, x.share(50, lspPaused)) })
	c.pause = nil
	slices.Sort(best.always)
	r.memory(t, "lsp, memory before the next key, "+what+", p50", middle(best.before), lspMemory)
	r.took(n)
	r.memory(t, "lsp, memory while somebody types, "+what+", p50", middle(best.always), 0)
	r.memory(t, "lsp, memory while somebody types, "+what+", p95", best.always[len(best.always)*95/100], 0)
	r.percentile(t, "lsp, edit and completion after a pause, "+what+", p50", best.series, 50, lspPaused)
}

// middle is the median.
func middle(list []int64) int64 {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}

// budgetLSPIndex measures the first look at a workspace of 5,000 files.
func budgetLSPIndex(t *testing.T, r *report, binary string) {
	dir := t.TempDir()
	const files = 5000
	text := strings.TrimSuffix(kernelScript(100), "last.\n") + "return M\n"
	for i := range files {
		sub := filepath.Join(dir, fmt.Sprint("part", i%50))
		if err := os.MkdirAll(sub, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(sub, fmt.Sprintf("file%d.lua", i)), fmt.Appendf(nil, "-- %d\n%s", i, text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	type indexing struct {
		series
		peak int64 // of memory: what the collector has not come to is more beside others
	}
	by := alone(t, lspIndexTime/100)
	best, n := settle(
		func() (x indexing) {
			var c *editor
			x.series = beside(by, 1, func() timings {
				took := byClock(func() {
					c = startEditor(t, binary, []string{dir})
					for c.indexed() < files {
						time.Sleep(20 * time.Millisecond) // asks now and then whether it is done
					}
				})
				took.cpu = c.cpu()
				x.peak = peakOf(t, c.pid)
				c.leave()
				return took
			})
			return x
		},
		func(x indexing) float64 { return max(x.share(50, lspIndexTime), float64(x.peak)/lspIndexMemory) })
	r.percentile(t, "lsp, workspace of 5000 files indexed", best.series, 50, lspIndexTime)
	r.took(n)
	r.duration("lsp, workspace of 5000 files indexed, wall time", best.wall.percentile(50))
	r.memory(t, "lsp, memory while 5000 files are indexed, most", best.peak, lspIndexMemory)
}
