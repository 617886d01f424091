package lint

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/internal/luagen"
	"github.com/llmspell/llmspell/lsp/analysis"
)

// TestFits: what fits is what the compiler takes, and scripts as people write them fit.
func TestFits(t *testing.T) {
	texts := map[string]string{}
	for _, dir := range []string{"programs", "scripts", "differences"} {
		paths, err := filepath.Glob(filepath.Join("..", "..", "testdata", dir, "*.lua"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			texts[path] = string(text)
		}
	}
	if len(texts) < 50 {
		t.Fatalf("only %d scripts", len(texts))
	}
	for seed := range int64(100) {
		texts[fmt.Sprint("generated ", seed)] = luagen.Program(seed, luagen.All())
	}
	check := func(name, text string) bool {
		t.Helper()
		f := analysis.NewFile("file:///a.lua", "", 1, text)
		if len(f.Tree().Errors()) > 0 || !fits(f.Tree(), f.Vars()) {
			return false
		}
		if fault := compileFault(t.Context(), text); fault != nil {
			t.Errorf("%s fits, but the compiler says: %v", name, fault)
		}
		return true
	}
	fit := 0
	for name, text := range texts {
		if check(name, text) {
			fit++
		}
	}
	if fit < len(texts)*2/3 {
		t.Errorf("only %d of %d scripts fit", fit, len(texts))
	}
	if !check("script", luagen.KernelScript(2000)) {
		t.Error("a script of many functions does not fit")
	}
}

// TestFitsLimits grows texts up to and beyond the limits of the compiler.
func TestFitsLimits(t *testing.T) {
	numbered := func(n int, format, sep string) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = strings.ReplaceAll(format, "#", fmt.Sprint(i))
		}
		return strings.Join(parts, sep)
	}
	for name, text := range map[string]func(n int) string{
		"locals":      func(n int) string { return numbered(n, "local a#", "\n") },
		"list":        func(n int) string { return "local " + numbered(n, "a#", ", ") + " = f()" },
		"params":      func(n int) string { return "local function f(" + numbered(n, "a#", ", ") + ") end" },
		"loops":       func(n int) string { return numbered(n, "for i# = 1, 2 do", " ") + numbered(n, " end", "") },
		"generic":     func(n int) string { return numbered(n, "for k#, v# in f() do", " ") + numbered(n, " end", "") },
		"arguments":   func(n int) string { return "f(" + numbered(n, "a#", ", ") + ")" },
		"methods":     func(n int) string { return numbered(n, "a:f(b, c", ", ") + strings.Repeat(")", n) },
		"concat":      func(n int) string { return "x = " + numbered(n, "a#", " .. ") },
		"powers":      func(n int) string { return "x = " + numbered(n, "a# ^ (b", " + ") + strings.Repeat(")", n) },
		"tables":      func(n int) string { return "x = " + strings.Repeat("{1, 2, 3, ", n) + strings.Repeat("}", n) },
		"values":      func(n int) string { return "x = {" + numbered(n, "f(#)", ", ") + "}" },
		"keys":        func(n int) string { return "x = {" + numbered(n, "k# = f(#)", ", ") + "}" },
		"targets":     func(n int) string { return numbered(n, "a.b[c]", ", ") + " = f()" },
		"names":       func(n int) string { return numbered(n, "a#", ", ") + " = f()" },
		"returns":     func(n int) string { return "return " + numbered(n, "a#", ", ") },
		"conditions":  func(n int) string { return "x = " + numbered(n, "a# < b and f(c)", " or ") },
		"comparisons": func(n int) string { return "x = " + numbered(n, "(a == ", "") + "1" + strings.Repeat(")", n) },
		"upvalues": func(n int) string {
			half := n / 2
			return "local function f()\n" + numbered(half, "local a# = 1", "\n") + "\nreturn function()\n" + numbered(n-half, "local b# = 1", "\n") +
				"\nreturn function()\nreturn function() x = {" + numbered(half, "a#", "; ") + "; " + numbered(n-half, "b#", "; ") + "} end end end end"
		},
		"blocks": func(n int) string { return strings.Repeat("do ", n) + "a, b = 1, 2" + strings.Repeat(" end", n) },
		"nested": func(n int) string {
			return strings.Repeat("f(function() ", n) + "a, b, c = 1, 2, 3" + strings.Repeat(" end)", n)
		},
	} {
		t.Run(name, func(t *testing.T) {
			fit, refused := 0, 0
			for _, n := range []int{1, 2, 5, 10, 20, 30, 40, 49, 60, 65, 70, 80, 99, 120, 150, 190, 200, 201, 220, 250, 251, 300, 400, 500} {
				f := analysis.NewFile("file:///a.lua", "", 1, text(n))
				if len(f.Tree().Errors()) > 0 {
					refused++
					continue
				}
				fault := compileFault(t.Context(), f.Text())
				if fault != nil {
					refused++
				}
				if fits(f.Tree(), f.Vars()) {
					fit++
					if fault != nil {
						t.Errorf("%d fit, but the compiler says: %v", n, fault)
					}
				}
			}
			if fit < 3 {
				t.Errorf("only %d texts fit", fit)
			}
			t.Logf("%d fit, %d are refused", fit, refused)
		})
	}
}

func BenchmarkFits(b *testing.B) {
	f := analysis.NewFile("file:///a.lua", "", 1, luagen.KernelScript(5000))
	vars := f.Vars()
	for b.Loop() {
		if !fits(f.Tree(), vars) {
			b.Fatal("it does not")
		}
	}
}
