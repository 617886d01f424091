package flow

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/internal/luagen"
	"github.com/llmspell/llmspell/lsp/analysis/luacats"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// solved solves texts as the files a.lua, b.lua, …, that require each other as a, b, ….
func solved(texts ...string) *Graph {
	p := Program{Places: true, Library: func(name string) bool { return name == "JSON" || name == "Tool" }, Kernel: func(name string) bool { return name == "Tool" }}
	for i, text := range texts {
		tree := syntax.Parse(text)
		p.Files = append(p.Files, File{
			URI: string(rune('a'+i)) + ".lua", Tree: tree, Vars: scope.Resolve(tree), Notes: luacats.Read(text, tree.Tokens()),
			Modules: string(rune('a' + i)),
			Module: func(name string, _ bool) int {
				if len(name) == 1 && int(name[0]-'a') < len(texts) {
					return int(name[0]) - 'a'
				}
				return -1
			},
		})
	}
	g, err := Solve(context.Background(), p)
	if err != nil {
		panic(err)
	}
	return g
}

// TestKeys names places by marks: each «x» is a place of the field x that belongs to the
// first of them, and no other x does.
func TestKeys(t *testing.T) {
	for name, texts := range map[string][]string{
		"one table":       {`local t = {«x» = 1} print(t.«x», t["«x»"], t.y.x)`},
		"two tables":      {`local t, u = {«x» = 1}, {x = 2} print(t.«x», u.x)`},
		"a parameter":     {`local function f(p) return p.«x» end f({«x» = 1}) local u = {x = 1} print(u.x)`},
		"a result":        {`local function f() return 1, {«x» = 1} end local a, b = f() print(a, b.«x»)`},
		"a class":         {`local C = {} C.__index = C function C.new() return setmetatable({«x» = 1}, C) end function C:f() return self.«x» end print(C.new().«x») local u = {x = 1}`},
		"a method":        {`local C = {} C.__index = C function C:«x»() end local o = setmetatable({}, C) o:«x»() C.«x»(o)`},
		"inherited":       {`local A = {} A.__index = A function A:«x»() end local B = setmetatable({}, {__index = A}) B.__index = B local o = setmetatable({}, B) o:«x»()`},
		"a list":          {`local l = {{«x» = 1}} for _, e in ipairs(l) do print(e.«x») end table.insert(l, {«x» = 2}) print(l[1].«x»)`},
		"modules":         {`local m = require("b") print(m.«x», m.f({y = 1}))`, `local M = {«x» = 1} function M.f(p) return p.y end return M`},
		"pcall":           {`local ok, r = pcall(function() return {«x» = 1} end) print(r.«x»)`},
		"errors":          {`local ok, r = pcall(function() error({«x» = 1}) end) print(r.«x»)`},
		"a coroutine":     {`local co = coroutine.wrap(function() coroutine.yield({«x» = 1}) end) print(co().«x»)`},
		"varargs":         {`local function f(...) local a = select(2, ...) return a.«x» end f(1, {«x» = 1})`},
		"operators":       {`local V = {} V.__add = function(a, b) return a.«x» + b.«x» end local v = setmetatable({«x» = 1}, V) print(v + v)`},
		"calls":           {`local o = setmetatable({«x» = 1}, {__call = function(self) return self.«x» end}) o()`},
		"a closure":       {`local t = {«x» = 1} local function f() return function() return t.«x» end end f()()`},
		"annotated":       {"---@class C\n---@field «x» number\n\n---@param c C\nlocal function f(c) return c.«x» end\nlocal u = {x = 1} print(u.x)"},
		"a global":        {`T = {«x» = 1} print(T.«x», _G.T.«x»)`},
		"keys":            {`local t, s = {«x» = 1}, {} s[t] = 1 for k in pairs(s) do print(k.«x») end local u = {x = 1} print(s[u])`},
		"raw":             {`local t = {«x» = 1} rawset(t, "«x»", 2) print(rawget(t, "«x»"))`},
		"or":              {`local function f(o) o = o or {} o.«x» = 1 return o end f({«x» = 2})`},
		"sorted":          {`local l = {{«x» = 1}} table.sort(l, function(a, b) return a.«x» < b.«x» end)`},
		"loaded by parts": {`local m = require("" .. "b") print(m.«x»)`, `return {«x» = function() end}`},
	} {
		t.Run(name, func(t *testing.T) {
			var plain []string
			var want []string
			for i, text := range texts {
				for at := strings.Index(text, "«"); at >= 0; at = strings.Index(text, "«") {
					want = append(want, fmt.Sprintf("%c.lua:%d", 'a'+i, at))
					text = strings.Replace(strings.Replace(text, "«", "", 1), "»", "", 1)
				}
				plain = append(plain, text)
			}
			g := solved(plain...).Keys()
			for _, place := range want {
				uri, at, _ := strings.Cut(place, ":")
				var offset int
				fmt.Sscan(at, &offset)
				k, ok := g.At(uri, offset)
				if !ok {
					t.Fatalf("there is no key at %s", place)
				}
				var got []string
				for _, p := range k.Places {
					got = append(got, fmt.Sprintf("%s:%d", p.URI, p.Start))
				}
				slices.Sort(want)
				slices.Sort(got)
				if !slices.Equal(got, want) || k.Unknown != nil || !k.Made {
					t.Fatalf("%s: %v, not %v; unknown: %v", place, got, want, k.Unknown)
				}
			}
		})
	}
}

