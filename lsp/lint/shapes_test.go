package lint

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// shape is a kind of large program, as generators and people with patience write it.
type shape struct {
	name string
	n    int // how large the benchmark's smaller program is
	text func(n int) string
}

// each is line, formatted with each number below n.
func each(n int, line string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.NewReplacer("@-", fmt.Sprint(max(i-1, 0)), "@+", fmt.Sprint((i+1)%n), "@", fmt.Sprint(i)).Replace(line))
	}
	return b.String()
}

// nested is open n times, middle, and close n times.
func nested(n int, open, middle, closing string) string {
	return strings.Repeat(open, n) + middle + strings.Repeat(closing, n)
}

// shapes are programs whose checks once took the square of their length, or more, and others
// that are like them.
var shapes = []shape{
	{"functions", 2000, func(n int) string {
		return "local M = {}\n" + each(n, "function M.f@(a, b)\n  local t = {x = a, y = b}\n  if a then t.z = M.f@-(b, a) end\n  return t\nend\n") + "return M\n"
	}},
	{"functions apart", 2000, func(n int) string {
		return "local M = {}\n" + each(n, "function M.f@(a, b)\n  local c = a + b\n  return c * @\nend\n") + "return M\n"
	}},
	{"methods", 2500, func(n int) string {
		return "local C = {}\nC.__index = C\nfunction C.new() return setmetatable({n = 0}, C) end\n" +
			each(n, "function C:m@(x)\n  self.v@ = x\n  self.n = self.n + 1\n  return self:m@-(x)\nend\n") + "local c = C.new()\nc:m1(2)\nreturn C\n"
	}},
	{"methods that are called", 1500, func(n int) string {
		return "local C = {}\nC.__index = C\nfunction C.new() return setmetatable({n = 0}, C) end\n" +
			each(n, "function C:m@(x)\n  self.v@ = x\n  return self.v@-\nend\n") + "local c = C.new()\n" + each(n, "print(c:m@(2), c.v@)\n") + "return C\n"
	}},
	{"chained methods", 1500, func(n int) string {
		return "local C = {}\nC.__index = C\nfunction C.new() return setmetatable({n = 0}, C) end\n" +
			each(n, "function C:m@(x)\n  self.v@ = self:m@+(x)\n  return self\nend\n") + "return C.new():m1(2):m2(3)\n"
	}},
	{"global table", 3000, func(n int) string {
		return "Config = {}\n" + each(n, "Config.key@ = Config.key@- or @\n") + "print(Config.key1)\n"
	}},
	{"globals", 3000, func(n int) string {
		return each(n, "value@ = (value@- or 0) + @\n") + "print(value1)\n"
	}},
	{"global functions", 2000, func(n int) string {
		return each(n, "function handle@(a)\n  if a then return handle@-(a) end\n  return handle@+(@)\nend\n") + "handle1(2)\n"
	}},
	{"records", 5000, func(n int) string {
		return "return {\n" + each(n, "  key@ = {id = @, name = \"n@\", sub = {a = @, b = \"x\"}},\n") + "}\n"
	}},
	{"record list", 5000, func(n int) string {
		return "local list = {\n" + each(n, "  {id = @, name = \"n@\", tags = {\"a\", \"b@\"}},\n") + "}\nfor _, r in ipairs(list) do print(r.id, r.name, r.tags[1]) end\nreturn list\n"
	}},
	{"unlike records", 2500, func(n int) string {
		return "local list = {\n" + each(n, "  {id@ = @, name = \"n@\"},\n") + "}\nfor _, r in ipairs(list) do print(r.id0, r.name) end\nreturn list\n"
	}},
	{"insertions", 3000, func(n int) string {
		return "local list = {}\n" + each(n, "list[#list + 1] = {id = @, name = \"n@\"}\ntable.insert(list, {id = @})\n") + "for _, r in ipairs(list) do print(r.id, r.name) end\nreturn list\n"
	}},
	{"requires", 1000, func(n int) string {
		return "local M = {}\n" + each(n, "M.part@ = require(\"lib.part@\")\nfunction M.run@() return M.part@.run(require(\"lib.part@-\").value) end\n") + "return M\n"
	}},
	{"elseif", 2000, func(n int) string {
		return "local function f(x, y)\n  if x == 0 then return y\n" + each(n, "  elseif x == @ then y = \"@\"\n") + "  end\n  return y\nend\nprint(f(1))\n"
	}},
	{"elseif by name", 2000, func(n int) string {
		return "local x = {kind = \"k1\"}\nlocal r\nif x.kind == \"k\" then r = 0\n" + each(n, "elseif x.kind == \"k@\" then r = x.kind .. x.v@\n") + "end\nprint(r)\n"
	}},
	{"nested ifs", 75, func(n int) string {
		return "local function f(x)\n" + nested(n, "if type(x) == \"table\" and x.a then x = x.a.b or x.c\n", "", " end") + "\nreturn x end f({})\n"
	}},
	{"nested tests", 80, func(n int) string {
		return "local function f(x)\n" + nested(n, "if x and x.a and x.a.b ~= nil then\n", "print(x.a.b.c)\n", " end") + "\nreturn x end f({})\n"
	}},
	{"nested functions", 80, func(n int) string {
		return "local a = 1\nlocal f = " + nested(n, "function(x) a = a + x\nreturn ", "a", "\nend") + "\nprint(f(a))\n"
	}},
	{"nested tables", 80, func(n int) string {
		return "local t = " + nested(n, "{k = 1, sub = ", "{}", "}") + "\nprint(t" + strings.Repeat(".sub", min(n, 100)) + ".k)\n"
	}},
	{"nested loops", 75, func(n int) string {
		return "local s = 0\n" + nested(n, "for i = 1, 2 do s = s + i\n", "", "end\n") + "print(s)\n"
	}},
	{"nested whiles", 75, func(n int) string {
		return "local s, p\n" + nested(n, "while s do s = p or s.next; p = s\n", "", "end\n") + "print(s)\n"
	}},
	{"concatenation", 5000, func(n int) string {
		return "local s = \"\"\n" + each(n, "s = s .. \"part @\" .. \",\"\n") + "print(s)\n"
	}},
	{"sum", 5000, func(n int) string { return "local y = 1\nlocal x = y" + each(n, " + y") + "\nprint(x)\n" }},
	{"alternatives", 2000, func(n int) string {
		return "local t = {}\nlocal x = t.a" + each(n, "\n  or t.a@ and t.b@ .. 1") + "\nprint(x)\n"
	}},
	{"upvalues", 250, func(n int) string {
		var b strings.Builder
		b.WriteString("local M = {}\n")
		for i := range n {
			if i%50 == 0 {
				b.WriteString("do\n" + strings.ReplaceAll(each(50, "local u@ = {n = @}\n"), "\n", " ") + "\n")
			}
			fmt.Fprintf(&b, "M.f%d = function(x) u%d.n = u%d.n + x; u%d = u%d or {n = x}; return u%d.n, u%d end\n", i, i%50, (i+1)%50, i%50, (i+3)%50, (i+1)%50, (i+2)%50)
			if i%50 == 49 || i == n-1 {
				b.WriteString("end\n")
			}
		}
		return b.String() + "return M\n"
	}},
	{"closures", 1000, func(n int) string {
		return "local a, b, c, d = 1, {}, \"\", nil\n" + each(n, "b.f@ = function(x) a = a + x; c = c .. a; d = b.f@-; return d and d(a) or c end\n") + "print(b.f1(2))\n"
	}},
	{"one variable", 3000, func(n int) string {
		return "local x\n" + each(n, "x = x and x + @ or @\n") + "print(x)\n"
	}},
	{"one table, changed", 3000, func(n int) string {
		return "local t = {}\n" + each(n, "t.a = t.b; t.b = t.a or @; if t.c then t.c = t.a end\n") + "print(t.a)\n"
	}},
	{"cases", 2000, func(n int) string {
		return "local function f(x)\n" + each(n, "if x == @ then return \"@\" end\n") + "end\nprint(f(1))\n"
	}},
	{"early returns", 1500, func(n int) string {
		return "local function f(t)\n" + each(n, "if not t.k@ then return nil, \"no k@\" end\n") + "return t\nend\nprint(f({}))\n"
	}},
	{"calls", 3000, func(n int) string {
		return "local function f(a, b) return a, b end\n" + each(n, "print(f(@, \"x\"))\n")
	}},
	{"option calls", 2000, func(n int) string {
		return "local function f(o) return o.a, o.b or 1 end\n" + each(n, "print(f({a = @, c@ = 2}))\n")
	}},
	{"tool calls", 500, func(n int) string {
		return each(n, "do local r = Tool.execute(\"calculator\", {input = \"@\"}) if r.success then print(r.result.result) end end\n")
	}},
	{"registered tools", 1000, func(n int) string {
		return each(n, "Tool.register({name=\"t@\", description=\"d\", parameters={{name=\"a@\", type=\"integer\"}}, execute=function(p) return {v=p.a@} end})\nprint(Tool.t@:execute({a@=1}).result.v)\n")
	}},
	{"blocks", 3000, func(n int) string {
		return "local a0 = {n = 1}\n" + each(n, "do local b@ = {prev = a0, v = a0.n} a0 = b@ end\n") + "print(a0.nn)\n"
	}},
	{"comments", 5000, func(n int) string { return strings.Repeat("---@param x\n", n) + "local function f() end f()\n" }},
	{"annotated functions", 1500, func(n int) string {
		return "local M = {}\n" + each(n, "---@param a string\n---@param b? number\n---@return string\nfunction M.f@(a, b)\n  return a .. (b or M.f@-(a))\nend\n") + "return M\n"
	}},
	{"classes", 1000, func(n int) string {
		return each(n, "---@class C@: C@-\n---@field f@ C@+\n") + fmt.Sprintf("---@type C%d\nlocal x\nprint(x.f0, x.zz)\n", n-1)
	}},
	{"long union", 1500, func(n int) string {
		return "---@alias U " + strings.TrimSuffix(each(n, "\"v@\"|"), "|") + "\n---@param u U\nlocal function f(u) return u end\n" + each(n, "f(\"v@\")\n")
	}},
	{"diagnostics", 1500, func(n int) string { return each(n, "---@diagnostic disable-next-line: undefined-global\nprint(x@)\n") }},
	{"luacheck comments", 1500, func(n int) string {
		return each(n, "print(x@) -- luacheck: ignore\ndo local y@ = 1 end -- luacheck: ignore 211\n")
	}},
	{"gotos", 100, func(n int) string {
		return "local i = 0\n" + each(n, "::l@:: i = i + 1 if i < @ then goto l@ end\n") + "print(i)\n"
	}},
	{"undefined", 1500, func(n int) string { return each(n, "undefined@(nothing@.x)\n") }},
	{"unused", 1500, func(n int) string {
		return each(n, "local function unused@(a) local b = a end\n")
	}},
	{"mutual recursion", 95, func(n int) string {
		return each(n, "local f@\n") + each(n, "f@ = function(x) return f@+(x), f0({x}) end\n") + "f0({}).foo()\n"
	}},
	{"self results", 500, func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "function C:m%d() self.v%d = self:m%d() return setmetatable({p = self}, C) end\n", i, i, (i*13+1)%n)
		}
		return "local C = {} C.__index = C\n" + b.String() + "print(C:m0().p.p.p.p.vv0)\n"
	}},
	{"one line", 2500, func(n int) string { return "local t = {} " + each(n, "t.x@ = function(a) return a + @ end ") }},
	{"defaults", 1500, func(n int) string {
		return "local function f(o)\n" + each(n, "  o.a@ = o.a@ or o.b@ or {}\n") + "end\nf({})\n"
	}},
	{"call chain", 1000, func(n int) string { return "local q = {}\nlocal x = q" + each(n, "\n:a()") + "\nprint(x)\n" }},
	{"index chain", 1000, func(n int) string { return "local q = {}\nlocal x = q" + each(n, ".a") + "\nprint(x)\n" }},
	{"string cases", 1500, func(n int) string {
		return "local handlers = {}\n" + each(n, "handlers[\"on-@\"] = function(e) return e.data@ end\n") + "local function run(name, e) local h = handlers[name] if h then return h(e) end end\nrun(\"on-1\", {})\n"
	}},
	{"tables that hold each other", 800, func(n int) string {
		return "local a, b, c, d, x\nwhile x do\n" + each(n, "a, b, c, d = {b, c}, {x = a, d}, {a, b, c}, {y = d, x = b}\n") + "end\nprint(a, b, c, d)\n"
	}},
	{"inheritance", 400, func(n int) string {
		return "local Base = {} Base.__index = Base\n" + each(n, "do local C@ = setmetatable({}, {__index = Base}) C@.__index = C@\nfunction C@.new() return setmetatable({x = @}, C@) end\nfunction C@:get() return self.x + self.y end Base = C@ end\n") + "return Base\n"
	}},
}

