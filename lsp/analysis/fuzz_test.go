package analysis_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/types"
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
	"---@class A : B, B\n---@class B : A, A\n---@class A : B\n---@class B : A\n---@type A\nlocal a\nprint(a.x)",
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
	`local s = {} s.parameters = s Tool.register(s)`, `local a = a .. a; local b = a .. a; Tool.register({name = b .. b})`,
	`local function f(x) f(x) Tool.register(x) end f(f)`, `local function g(x) Tool.register(x) end g({name = "a"})`,
	`local M = {} M.__index = M M.__lt = function(a, b) return a.x < b.x end`, `local T = T or Tool; local T = T; T.register(T.register(T))`,
	`local p = {p} p[1] = p Tool.register({name = "x", parameters = p, execute = function(q) return Tool.x(q) end})`,
	`Tool.register({name = "x", execute = function(p) return Tool.execute("x", p).result end}) print(Tool.x:execute({}).result.a)`,
	`for _, x in ipairs(x) do Tool.register(x) end`, `local function d(n) Tool.register({name = n}) end d("a") d(d("b"))`,
	`Tool.register({name = "a", parameters = {["\xff"] = {type = {{}}}, {name = 1}, 5}, aliases = {1, {}}})`, `pcall(Tool.register)`,
	`_G.Tool.register{name = "a"} Tool = Tool _G["Tool"] = nil`, "---@alias A A[]\n---@type A\nlocal x = {{{\"\"}}}",
	"---@class C\n---@field x C[]\n---@type C\nlocal x = {x = {{x = {\"\"}}}}", `State.set("a", State.get("a", {scope = "a"}))`,
	"---@overload fun(): self\nlocal function f() end f()", `a = {a, a, {a, a}} b = {a, b, c, c} c = {b, b, a} f(a, b, c)`, `f = g g = f local h = f h() local a, b = b, a a.b = b.a b = a`,
	`Tool.start("calculator", e):wait().x.y(Event.receive(Event.subscribe(x)).data.y)`, "---@return No[]?\nlocal function f() return f()[1].x end f().x = State.get(f().x).y", "---@module 'fuzz'\nlocal m", "local x --[[@as fun<T>(x: T): T]] = 1 x(x)",
}

// FuzzAnalysis asks of any text. The seeds are short, and few nodes of one are asked
// about: the fuzzer makes each text that it likes as short as it can, and that takes
// the square of its length. TestRandomEdits is thorough.
func FuzzAnalysis(f *testing.F) {
	seeds := shortTexts(f)
	root := f.TempDir()
	path := filepath.Join(root, "fuzz.lua")
	base := analysis.NewSnapshot(&analysis.Config{Roots: []string{root}}, catalog.Builtin())
	for _, text := range seeds {
		f.Add(text, len(text)/2, len(text))
		// What is known of the library is worked out once, and is no news of a text.
		askEverything(f, base, path, text, len(text), 60)
	}
	f.Fuzz(func(t *testing.T, text string, cut, at int) {
		if len(text) > 4000 {
			return
		}
		// What is left of the text when something in it is deleted.
		if cut >= 0 && cut < at && at <= len(text) {
			text = text[:cut] + text[at:]
		}
		askEverything(t, base, path, text, at, 60)
	})
}

// shortTexts are the hostile ones, and the short paragraphs of the Lua files.
func shortTexts(t testing.TB) []string {
	list := slices.Clone(hostile)
	for _, name := range testdata(t) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(string(text), "\n\n") {
			if len(part) <= 150 {
				list = append(list, part)
			}
		}
	}
	return list
}

// TestMissingNames asks of texts in which each name in turn has not been written yet.
func TestMissingNames(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "fuzz.lua")
	base := analysis.NewSnapshot(&analysis.Config{Roots: []string{root}}, catalog.Builtin())
	for _, text := range shortTexts(t) {
		for _, token := range syntax.Parse(text).Tokens() {
			if token.Kind == syntax.Ident {
				askEverything(t, base, path, text[:token.Start]+text[token.End:], int(token.Start), 60)
			}
		}
	}
}

// testdata returns the Lua files beside this one.
func testdata(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.lua")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	return files
}

