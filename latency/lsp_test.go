//go:build !race

package latency

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Budgets of the language server, over stdin and stdout of the built binary.
const (
	lspReady        = 20 * time.Millisecond
	lspShortMedian  = 1500 * time.Microsecond // an edit and a completion, 200 lines
	lspLongMedian   = 25 * time.Millisecond   // the same, 5,000 lines
	lspLongSlow     = 60 * time.Millisecond   // its p95
	lspLookMedian   = 2 * time.Millisecond    // hover, definition
	lspTokensMedian = 10 * time.Millisecond
	lspFindings     = 60 * time.Millisecond // from an edit, the delay included
	lspMemory       = 35 << 20              // the goal is 30
	lspIndexTime    = 10 * time.Second
	lspIndexMemory  = 150 << 20
)

// lspDelay is how long the server waits after an edit before it checks a file.
const lspDelay = 20 * time.Millisecond

// kernelScript is a script of about so many lines, such as people write for a kernel:
// annotated functions, tool calls, state, closures. It ends with the line "last.".
func kernelScript(lines int) string {
	var b strings.Builder
	b.WriteString("local calc = Tool.get(\"calculator\")\nlocal M = {}\nM.__index = M\n\nfunction M.new(name)\n\treturn setmetatable({ name = name, items = {} }, M)\nend\n\n")
	for i, n := 0, 8; n < lines-20; i, n = i+1, n+20 {
		fmt.Fprintf(&b, `--- Does step %[1]d.
---@param list number[]
---@return number
function M.step%[1]d(list, options)
	local total = 0
	for i, v in ipairs(list) do
		if v > %[1]d and options.verbose then
			print(string.format("%%d: %%s", i, tostring(v)))
		elseif v == nil then
			return 0
		end
		total = total + v * 2
	end
	local r = calc:execute({ operation = "evaluate", input = "1 + " .. total })
	State.set("step%[1]d", { total = total, text = r.result })
	local ok, err = pcall(function() return M.new("x%[1]d") end)
	if not ok then error(err) end
	return total
end

`, i)
	}
	b.WriteString("local last = M.new(\"last\")\nprint(M.step0({}, {}))\nlast.\n")
	return b.String()
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
		{5000, lspLongMedian, lspLongSlow, "the goal is 5 ms, LuaLS 278 to 457 ms", ", gopls 34 to 49 ms"},
		{10000, 0, 0, "", ""},
	} {
		t.Run(fmt.Sprint(size.lines), func(t *testing.T) {
			c := editing(t, binary, size.lines)
			defer c.leave()
			best, n := settle(
				func() processes { return c.typed(120) },
				func(p processes) float64 {
					return max(share(p.undisturbed.percentile(50), size.p50), share(p.undisturbed.percentile(95), size.p95))
				})
			what := fmt.Sprintf("lsp, edit and completion, %d lines", size.lines)
			r.duration(t, what+", p50", best.undisturbed.percentile(50), size.p50)
			r.took(n)
			if size.luals != "" {
				r.note("%s%s", size.luals, size.gopls)
			}
			r.duration(t, what+", p95", best.undisturbed.percentile(95), size.p95)
			r.duration(t, what+", p10", best.undisturbed.percentile(10), 0)
			r.duration(t, what+", wall time, p50", best.wall.percentile(50), 0)
			r.duration(t, what+", wall time, p95", best.wall.percentile(95), 0)
			if size.lines == 5000 {
				budgetLSPLooks(t, r, c)
			}
		})
	}
}

// budgetLSPReady times the start of the process to the answer to initialize.
func budgetLSPReady(t *testing.T, r *report, binary string) {
	best, n := settle(
		func() (p processes) {
			for range 20 {
				var c *editor
				wall := timed(func() { c = startEditor(t, binary, nil) })
				p.add(wall, c.cpu())
				c.leave()
			}
			return p
		},
		func(p processes) float64 { return share(p.undisturbed.percentile(50), lspReady) })
	r.duration(t, "lsp, process start → initialize answer, p50", best.undisturbed.percentile(50), lspReady)
	r.took(n)
	r.note("LuaLS 40 to 188 ms, gopls 178 to 184 ms")
	r.duration(t, "lsp, process start → initialize answer, wall time, p50", best.wall.percentile(50), 0)
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
		best, n := settle(
			func() (p processes) {
				for range 100 {
					wall, cpu := c.gauged(func() {
						if got := len(c.call(tt.method, tt.params)); got < tt.least {
							t.Fatalf("%s: the answer has %d bytes, want %d at least", tt.method, got, tt.least)
						}
					})
					p.add(wall, cpu)
				}
				return p
			},
			func(p processes) float64 { return share(p.undisturbed.percentile(50), tt.budget) })
		r.duration(t, "lsp, "+tt.what+", 5000 lines, p50", best.undisturbed.percentile(50), tt.budget)
		r.took(n)
		if tt.note != "" {
			r.note("%s", tt.note)
		}
	}
	// Each edit adds a fault, or takes it away, so that there is something to publish.
	best, n := settle(
		func() (p processes) {
			for i := range 40 {
				wall, cpu := c.gauged(func() {
					c.edit(0, 0, i%2, []string{")", ""}[i%2])
					c.findings()
				})
				p.add(wall, lspDelay+cpu)
			}
			return p
		},
		func(p processes) float64 { return share(p.undisturbed.percentile(50), lspFindings) })
	r.duration(t, "lsp, edit → findings, 5000 lines, p50", best.undisturbed.percentile(50), lspFindings)
	r.took(n)
	r.note("LuaLS 504 to 762 ms, gopls 26 to 48 ms")
	r.duration(t, "lsp, edit → findings, 5000 lines, wall time, p50", best.wall.percentile(50), 0)
}

// budgetLSPMemory reads what the server has resident when the person pauses: after
// work on a script of 5,000 lines, and with 5,000 files of a workspace.
func budgetLSPMemory(t *testing.T, r *report, binary string) {
	binary = settled(t, binary)
	c := editing(t, binary, 5000)
	c.typed(200)
	c.call("textDocument/semanticTokens/full", c.document())
	r.memory(t, "lsp, memory after work on 5000 lines, most", peakOf(t, c.pid), 0)
	r.memory(t, "lsp, memory after work on 5000 lines", settledAt(t, c.pid, lspMemory), lspMemory)
	r.note("LuaLS 208 MB, gopls 512 MB")
	c.leave()

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
	var peak int64
	best, n := settle(
		func() (p processes) {
			wall := timed(func() {
				c = startEditor(t, binary, []string{dir})
				for c.indexed() < files {
					time.Sleep(20 * time.Millisecond) // asks now and then whether it is done
				}
			})
			p.add(wall, c.cpu())
			peak = peakOf(t, c.pid)
			c.leave()
			return p
		},
		func(p processes) float64 { return share(p.undisturbed.percentile(50), lspIndexTime) })
	r.duration(t, "lsp, workspace of 5000 files indexed", best.undisturbed.percentile(50), lspIndexTime)
	r.took(n)
	r.duration(t, "lsp, workspace of 5000 files indexed, wall time", best.wall.percentile(50), 0)
	r.memory(t, "lsp, memory while 5000 files are indexed, most", peak, lspIndexMemory)
}