// TestShapes checks small ones of all shapes twice: they are Lua, and the findings are the
// same, however they are found.
func TestShapes(t *testing.T) {
	base := analysis.NewSnapshot(nil, catalog.Builtin())
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			text := s.text(s.n/20 + 9)
			f := analysis.NewFile("file:///a.lua", "", 1, text)
			if faults := f.Tree().Errors(); len(faults) > 0 {
				t.Fatalf("%q: %v", text, faults)
			}
			findings := Check(t.Context(), base.WithFile(f), f)
			for range 2 {
				f = analysis.NewFile("file:///a.lua", "", 1, text)
				if again := Check(t.Context(), base.WithFile(f), f); !reflect.DeepEqual(again, findings) {
					t.Fatalf("%+v, then %+v", findings, again)
				}
			}
		})
	}
}

// BenchmarkShapes checks programs of each shape, and says how many times as long one takes that
// is twice as large: times-of-half is 2 where the time grows with the length.
func BenchmarkShapes(b *testing.B) {
	base := analysis.NewSnapshot(nil, catalog.Builtin())
	for _, s := range shapes {
		texts := [...]string{s.text(s.n), s.text(2 * s.n)}
		b.Run(s.name, func(b *testing.B) {
			var least [len(texts)]time.Duration
			for b.Loop() {
				for i, text := range texts {
					start := time.Now()
					f := analysis.NewFile("file:///a.lua", "", 1, text)
					Check(b.Context(), base.WithFile(f), f)
					if took := time.Since(start); least[i] == 0 || took < least[i] {
						least[i] = took
					}
				}
			}
			b.ReportMetric(float64(least[1])/float64(least[0]), "times-of-half")
			b.ReportMetric(float64(least[1].Microseconds())/1000, "ms/check")
		})
	}
}