// askEverything asks what can be asked about a text, and about at most so many of its
// nodes.
func askEverything(t testing.TB, s *analysis.Snapshot, path, text string, at, nodes int) {
	f := analysis.NewFile(analysis.URIOf(path), path, 1, text)
	s = s.WithFile(f)
	tree := f.Tree()
	step := 1 + tree.Len()/nodes
	seen := map[types.Type]bool{}
	look := func(of types.Type) {
		if seen[of] {
			return
		}
		seen[of] = true
		_ = of.String()
		for _, m := range s.Members(of) {
			if !seen[m.Type] {
				seen[m.Type] = true
				_ = m.Type.String()
			}
		}
		s.Complete(of)
		s.TypeDefinition(of)
	}
	if c := s.CatalogOf(f); c != nil {
		for _, name := range c.Tools() {
			if tool := c.Tool(name); tool.Own {
				tool.Checker()
				look(catalog.ToolType(c, name))
				look(tool.Given())
				s.Registrations(f, name)
			}
		}
	}
	s.RegistersUnknown(f)
	for _, slot := range [...]string{"state", "event", "hook"} {
		s.NamedIn(f, slot, true)
	}
	for n := syntax.Node(1 + max(at, 0)%step); int(n) < tree.Len(); n += syntax.Node(step) {
		ty := s.TypeOf(f, n)
		if ty == nil {
			t.Fatalf("no type of %q", tree.Source(n))
		}
		look(ty)
		look(s.Expected(f, n))
		s.DocOf(f, n)
		s.SlotOf(f, n)
		s.CalledFunc(f, n)
		s.ParameterOf(f, n)
		s.LivePath(f, n)
		s.KernelLacks(t.Context(), f, n, "x")
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
				s.Aliases(t.Context(), sym)
				s.Aliased(sym)
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

// TestLargeTexts asks of texts that are deep or long.
func TestLargeTexts(t *testing.T) {
	base := analysis.NewSnapshot(&analysis.Config{}, catalog.Builtin())
	mixed := "a"
	for range 80 {
		mixed = "((" + mixed + ") and b or a)"
	}
	var fields strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&fields, "f%d = %d,\n", i, i)
	}
	for _, text := range []string{
		"local a, b = x, y if " + mixed + " then print(a, b) else print(a) end print(a)",
		"local a = x if " + strings.Repeat("a and ", 3000) + "a then print(a) end",
		"local a = {} a" + strings.Repeat(".a", 5000) + " = 1 print(a" + strings.Repeat(".a", 3000) + ")",
		"local s = " + strings.Repeat("'a' .. ", 150) + "'b' print(s)",
		"local s = 1" + strings.Repeat(" + 1", 5000) + " print(s)",
		"local b = x" + strings.Repeat(":m()", 4000) + " print(b)",
		"local t = " + strings.Repeat("{", 150) + strings.Repeat("}", 150) + " print(t)",
		"local t = {" + fields.String() + "} print(t.f4999) return t",
		strings.Repeat("local x = x\n", 190) + "print(x)",
		"local x " + strings.Repeat("x = x or {}\n", 500) + "print(x)",
		strings.Repeat("function f() return f() end\n", 300) + "print(f())",
		strings.Repeat("if x then ", 150) + "y = x " + strings.Repeat("end ", 150),
	} {
		f := analysis.NewFile("file:///large.lua", "", 1, text)
		s := base.WithFile(f)
		start := time.Now()
		for n := syntax.Node(1); int(n) < f.Tree().Len(); n++ {
			ty := s.TypeOf(f, n)
			if n%97 == 0 || int(n) > f.Tree().Len()-20 {
				_ = ty.String()
				s.Members(ty)
				s.Expected(f, n)
			}
		}
		if d := time.Since(start); d > 2*time.Minute {
			t.Errorf("%v for %.60q", d, text)
		} else if d > time.Second {
			t.Logf("%v for %.60q", d, text)
		}
	}
}

// TestRandomEdits asks everything of texts that were cut up and put together at
// random: no answer may take long, whatever the text.
func TestRandomEdits(t *testing.T) {
	texts := slices.Clone(hostile)
	for _, name := range testdata(t) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	base := analysis.NewSnapshot(&analysis.Config{}, catalog.Builtin())
	r := rand.New(rand.NewPCG(5, 6))
	path := filepath.Join(t.TempDir(), "fuzz.lua")
	for range 400 {
		text := mutated(r, texts)
		start := time.Now()
		askEverything(t, base, path, text, len(text)/2, 2000)
		// Seldom more than 10 ms; what grows without bounds takes for ever.
		if d := time.Since(start); d > time.Minute {
			t.Errorf("%v for %q", d, text)
		}
	}
}

func mutated(r *rand.Rand, texts []string) string {
	text := texts[r.IntN(len(texts))]
	for k := r.IntN(4); k >= 0; k-- {
		a := r.IntN(len(text) + 1)
		b := a + r.IntN(min(40, len(text)-a)+1)
		switch r.IntN(3) {
		case 0:
			text = text[:a] + text[b:]
		case 1:
			text = text[:b] + text[a:]
		case 2:
			other := texts[r.IntN(len(texts))]
			from := r.IntN(len(other))
			text = text[:a] + other[from:min(len(other), from+r.IntN(60))] + text[a:]
		}
	}
	return text
}
