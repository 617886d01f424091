package lint_test

import (
	"context"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/lint"
)

const stackClass = `local C = {}
C.__index = C
function C.new(n) local self = setmetatable({items = {}, name = n}, C) self.count = 0 return self end
function C:push(x) self.count = self.count + 1 self.items[self.count] = x end
`

// findingsIn are the messages of one code in the first of some files,
// which are called a.lua, b.lua, … and are all in one folder.
func findingsIn(t *testing.T, code string, texts ...string) string {
	t.Helper()
	snap := analysis.NewSnapshot(&analysis.Config{Roots: []string{"/proj"}}, catalog.Builtin())
	var first *analysis.File
	for i, text := range texts {
		name := "/proj/" + string(rune('a'+i)) + ".lua"
		f := analysis.NewFile("file://"+name, name, 1, text)
		if i == 0 {
			first = f
		}
		snap = snap.WithFile(f)
	}
	var list []string
	for _, x := range lint.Check(context.Background(), snap, first) {
		if x.Code == code {
			list = append(list, x.Message)
			for _, fix := range x.Fixes {
				if fix.Sure {
					t.Errorf("%s: %s would be made without asking", x.Message, fix.Title)
				}
			}
		}
	}
	return strings.Join(list, "; ")
}

func TestNeverStored(t *testing.T) {
	for name, c := range map[string]struct {
		texts []string
		want  string
	}{
		"a field":                 {[]string{stackClass + `function C:pop() return self.itmes end`}, "self has no field itmes; did you mean items?"},
		"a method":                {[]string{stackClass + `local c = C.new("a") c:psuh(1)`}, "c has no field psuh; did you mean push?"},
		"of a module":             {[]string{`local A = require("b") local a = A.new("x") a:psuh(2)`, stackClass + "return C"}, "a has no field psuh; did you mean push?"},
		"another file has it":     {[]string{stackClass + "print(C.new(1).itmes) return C", `local itmes = {} print(itmes) return {itmes = 1}`}, "C.new(1) has no field itmes; did you mean items?"},
		"another file stores it":  {[]string{stackClass + "print(C.new(1).itmes) return C", `local c = require("a").new(1) c.itmes = 2`}, ""},
		"it is asked for":         {[]string{stackClass + "local c = C.new(1) if c.itmes then print(c.itmes) end"}, ""},
		"an object as a key":      {[]string{stackClass + "local a, all = C.new(1), {} all[a] = true for k in pairs(all) do k.itmes = 1 end print(a.itmes)"}, ""},
		"a key in a table":        {[]string{stackClass + "local a = C.new(1) for k in pairs({[a] = true}) do k.itmes = 1 end print(a.itmes)"}, ""},
		"a key by next":           {[]string{stackClass + `local a, all = C.new(1), setmetatable({}, {__mode = "k"}) all[a] = 1 local k = next(all) k.itmes = 1 print(a.itmes)`}, ""},
		"a key by next in a loop": {[]string{stackClass + "local a, all = C.new(1), {} rawset(all, a, 1) for k in next, all do k.itmes = 1 end print(a.itmes)"}, ""},
		"a key by foreach":        {[]string{stackClass + "local a = C.new(1) table.foreach({[a] = 1}, function(k) k.itmes = 2 end) print(a.itmes)"}, ""},
		"a key in a field":        {[]string{stackClass + "local a, b = C.new(1), {deps = {}} b.deps[a] = true for k in pairs(b.deps) do k.itmes = 1 end print(a.itmes)"}, ""},
		"a key given to __index":  {[]string{stackClass + "local a, m = C.new(1), setmetatable({}, {__index = function(_, k) k.itmes = 1 return 1 end}) print(m[a], a.itmes)"}, ""},
		"a key for __newindex":    {[]string{stackClass + "local a, m = C.new(1), setmetatable({}, {__newindex = function(_, k) k.itmes = 1 end}) m[a] = 1 print(a.itmes)"}, ""},
		"a key in another file":   {[]string{stackClass + `local a = C.new(1) require("b")[a] = true print(a.itmes)`, "local all = {} function all.f() for k in pairs(all) do k.itmes = 1 end end return all"}, ""},
		"a key of declared kind":  {[]string{"---@class C\nlocal C = {name = 1}\n---@type table<C, boolean>\nlocal all = {}\nfor k in pairs(all) do k.nam = 1 end print(C.nam)"}, ""},
		"a key that nothing gets": {[]string{stackClass + "local a, all = C.new(1), {} all[a] = true print(a.itmes, all[a])"}, "a has no field itmes; did you mean items?"},
		"a computed key":          {[]string{stackClass + `function C:set(k, v) self[k] = v end print(C.new(1).itmes)`}, ""},
		"rawset":                  {[]string{stackClass + `local k = ... local c = C.new(1) rawset(c, k, 1) print(c.itmes)`}, ""},
		"copied":                  {[]string{stackClass + `local c = C.new(1) for k, v in pairs({...}) do c[k] = v end print(c.itmes)`}, ""},
		"__index is a function":   {[]string{stackClass + `setmetatable(C, {__index = function(_, k) return k end}) print(C.new(1).itmes)`}, ""},
		"__index is not known":    {[]string{stackClass + `return function(f) setmetatable(C, {__index = f}) print(C.new(1).itmes) end`}, ""},
		"given away":              {[]string{stackClass + `local c = C.new(1) Other(c) print(c.itmes)`}, ""},
		"a child stores it":       {[]string{stackClass + `local D = setmetatable({}, {__index = C}) D.__index = D function D:f() self.itmes = 1 end function C:g() return self.itmes end`}, ""},
		"iterated over":           {[]string{stackClass + `local c = C.new(1) for k in pairs(c) do print(k) end print(c.itmes)`}, ""},
		"an abstract method":      {[]string{stackClass + "function C:run() self:execute() end return C"}, ""},
		"a script's own":          {[]string{stackClass + "function C:run() self:execute() end C.new(1):run()"}, "self has no field execute"},
		"options":                 {[]string{`local function f(o) return o.tiems end f({times = 1})`}, ""},
		"a handle":                {[]string{`local f = assert(io.open("x")) f:raed("*a") f:read("*all") f:close()`}, "f has no field raed; did you mean read?"},
		"a tool's handle":         {[]string{`local h = Tool.start("calculator", {input = "1"}) h:wiat()`}, "h has no field wiat; did you mean wait?"},
		"an answer":               {[]string{`local r = Tool.calculator:execute({input = "1"}) print(r.result.reslt, r.result.result, r.metadata.duraton_ms)`}, "r.result has no field reslt; did you mean result?; r.metadata has no field duraton_ms; did you mean duration_ms?"},
		"an answer in a variable": {[]string{`local r = Tool.calculator:execute({input = "1"}) local all = r.result print(all.reslt)`}, "all has no field reslt; did you mean result?"},
		"protected":               {[]string{`local t = {} print(pcall(function() t.nothing() end))`}, ""},
	} {
		if got := findingsIn(t, "undefined-field", c.texts...); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestAnnotated(t *testing.T) {
	const class = "---@class Point\n---@field x number\n---@field y number\n---@field label? string\n"
	for name, c := range map[string]struct{ code, text, want string }{
		"a type":              {"unknown-type", class + "---@type Pont\nlocal p\nreturn p", "there is no type Pont; did you mean Point?"},
		"another library":     {"unknown-type", "---@param b vim.Buffer\nlocal function f(b) return b end return f", ""},
		"a type parameter":    {"unknown-type", class + "---@generic Poin\n---@param p Poin\n---@return Poin\nlocal function f(p) return p end return f", ""},
		"a parameter":         {"annotated-parameter", "---@param nmae string\nlocal function f(name) return name end return f", "the function has no parameter nmae; did you mean name?"},
		"twice":               {"annotated-parameter", "---@param a string\n---@param a number\nlocal function f(a) return a end return f", "the parameter a is annotated twice"},
		"self":                {"annotated-parameter", "local M = {}\n---@param self table\n---@param ... any\nfunction M:f(...) return ... end return M", ""},
		"fields of options":   {"annotated-parameter", "---@param o table\n---@param a string\n---@param b string\n---@param c string\n---@param d string\nlocal function f(o) return o end return f", ""},
		"a field again":       {"duplicate-field", class + "---@field x string", "the field x is declared twice: only the first declaration counts"},
		"a function again":    {"duplicate-field", "---@class A\n---@field f fun(a: string)\n---@field f fun(a: number)", ""},
		"a local":             {"assigned-type", "---@type number\nlocal n = 'x'\nn = nil\nn = 5\nn = {}\nreturn n", `n is number, but gets "x"; n is number, but gets a table`},
		"a parameter's":       {"assigned-type", "---@param n string\nlocal function f(n) n = {n} return n end return f", ""},
		"a field's":           {"assigned-type", class + "---@param p Point\nlocal function f(p) p.x = 'a' p.label = nil p.y = tonumber('1') end return f", `x is number, but gets "a"`},
		"a result":            {"return-type", "---@return number\nlocal function f(a) if a then return nil, 'no' end if a == 1 then return false end return 'x' end return f", `result 1 is number, but "x" is returned`},
		"too few results":     {"return-count", "---@return number, string\nlocal function f(a) if a then return end return 1 end return f", "the annotations say 2 results, but the function returns 1 here"},
		"too many results":    {"return-count", "---@return number\nlocal function f(a) if a then return nil, 'x' end return 1, 2 end return f", "the annotations say 1 result, but the function returns 2 here"},
		"open results":        {"return-count", "---@return number, string\nlocal function f(...) return ... end\n---@return number, ...\nlocal function g() return 1, 2, 3 end\n---@return number, string?\nlocal function h() return 1 end return f, g, h", ""},
		"a table":             {"missing-field", class + "---@type Point\nlocal p = {x = 1}\nreturn p", "the table is Point, which needs the field y too"},
		"an argument":         {"missing-field", class + "---@param p Point\nlocal function f(p) return p end\nf({x = 1, y = 2}) f({label = 'a'}) f({})", "the table is Point, which needs the fields x, y too"},
		"a table written out": {"missing-field", "---@param o {a: integer, b?: string}\nlocal function f(o) return o end\nf({b = 'x'}) f({a = 1}) f({})", "the table is { a: integer, b?: string }, which needs the field a too"},
		"its values":          {"assigned-type", "---@param o? {a: integer, b?: string}\nlocal function f(o) return o end\nf({a = 'x', b = {}}) f({a = 1, b = nil}) f({a = 2, c = true})", `a is integer, but gets "x"; b is string?, but gets a table`},
		"elements":            {"missing-field", "---@type {a: integer, sub: {x: number, y: number}}[]\nlocal l = {{a = 1}, {a = 1, sub = {x = 1}}, {a = 1, sub = {x = 1, y = 2}}}\nreturn l", "the table is { a: integer, sub: table }, which needs the field sub too; the table is { x: number, y: number }, which needs the field y too"},
		"filled later":        {"missing-field", class + "---@type Point\nlocal p = {x = 1}\np.y = 2\nreturn p", ""},
	} {
		if got := findingsIn(t, c.code, c.text); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
