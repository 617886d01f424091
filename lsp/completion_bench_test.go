package lsp_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// script is a script of about as many lines, such as people write.
func script(lines int) string {
	var b strings.Builder
	b.WriteString("local calc = Tool.get(\"calculator\")\nlocal M = {}\nM.__index = M\n\nfunction M.new(name)\n\treturn setmetatable({name = name, items = {}}, M)\nend\n\n")
	for i, n := 0, 8; n < lines; i++ {
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
		n += 20
	}
	b.WriteString("local last = M.new(\"last\")\n\nreturn M\n")
	return b.String()
}

// BenchmarkCompletion types a character and asks for completion, as an editor does.
func BenchmarkCompletion(b *testing.B) {
	for _, lines := range []int{200, 1000, 5000, 10000} {
		for _, what := range []struct{ name, text string }{
			{"member", "last."}, {"word", "la"}, {"key", "calc:execute({ in"}, {"string", "Tool.get(\"calc"}, {"state", "State.get(\"st"},
		} {
			b.Run(fmt.Sprintf("%s/%d", what.name, lines), func(b *testing.B) {
				c := lsptest.Serve(b, lsp.New(lsp.Options{Catalog: catalog.Builtin}).ServeConn)
				c.Initialize(map[string]any{"initializationOptions": map[string]any{"diagnostics": map[string]any{"enable": false}}})
				text := script(lines)
				c.Open(uri, text)
				line := uint32(strings.Count(text, "\n")) - 1
				c.Change(uri, lsptest.Replace(line-1, 0, line-1, 0, what.text))
				at := protocol.Position{Line: line - 1, Character: uint32(len(what.text))}
				bytes := 0
				b.ReportAllocs()
				start := cpuTime()
				for b.Loop() {
					c.Change(uri, lsptest.Replace(at.Line, at.Character, at.Line, at.Character, "s"))
					at.Character++
					list := completeHere(c, uri, at)
					if len(list.Items) == 0 {
						b.Fatal("nothing")
					}
					bytes = len(list.Items)
					c.Change(uri, lsptest.Replace(at.Line, at.Character-1, at.Line, at.Character, ""))
					at.Character--
				}
				b.ReportMetric(float64((cpuTime()-start).Microseconds())/1000/float64(b.N), "cpu-ms/op")
				b.ReportMetric(float64(bytes), "items")
			})
		}
	}
}

// BenchmarkCompletionWorkspace is completion of a word beside many files.
func BenchmarkCompletionWorkspace(b *testing.B) {
	files := map[string]string{}
	for i := range 2000 {
		files[fmt.Sprintf("mod%d/part%d.lua", i%50, i)] = fmt.Sprintf("local M = {}\nfunction M.f%d() end\nreturn M\n", i)
	}
	dir := folder(b, files)
	c := lsptest.Serve(b, lsp.New(lsp.Options{Catalog: catalog.Builtin}).ServeConn)
	more := folders(dir)
	more["initializationOptions"] = map[string]any{"diagnostics": map[string]any{"enable": false}}
	c.Initialize(more)
	until(b, "indexed", func() bool { return status(c).Files >= 2000 })
	uri := protocol.FileURI(filepath.Join(dir, "main.lua"))
	c.Open(uri, "local x = 1\n\n")
	for b.Loop() {
		c.Change(uri, lsptest.Replace(1, 0, 1, 0, "p"))
		completeHere(c, uri, protocol.Position{Line: 1, Character: 1})
		c.Change(uri, lsptest.Replace(1, 0, 1, 1, ""))
	}
}
