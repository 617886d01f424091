package flow

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// lookup is the last expression of a file in which the field x is looked up.
func lookup(g *Graph, file int) syntax.Node {
	t := g.s.program.Files[file].Tree
	object := syntax.None
	for n := syntax.Node(1); int(n) < t.Len(); n++ {
		if k := t.Kind(n); (k == syntax.Index || k == syntax.Method) && t.NameOf(t.Child(n, 1)) == "x" {
			object = t.First(n)
		}
	}
	return object
}

// from says where a value comes from: the function, number of the result or parameter,
// and the path.
func from(g *Graph, o Origin) string {
	t := g.s.program.Files[o.File].Tree
	var out string
	switch {
	case o.Call == syntax.None:
		out = o.Global
	case o.Protected:
		out = fmt.Sprintf("%s %d", t.Source(t.First(t.Child(o.Call, 1))), o.Index)
	default:
		out = fmt.Sprintf("%s %d", t.Source(t.First(o.Call)), o.Index)
	}
	if o.Handler != syntax.None {
		out = "for " + out
	}
	return strings.Join(append([]string{out}, o.Steps()...), " ")
}

// TestOrigins looks up x in what comes from the global Tool.
func TestOrigins(t *testing.T) {
	for text, want := range map[string]string{
		`local r = Tool.f() print(r.x)`:                                     "Tool.f 0",
		`local _, r = Tool.f() print(r.x)`:                                  "Tool.f 1",
		`local r = Tool.f() print(r.a[1].b.x)`:                              "Tool.f 0 a [] b",
		`local T = Tool print(T.a.x)`:                                       "Tool a",
		`local ok, r = pcall(Tool.f, 1) print(r.x)`:                         "Tool.f 0",
		`local ok, r = xpcall(Tool.f, print) print(r.x)`:                    "Tool.f 0",
		`local ok, r = pcall(function() return Tool.f() end) print(r.x)`:    "Tool.f 0",
		`local r = Tool.f():g() print(r.x)`:                                 "Tool.f():g 0",
		`Tool.on(function(e) print(e.x) end)`:                               "for Tool.on 0",
		`local function h(_, e) print(e.a.x) end Tool:on("n", h)`:           "for Tool:on 1 a",
		`local r = Tool.f() if y then r = Tool.g() end print(r.x)`:          "Tool.f 0, Tool.g 0",
		`local t = {a = Tool.f()} local u = {t} print(u[1].a.x)`:            "Tool.f 0",
		`local m = require("b") print(m.get().x)`:                           "Tool.b 0",
		`local l = {} for i = 1, 2 do l[i] = Tool.f(i) end print(l[1].x)`:   "Tool.f 0",
		`local r = Tool.f() or {y = 1} print(r.x)`:                          "Tool.f 0",
		`local r = Tool.f() Tool.g(r, {r}) print(r.x)`:                      "Tool.f 0",
		`local r = Tool.f() r.x = 1 print(r.x)`:                             "",
		`local r = Tool.f() or {x = 1} print(r.x)`:                          "",
		`local r = Tool.f() r[k] = 1 print(r.x)`:                            "",
		`local r = Tool.f() stranger(r) print(r.x)`:                         "",
		`local r = y and Tool.f() or stranger() print(r.x)`:                 "",
		`local r = Tool.f() setmetatable(r, {__index = f}) print(r.x)`:      "",
		`local ok, r = pcall(function() error({x = 1}) end) print(r.x)`:     "",
		`Tool = stranger() local r = Tool.f() print(r.x)`:                   "",
		`local Tool = {f = function() return {} end} print(Tool.f().x)`:     "",
		`Tool.on({run = function(e) print(e.x) end})`:                       "for Tool.on 0",
		`pcall(Tool.on, function(e) print(e.x) end)`:                        "",
		`return {run = function(e) print(e.x) end, y = Tool.f(e)}`:          "",
		`local co = coroutine.wrap(function(a) print(a.x) end) co({x = 1})`: "",
		`print(x.x, nothing().x, ("a").x)`:                                  "",
	} {
		g := solved(text, `return {get = function() return Tool.b() end}`)
		list, ok := g.Origins(0, lookup(g, 0), "x")
		var got []string
		for _, o := range list {
			got = append(got, from(g, o))
		}
		slices.Sort(got)
		if strings.Join(got, ", ") != want || ok != (want != "") {
			t.Errorf("%s: %q, %v, want %q", text, got, ok, want)
		}
	}
}

// TestManyOrigins: a value that may come from very many places comes from anywhere, and
// of a table that leads to itself the paths end.
func TestManyOrigins(t *testing.T) {
	many := "local r\n"
	for i := range maxOrigins + 1 {
		many += fmt.Sprintf("r = Tool.f%d()\n", i)
	}
	g := solved(many + "print(r.x)")
	if _, ok := g.Origins(0, lookup(g, 0), "x"); ok {
		t.Error("all of very many places are named")
	}
	g = solved("local r = Tool.f() r.next = r while r.next do r = r.next end print(r.x)")
	list, ok := g.Origins(0, lookup(g, 0), "x")
	if !ok || len(list) != maxSteps+1 {
		t.Errorf("a table that is in itself: %v", list)
	}
	for _, o := range list {
		if strings.Trim(o.Path, "next\x00") != "" {
			t.Errorf("the path %q", o.Path)
		}
	}
}