// TestGlobalIsSet: a global has all its places in the program only if the program sets it.
func TestGlobalIsSet(t *testing.T) {
	for code, want := range map[string]bool{
		"x = 1": true, "print(x)": false, "_G.x = 1": true, `_G["x"] = 1`: true, `rawset(_G, "x", 1) print(x)`: true, "function x() end": true, "x.y = 1": false,
	} {
		key, ok := solved(code).Keys().At("a.lua", strings.LastIndex(code, "x"))
		if !ok || !key.Global || key.Made != want {
			t.Errorf("%s: %+v, %v", code, key, ok)
		}
	}
}

// TestUnknown are tables of which not all is known.
func TestUnknown(t *testing.T) {
	for code, why := range map[string]string{
		`local t = {x = 1} for k in pairs(t) do print(k) end`:                                   "pairs goes over the keys",
		`local t = {x = 1} for k in next, t do print(k) end`:                                    "next goes over the keys",
		`local t = {x = 1} local k = next(t)`:                                                   "next goes over the keys",
		`local t = {x = 1} print(t[io.read()])`:                                                 "io.read(), which is computed",
		`local t = {x = 1, [io.read()] = 2}`:                                                    "io.read(), which is computed",
		`local t = {x = 1} JSON.stringify(t)`:                                                   "given to JSON.stringify",
		`local t = {x = 1} local p = {t} JSON.stringify(p)`:                                     "given to JSON.stringify",
		`local t = {x = 1} unknown(t)`:                                                          "given to unknown",
		`local t = JSON.parse("") print(t.x)`:                                                   "comes from JSON.parse",
		`local t = setmetatable({x = 1}, {__index = function(t, k) return k end})`:              "a function of the metatable",
		`local t = setmetatable({x = 1}, {__newindex = function(t, k, v) rawset(t, k, v) end})`: "computed",
		`return {x = 1}`:                                                            "returns to whoever runs it",
		`local a = ... print(a.x)`:                                                  "argument of the script",
		`T = {x = 1} loadstring("return T.x")()`:                                    "loadstring",
		`T = {x = 1} for k in pairs(_G) do end`:                                     "",
		`local t = {x = 1} rawget(t, io.read())`:                                    "computed",
		`local t = {x = 1} ("x"):gsub(".", t)`:                                      "string.gsub",
		`local m = require("zz") print(m.x)`:                                        "require of zz",
		`string.x = function() end print(("a"):x())`:                                "function of the library",
		`---@enum (key) E` + "\n" + `local t = {x = 1}`:                             "values of the type E",
		`local t = {x = 1} iterate(t)`:                                              "given to iterate",
		`local t = {x = 1, ` + numbered("a%d = 1, ", manyKeys) + `} JSON.encode(t)`: "cannot be told apart from many others, and what is known of one of these is that its table is given to JSON.encode",
		`local function f(o) JSON.encode(o) end f({x = 1})`:                         "given to JSON.encode",
		`pcall(JSON.encode, {x = 1})`:                                               "given to JSON.encode",
		`local s = "" local t = {upper = 1} s = t s:upper() print(t.x)`:             "",
	} {
		g := solved(code).Keys()
		at := strings.LastIndex(code, "x")
		for ; at >= 0; at = strings.LastIndex(code[:at], "x") {
			if k, ok := g.At("a.lua", at); ok && k.Name == "x" {
				switch {
				case why == "":
				case k.Unknown == nil:
					t.Errorf("%s: all is known", code)
				case !strings.Contains(k.Unknown.Text, why):
					t.Errorf("%s: %q, not %q", code, k.Unknown.Text, why)
				}
				break
			}
		}
		if at < 0 && why != "" {
			t.Errorf("%s: there is no x", code)
		}
	}
}

