package analysis_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// program is a script of about the given number of lines.
func program(lines int) string {
	var b strings.Builder
	b.WriteString("local calc = Tool.get(\"calculator\")\nlocal M = {}\nlocal state = {}\n")
	for i := range lines / 10 {
		fmt.Fprintf(&b, `
--- Computes value %[1]d.
---@param input string
function M.compute_%[1]d(input, options)
  local result = calc:execute({input = input .. " + %[1]d", operation = "evaluate"})
  if not result.success then return nil, result.error end
  for k, v in pairs(options or {}) do state[k] = v end
  local previous = M.compute_%[2]d and M.compute_%[2]d(input)
  return previous or result.result
end
`, i, max(i-1, 0))
	}
	b.WriteString("return M\n")
	return b.String()
}

func BenchmarkTypeOf(b *testing.B) {
	for _, lines := range []int{200, 5000} {
		text := program(lines)
		base := analysis.NewSnapshot(nil, catalog.Builtin())
		b.Run(fmt.Sprintf("middle/%d", lines), func(b *testing.B) {
			f := analysis.NewFile("file:///a.lua", "", 1, text)
			f.Vars()
			f.Notes()
			at := strings.Index(text[len(text)/2:], "result.success") + len(text)/2 + len("result.s")
			n := f.Tree().NodeAt(at)
			if got := base.WithFile(f).TypeOf(f, n).String(); got != "boolean" {
				b.Fatalf("%q is %s", f.Tree().Source(n), got)
			}
			b.ReportAllocs()
			for b.Loop() {
				base.WithFile(f).TypeOf(f, n)
			}
		})
		b.Run(fmt.Sprintf("module/%d", lines), func(b *testing.B) {
			f := analysis.NewFile("file:///a.lua", "", 1, text)
			f.Vars()
			f.Notes()
			for b.Loop() {
				s := base.WithFile(f)
				if got := len(s.Members(s.Module(f))); got < lines/10 {
					b.Fatal(got)
				}
			}
		})
		b.Run(fmt.Sprintf("all/%d", lines), func(b *testing.B) {
			f := analysis.NewFile("file:///a.lua", "", 1, text)
			f.Vars()
			f.Notes()
			for b.Loop() {
				s := base.WithFile(f)
				for n := syntax.Node(1); int(n) < f.Tree().Len(); n++ {
					s.TypeOf(f, n)
				}
			}
		})
		b.Run(fmt.Sprintf("edit/%d", lines), func(b *testing.B) {
			at := strings.Index(text[len(text)/2:], "result.success") + len(text)/2 + len("result.")
			b.ReportAllocs()
			for b.Loop() {
				f := analysis.NewFile("file:///a.lua", "", 1, text)
				s := base.WithFile(f)
				m, n := s.Marked(f, at)
				if got := len(s.Members(s.TypeOf(m, m.Tree().First(m.Tree().Parent(n))))); got == 0 {
					b.Fatal("no members")
				}
			}
		})
	}
}

func BenchmarkIndex(b *testing.B) {
	const files = 5000
	texts := make([]string, files)
	for i := range texts {
		texts[i] = strings.ReplaceAll(program(200), "compute", fmt.Sprintf("compute_%d", i))
	}
	b.ReportAllocs()
	var s *analysis.Snapshot
	var before, after runtime.MemStats
	for b.Loop() {
		s = nil
		runtime.GC()
		runtime.ReadMemStats(&before)
		s = analysis.NewSnapshot(nil, nil)
		entries := make([]*analysis.Entry, files)
		var wg sync.WaitGroup
		for w := range 2 {
			wg.Go(func() {
				for i := w; i < files; i += 2 {
					path := filepath.Join(string(filepath.Separator), "w", fmt.Sprintf("f%d.lua", i))
					entries[i] = analysis.NewFile(analysis.URIOf(path), path, 0, texts[i]).Entry()
				}
			})
		}
		wg.Wait()
		s = s.WithIndexed(entries...)
		entries = nil
		runtime.GC()
		runtime.ReadMemStats(&after)
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB-kept")
	runtime.KeepAlive(s)
}

// BenchmarkKeys asks for the places of a field of a module that three files require, in
// a workspace of 5,000 files.
func BenchmarkKeys(b *testing.B) {
	const files = 5000
	texts := map[string]string{}
	root := string(filepath.Separator) + "w"
	var entries []*analysis.Entry
	for i := range files {
		path := filepath.Join(root, fmt.Sprintf("f%d.lua", i))
		text := strings.ReplaceAll(program(200), "compute", fmt.Sprintf("compute_%d", i))
		if i%1000 == 1 {
			text = "local m = require(\"f0\")\nm.wanted = 1\n" + text
		}
		if i == 0 {
			text = "local M = {wanted = 0}\nfunction M.f() return M.wanted end\nreturn M\n"
		}
		texts[path] = text
		entries = append(entries, analysis.NewFile(analysis.URIOf(path), path, 0, text).Entry())
	}
	s := analysis.NewSnapshot(&analysis.Config{Roots: []string{root}, ReadFile: func(path string) ([]byte, error) { return []byte(texts[path]), nil }}, nil).WithIndexed(entries...)
	path := filepath.Join(root, "f0.lua")
	f := analysis.NewFile(analysis.URIOf(path), path, 1, texts[path])
	s = s.WithFile(f)
	b.ReportAllocs()
	for b.Loop() {
		keys, err := s.Keys(b.Context(), f)
		if err != nil {
			b.Fatal(err)
		}
		key, ok := keys.At(f.URI, strings.Index(texts[path], "wanted"))
		if !ok || len(key.Places) != 7 || key.Unknown != nil {
			b.Fatalf("%+v", key)
		}
	}
}
