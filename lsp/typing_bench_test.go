package lsp_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/internal/luagen"
	"github.com/llmspell/llmspell/lsp"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/lsptest"
)

// typedTexts are what a person types in a script of luagen.KernelScript: behind the line
// that holds the first text, which is looked for from the middle on; "" is the end.
var typedTexts = []struct{ name, behind, text string }{
	{"statement", "local total = 0\n", "\tlocal extra = M.new(\"e\")\n\tprint(extra.name, #list)\n"},
	{"unclosed", "local total = 0\n", "\tif total > 3 then\n\t\tfor _, x in ipairs(list) do\n\t\t\tprint(x, options.verbose)\n"},
	{"string", "local total = 0\n", "\tlocal text = \"half open and on\n"},
	{"table", "local total = 0\n", "\tlocal q = calc:execute({ operation = \"evaluate\", in"},
	{"between", "return total\nend\n", "\nfunction M.extra(a, b)\n\tlocal c = a + b\n\tif c then\n\t\treturn c.x\n"},
	{"end", "", "function M.extra(a, b)\n\tlocal c = a + b\n\tif c then\n\t\treturn c.x\n"},
	{"members", "", "last.step"},
	{"method", "", "function M:extra(a)\n\tlocal c = self.items\n\tc[a] = self:extra(a)\n\treturn c\nend\n"},
}

// BenchmarkTyping types texts as a person does, character by character, and asks for
// completion, or waits for the findings, after each.
func BenchmarkTyping(b *testing.B) {
	for _, what := range []string{"completion", "findings"} {
		for _, typed := range typedTexts {
			b.Run(what+"/"+typed.name, func(b *testing.B) {
				c := lsptest.Serve(b, lsp.New(lsp.Options{Catalog: catalog.Builtin}).ServeConn)
				c.Initialize(map[string]any{"initializationOptions": map[string]any{"diagnostics": map[string]any{"enable": what == "findings", "delay": 0}}})
				text := "local unused = 1\n" + luagen.KernelScript(5000)
				at := len(text)
				if typed.behind != "" {
					at = len(text) / 2
					at += strings.Index(text[at:], typed.behind) + len(typed.behind)
				}
				c.Open(uri, text)
				if what == "findings" {
					c.Diagnostics(uri)
				}
				first := uint32(strings.Count(text[:at], "\n"))
				line, character, i := first, uint32(0), 0
				b.ReportAllocs()
				start := cpuTime()
				for b.Loop() {
					if i == len(typed.text) {
						c.Change(uri, lsptest.Replace(first, 0, line, character, ""))
						line, character, i = first, 0, 0
					} else {
						key := typed.text[i : i+1]
						c.Change(uri, lsptest.Replace(line, character, line, character, key))
						i++
						character++
						if key == "\n" {
							line, character = line+1, 0
						}
					}
					if what == "findings" {
						c.Diagnostics(uri)
						continue
					}
					var answer json.RawMessage
					c.Call("textDocument/completion", lsptest.At(uri, line, character), &answer)
				}
				b.ReportMetric(float64((cpuTime()-start).Microseconds())/1000/float64(b.N), "cpu-ms/op")
			})
		}
	}
}