// numbered is a text for each of the first numbers.
func numbered(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// TestEndless are programs whose values go in circles, or are one of very many: solving them ends.
func TestEndless(t *testing.T) {
	for _, code := range []string{
		"local function f(...) return f(f, ...) end f(f)",
		"local t = {} t.x = t setmetatable(t, t) t.__index = t t.__call = t t()",
		"local function f(...) return pcall(f, pcall, pcall, ...) end pcall(pcall, pcall, f)",
		"local p = pcall p = p(p, p) p(p(p))",
		"local co = coroutine.wrap(coroutine.wrap) co(coroutine.yield(co))",
		"local t = setmetatable({}, {__index = setmetatable}) t.x(t, t)",
		"for k, v in pairs(pairs) do pairs = v(k) end",
		"local function f(a) return {x = f(a)} end local t = f({}) while t do t = t.x end",
		"table.sort(table, table.sort) xpcall(xpcall, xpcall, xpcall, xpcall, xpcall)",
		"_G._G = _G setmetatable(_G, {__index = _G, __newindex = _G}) x = x.x _G.x.x = _G",
		"local x = (" + strings.Repeat("{x = ", 180) + "1" + strings.Repeat("}", 180) + ")" + strings.Repeat(".x", 5000),
		"local x = 1 " + strings.Repeat("x = x .. x ", 3000),
		"local function f(t, k) return t[k] end local t = {" + numbered("a%d = 1, ", 30000) + "} f(t) " + numbered("f({b%d = 1}) ", 30000),
	} {
		done := make(chan bool)
		go func() { solved(code); close(done) }()
		select {
		case <-done:
		case <-time.After(time.Minute):
			t.Fatalf("%.60s does not end", code)
		}
	}
}

func FuzzSolve(f *testing.F) {
	for _, pattern := range []string{"scripts/*.lua", "differences/*.lua"} {
		paths, _ := filepath.Glob(filepath.Join("..", "..", "..", "testdata", pattern))
		for _, p := range paths {
			if text, err := os.ReadFile(p); err == nil {
				f.Add(string(text))
			}
		}
	}
	f.Add("---@class C: C\n---@field x C\nlocal C = {} setmetatable(C, C) C.x = C:x(C.x, ...) for k, C in pairs(C) do end return C")
	f.Add("Tool.on(function(e, ...) e.a = e Tool.f(e.a, ...) for k, v in pairs(e) do Tool = v.x end return pcall(e.g, e) end)")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<14 {
			return
		}
		g := solved(text, "return require('a')")
		tree := g.s.program.Files[0].Tree
		for n := syntax.Node(1); int(n) < min(tree.Len(), 500); n++ {
			list, ok := g.Origins(0, n, "x")
			if ok != (len(list) > 0) || len(list) > maxOrigins {
				t.Fatalf("%q: %d origins, %v", tree.Source(n), len(list), ok)
			}
		}
		keys := g.Keys()
		found := 0
		for i := 0; i < len(text) && found < 20; i++ {
			if k, ok := keys.At("a.lua", i); ok {
				found++
				if !slices.ContainsFunc(k.Places, func(p Place) bool { return p.URI == "a.lua" && p.Start == i }) {
					t.Fatalf("the place %d is none of its own key", i)
				}
				for _, p := range k.Places {
					if p.Start < 0 || p.End < p.Start || p.End > max(len(text), 40) {
						t.Fatalf("%+v is not in the text", p)
					}
				}
			}
		}
	})
}

func BenchmarkSolve(b *testing.B) {
	var text strings.Builder
	for seed := int64(0); strings.Count(text.String(), "\n") < 5000; seed++ {
		fmt.Fprintf(&text, "do\n%s\nend\n", luagen.Program(seed, luagen.All()))
	}
	code := text.String()
	b.ReportMetric(float64(strings.Count(code, "\n")), "lines")
	b.ReportAllocs()
	for b.Loop() {
		solved(code)
	}
}
