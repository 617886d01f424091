package lsp_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/internal/luagen"
	"github.com/llmspell/llmspell/lsp"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/lsptest"
	"github.com/llmspell/llmspell/lsp/protocol"
)

// BenchmarkCompletion types a character and asks for completion, as an editor does.
func BenchmarkCompletion(b *testing.B) {
	for _, lines := range []int{200, 1000, 5000, 10000} {
		for _, what := range []struct{ name, text string }{
			{"member", "last."}, {"word", "la"}, {"key", "calc:execute({ in"}, {"string", "Tool.get(\"calc"}, {"state", "State.get(\"st"},
		} {
			b.Run(fmt.Sprintf("%s/%d", what.name, lines), func(b *testing.B) {
				c := lsptest.Serve(b, lsp.New(lsp.Options{Catalog: catalog.Builtin}).ServeConn)
				c.Initialize(map[string]any{"initializationOptions": map[string]any{"diagnostics": map[string]any{"enable": false}}})
				text := luagen.KernelScript(lines) + "\nreturn M\n"
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

// largeClass is a class of many methods, in about eleven lines each, and an instance of it.
func largeClass(methods int) string {
	var b strings.Builder
	b.WriteString("local Store = {}\nStore.__index = Store\n\nfunction Store.new(name)\n  return setmetatable({name = name, items = {}, count = 0}, Store)\nend\n")
	for i := range methods {
		fmt.Fprintf(&b, `
function Store:method_%[1]d(a, b)
  local total = self.count + %[1]d
  if a then total = total + #self.items end
  self.field_%[2]d = total
  for _, v in pairs(self.items) do total = total + (v.size or 0) end
  local other = self:method_%[3]d(total, b)
  self.items[#self.items + 1] = {size = total, name = self.name, other = other}
  return total, other
end
`, i, i%60, i*7%methods)
	}
	b.WriteString("\nlocal store = Store.new(\"x\")\n")
	return b.String()
}

// BenchmarkCompletionMethods types a character behind an instance of a class with many methods.
func BenchmarkCompletionMethods(b *testing.B) {
	c := lsptest.Serve(b, lsp.New(lsp.Options{Catalog: catalog.Builtin}).ServeConn)
	c.Initialize(map[string]any{"initializationOptions": map[string]any{"diagnostics": map[string]any{"enable": false}}})
	text := largeClass(420) + "store:\nreturn Store\n"
	c.Open(uri, text)
	at := protocol.Position{Line: uint32(strings.Count(text, "\n")) - 2, Character: uint32(len("store:"))}
	b.ReportAllocs()
	start := cpuTime()
	for b.Loop() {
		c.Change(uri, lsptest.Replace(at.Line, at.Character, at.Line, at.Character, "m"))
		list := completeHere(c, uri, protocol.Position{Line: at.Line, Character: at.Character + 1})
		if len(list.Items) < 420 {
			b.Fatalf("%d items", len(list.Items))
		}
		c.Change(uri, lsptest.Replace(at.Line, at.Character, at.Line, at.Character+1, ""))
	}
	b.ReportMetric(float64((cpuTime()-start).Microseconds())/1000/float64(b.N), "cpu-ms/op")
}
