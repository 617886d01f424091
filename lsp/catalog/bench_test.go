package catalog_test

import (
	"testing"

	"github.com/llmspell/llmspell/lsp/catalog"
)

// BenchmarkBuiltin is what a start of the server pays.
func BenchmarkBuiltin(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if catalog.Builtin().Version == 0 {
			b.Fatal("no version")
		}
	}
}

// BenchmarkAllTypes is the first use of each tool: its types, documentation and
// checker.
func BenchmarkAllTypes(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		c := catalog.Builtin()
		for _, name := range c.Tools() {
			if catalog.ToolType(c, name) == nil || c.Tool(name).Checker() == nil {
				b.Fatal(name)
			}
		}
	}
}

// BenchmarkToolType is the later uses.
func BenchmarkToolType(b *testing.B) {
	c := catalog.Builtin()
	b.ReportAllocs()
	for b.Loop() {
		if catalog.ToolType(c, "http_requester") == nil {
			b.Fatal("no type")
		}
	}
}

func BenchmarkCheckCall(b *testing.B) {
	tool := catalog.Builtin().Tool("http-requester")
	for name, table := range map[string]*catalog.LiteralTable{
		"right": fields("method", "GET", "input", "https://example.org", "headers", fields("accept", "text/html"), "timeout", 5.0),
		"wrong": fields("mehtod", "GET", "inptu", "https://example.org", "headers", 5.0, "timeout", 1e9),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			want := 0
			if name == "wrong" {
				want = 5
			}
			for b.Loop() {
				if n := len(catalog.CheckCall(tool, table)); n != want {
					b.Fatal(n, " problems")
				}
			}
		})
	}
}

func BenchmarkCheckTool(b *testing.B) {
	c := catalog.Builtin()
	b.ReportAllocs()
	for b.Loop() {
		if catalog.CheckTool(c, "calculatr") == nil {
			b.Fatal("no problem")
		}
	}
}
