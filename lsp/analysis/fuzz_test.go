package analysis_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// hostile are texts that have no end if nobody watches.
var hostile = []string{
	`a = a`, `local a; a = a or a`, `local t = {}; t.t = t; t.x = t.t.t.t.x; return t.t.t`,
	`function f() return g() end function g() return f() end f()`,
	`local x = setmetatable({}, {__index = x}); x = setmetatable(x, x); x.__index = x; x.y.z = x`,
	`A = setmetatable({}, {__index = B}) B = setmetatable({}, {__index = A}) print(A.x, B.y)`,
	"---@class A : B\n---@class B : A\n---@type A\nlocal a\nprint(a.x)",
	"---@alias T T|T[]\n---@type T\nlocal a\nprint(a.x)",
	"---@class L<T>\n---@field next L<L<T>>\n---@type L<string>\nlocal l\nprint(l.next.next.next.next)",
	"---@class L<T>: L<L<T>>\n---@type L<string>\nlocal l\nprint(l.next.next.next.next)",
	"---@generic T: T\n---@param x T\n---@return T\nlocal function f(x) end f(f(f))",
	`local function f(x) return f end f()()()()`, `return require("fuzz")`, `local m = require("fuzz"); return m.x`,
	`local t = {}; t[#t+1] = t[#t]; for k, v in pairs(t) do t[k] = v end`,
	`while true do x = x.y; local z = x; z = z.z end`, `f(function(a) return a(a) end)(f)`,
	`local a = function(...) return ... end a(a(a(...)))`, `local s = ("x"):rep(("y"):x())`,
	`local o = {}; function o:m() return self:m() end; o:m():m()`, `if x then elseif`, `local function`, `a.b:c{`, `t = {[`,
	`string.x = string; ("").x.x.x()`, `Tool.get(Tool.get(Tool.get("calculator")))`, `pcall(pcall, pcall, pcall)`,
	`xpcall(xpcall)`, `select(select)`, `setmetatable()`, `unpack(unpack)`, `for a in a do end`, `for k, v in next, {} do end`,
	`calc = Tool.get("calculator") calc.execute(calc, {operation = calc})`, `Tool.parallel({{"calculator", {`,
	"---@param x fun(y: fun(z: self): self): self\nfunction a.b:c(x) x(x) end",
	"---@type {a: {b: {c: string}}}[]\nlocal x = {{a = {b = {c =", "---@enum E\nlocal E = {E = E}", "---@cast x +y, -z",
	"---@overload fun(): self\nlocal function f() end f()", "---@module 'fuzz'\nlocal m", "local x --[[@as fun<T>(x: T): T]] = 1 x(x)",
}

func FuzzAnalysis(f *testing.F) {
	files, err := filepath.Glob("testdata/*.lua")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), 100, 200)
	}
	for _, text := range hostile {
		f.Add(text, len(text)/2, len(text))
	}
	root := f.TempDir()
	base := analysis.NewSnapshot(&analysis.Config{Roots: []string{root}}, catalog.Builtin())
	f.Fuzz(func(t *testing.T, text string, cut, at int) {
		if len(text) > 20_000 {
			return
		}
		// The text, and what is left of it when something in it is deleted.
		all := []string{text}
		if cut >= 0 && cut < at && at <= len(text) {
			all = append(all, text[:cut]+text[at:])
		}
		for _, text := range all {
			askEverything(t, base, filepath.Join(root, "fuzz.lua"), text, at)
		}
	})
}

// askEverything asks what can be asked about each node of a text.
func askEverything(t *testing.T, s *analysis.Snapshot, path, text string, at int) {
	f := analysis.NewFile(analysis.URIOf(path), path, 1, text)
	s = s.WithFile(f)
	tree := f.Tree()
	step := 1 + tree.Len()/2000
	for n := syntax.Node(1); int(n) < tree.Len(); n += syntax.Node(step) {
		ty := s.TypeOf(f, n)
		if ty == nil {
			t.Fatalf("no type of %q", tree.Source(n))
		}
		_ = ty.String()
		_ = s.Expected(f, n).String()
		for _, m := range s.Members(ty) {
			_ = m.Type.String()
		}
		s.Complete(ty)
		s.DocOf(f, n)
		s.SlotOf(f, n)
		s.CalledFunc(f, n)
		s.ParameterOf(f, n)
		s.TypeDefinition(ty)
		if sym, loc, ok := s.SymbolAt(f, tree.Start(n)); ok {
			if loc.Start < 0 || loc.End > len(text) || loc.Start > loc.End {
				t.Errorf("symbol %+v is at %+v of %d", sym, loc, len(text))
			}
			for _, d := range s.Definition(sym) {
				if d.URI == f.URI && (d.Start < 0 || d.End > len(text) || d.Start > d.End) {
					t.Errorf("definition of %+v is at %+v of %d", sym, d, len(text))
				}
			}
			if n%7 == 0 {
				s.References(t.Context(), sym)
				s.Implementation(sym)
			}
		}
	}
	for offset := 0; offset <= len(text); offset += 1 + len(text)/50 {
		s.CallAt(f, offset)
	}
	if at >= 0 {
		marked, n := s.Marked(f, at)
		s.TypeOf(marked, n)
		s.Expected(marked, n)
		s.SlotOf(marked, n)
		s.CallAt(marked, min(at, len(text)))
	}
	for range s.Slots(f) {
	}
	for range s.Requires(f) {
	}
	f.Entry()
}