// TestLoopsInLoops looks for values that are never read in loops at all depths: what one turn
// gives a variable, another one reads, or what comes after a break.
func TestLoopsInLoops(t *testing.T) {
	loops := [][2]string{
		{"for i = 1, 2 do\n", "end\n"}, {"while last do\n", "end\n"}, {"repeat\n", "until last\n"}, {"for _ in pairs(_G) do\n", "end\n"},
	}
	for depth := 1; depth <= 120; depth += 1 + depth/8 {
		for first := range loops {
			open, closing := "", ""
			for i := range depth {
				l := loops[(first+i)%len(loops)]
				open, closing = open+l[0], l[1]+closing
			}
			text := "local after\nlocal last, gone = 0, 0\nprint(gone)\nfor i = 1, 3 do\nprint(last)\n" + open +
				"if last then after = 1 break end\nafter = 2\nlast = after\ngone = 3\nlocal twice = 1\ntwice = 2\nprint(twice)\n" +
				closing + "print(after)\nend\n"
			f := analysis.NewFile("file:///a.lua", "", 1, text)
			if faults := f.Tree().Errors(); len(faults) > 0 {
				t.Fatalf("%q: %v", text, faults)
			}
			p := newPass(t.Context(), analysis.NewSnapshot(nil, catalog.Builtin()).WithFile(f), f)
			p.unusedValues()
			var got []string
			for _, x := range p.out {
				got = append(got, strings.SplitAfter(text[x.Start:], "\n")[0])
			}
			if want := []string{"gone = 3\n", "twice = 1\n"}; len(got) != 2 || !(got[0] == want[0] && got[1] == want[1] || got[0] == want[1] && got[1] == want[0]) {
				t.Fatalf("depth %d, first %d: %q in\n%s", depth, first, got, text)
			}
		}
	}
}

// TestAlike compares nodes of a text as their plain texts do.
func TestAlike(t *testing.T) {
	f := analysis.NewFile("file:///a.lua", "", 1, "local a = {x = 1, [\"x y\"] = {x = 1}}\nlocal b = a.x or a . x -- c\nlocal c = a.x and a.xx == a.x\nb = a[ -- c\n\"x y\"] or a[\"x y\"] or a [\"x  y\"] or a[\"x\"].y or (a.x) or a.x.x\n")
	p := newPass(t.Context(), analysis.NewSnapshot(nil, catalog.Builtin()).WithFile(f), f)
	same := 0
	for a := syntax.Node(1); int(a) < p.tree.Len(); a++ {
		for b := syntax.Node(1); int(b) < p.tree.Len(); b++ {
			got, want := p.alike(a, b), p.plain(a) == p.plain(b)
			if got != want {
				t.Errorf("%q and %q: %t", p.plain(a), p.plain(b), got)
			}
			if got && a != b {
				same++
			}
		}
	}
	if same == 0 {
		t.Error("no two are alike")
	}
}
