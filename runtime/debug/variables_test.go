package debug_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/debug"
)

// values is a script whose locals hold every sort of value; it stops at its
// last line, 13.
const values = `
local n, f, big, neg = 1, 1.5, 1e100, -0.25
local s, quoted, raw = "text", "a\"b\n\t\\", "\255\0x"
local yes, none = true, nil
local arr, rec, mixed, empty = {1, 2, 3}, {name = "x", ["two words"] = 2}, {1, k = 2, [2.5] = 3}, {}
local nested = {{{1}}}
local fn, native = function() end, string.rep
local co = coroutine.create(function() end)
local meta = setmetatable({}, {__tostring = function() return "<meta>" end, __index = {x = 1}})
local failing = setmetatable({}, {__tostring = function() error("no text") end})
local endless = setmetatable({}, {__tostring = function() while true do end end})
local cycle = {} cycle.self = cycle; local inf = 1/0; local odd = {[inf] = 1, [-inf] = 2, [true] = 3, ["end"] = 4, [cycle] = 5}
local popped, hollow = {1, 2, 3, k = 1}, {1, nil, 3}; popped[3] = nil
print("end")
`

func stopAtValues(t *testing.T) (*session, []debug.Variable) {
	t.Helper()
	s := breakAt(t, values, 13)
	s.stopped(debug.ReasonBreakpoint, 13)
	return s, s.children(s.scope(s.top(), debug.ScopeLocals).Ref)
}

func TestValues(t *testing.T) {
	s, locals := stopAtValues(t)
	for _, c := range []struct {
		name, value, typ string
		named, indexed   int
	}{
		{"n", "1", "number", 0, 0}, {"f", "1.5", "number", 0, 0}, {"big", "1e+100", "number", 0, 0}, {"neg", "-0.25", "number", 0, 0},
		{"s", `"text"`, "string", 0, 0}, {"quoted", `"a\"b\n\t\\"`, "string", 0, 0}, {"raw", `"\255\000x"`, "string", 0, 0},
		{"yes", "true", "boolean", 0, 0}, {"none", "nil", "nil", 0, 0},
		{"arr", "{1, 2, 3}", "table", 0, 3}, {"rec", `{name="x", ["two words"]=2}`, "table", 2, 0},
		{"mixed", "{1, k=2, [2.5]=3}", "table", 2, 1}, {"empty", "{}", "table", 0, 0}, {"nested", "{{…}}", "table", 0, 1},
		{"fn", "function (main.lua:6)", "function", 0, 0}, {"native", "function string.rep (Go)", "function", 0, 0},
		{"co", "thread (suspended)", "thread", 0, 0},
		{"meta", "<meta>", "table", 2, 0}, {"failing", "(__tostring failed: main.lua:9: no text)", "table", 1, 0},
		{"endless", "(__tostring failed: main.lua:10: evaluation stopped after too many instructions)", "table", 1, 0},
		{"cycle", "{self={…}}", "table", 1, 0}, {"inf", "inf", "number", 0, 0},
		{"popped", "{1, 2, k=1}", "table", 1, 2}, {"hollow", "{1, nil, 3}", "table", 0, 3},
	} {
		v := named(t, locals, c.name)
		equal(t, c.name, v.Value, c.value)
		equal(t, "type of "+c.name, v.Type, c.typ)
		equal(t, "children of "+c.name, fmt.Sprint(v.Named, v.Indexed), fmt.Sprint(c.named, c.indexed))
		equal(t, c.name+" can be opened", v.Ref > 0, c.named+c.indexed > 0)
	}
	equal(t, "metatable", list(s.children(named(t, locals, "failing").Ref)), "(metatable)={__tostring=function}")
	self := named(t, locals, "cycle")
	for range 10 {
		self = named(t, s.children(self.Ref), "self")
	}
	equal(t, "ten levels down a cycle", self.EvaluateName, "cycle"+strings.Repeat(".self", 10))
}

// TestEvaluateNames: wherever a variable has an evaluate name, that gives the
// same value in the frame.
func TestEvaluateNames(t *testing.T) {
	s, locals := stopAtValues(t)
	seen := 0
	var check func(vs []debug.Variable, depth int)
	check = func(vs []debug.Variable, depth int) {
		for _, v := range vs {
			if v.EvaluateName != "" {
				seen++
				equal(t, v.EvaluateName, s.eval(v.EvaluateName), v.Value)
			}
			if v.Ref > 0 && depth < 3 {
				check(s.children(v.Ref), depth+1)
			}
		}
	}
	check(locals, 0)
	check(s.children(s.scope(s.top(), debug.ScopeGlobals).Ref), 2)
	if seen < 50 {
		t.Errorf("only %d names", seen)
	}
}

// TestEvaluateNamesOfShadowed: a variable that the frame cannot name has
// no evaluate name, or one that reaches it all the same.
func TestEvaluateNamesOfShadowed(t *testing.T) {
	s := breakAt(t, `
x, y = "global x", "global y"
local x = "up"
local function f()
  local up = x
  local x = "local"
  local y = "outer"
  do
    local y = "inner"
    print(x, y)
  end
end
f()
`, 9)
	s.stopped(debug.ReasonBreakpoint, 9)
	top := s.top()
	for _, kind := range []debug.ScopeKind{debug.ScopeLocals, debug.ScopeUpvalues, debug.ScopeGlobals} {
		for _, v := range s.children(s.scope(top, kind).Ref) {
			if v.EvaluateName != "" {
				equal(t, string(kind)+" "+v.EvaluateName, s.evalIn(top, v.EvaluateName), v.Value)
			}
		}
	}
	equal(t, "globals", s.evalIn(top, named(t, s.children(s.scope(top, debug.ScopeGlobals).Ref), "x").EvaluateName), `"global x"`)
}

// TestChildrenOfExpressions: children of any expression's value have names
// that evaluate.
func TestChildrenOfExpressions(t *testing.T) {
	s := breakAt(t, "\nlocal a, b = nil, {k = {1}}\nprint(a)\n", 2)
	s.stopped(debug.ReasonBreakpoint, 2)
	for _, expr := range []string{"b", "a or b", "{k = {1}}", "(a or b)", "b -- the table"} {
		v, err := s.e.Evaluate(t.Context(), s.top(), expr, debug.EvalWatch)
		s.do(err)
		k := named(t, s.children(v.Ref), "k")
		equal(t, k.EvaluateName, s.eval(k.EvaluateName), "{1}")
	}
}

const million = 1_000_000

// TestPaging: pages of large tables, each in bounded time and without a gap.
func TestPaging(t *testing.T) {
	s := open(t, `
local arr, hash, mixed, holes, objects = arr, hash, {1, 2, 3}, {}, {}
for i = 1, 1000 do mixed["m" .. i] = i; holes[i] = i; objects[{}] = i end
for i = 1, 1000, 2 do holes[i] = nil; mixed["m" .. i] = nil end
local deleted = {}
for i = 1, 1000 do deleted["d" .. i] = i end
for i = 1, 1000 do if i % 10 ~= 0 then deleted["d" .. i] = nil end end
print("end")
`, debug.Options{})
	arr, hash := s.st.L.NewTable(), s.st.L.NewTable()
	for i := 1; i <= million; i++ {
		arr.RawSetInt(i, lua.LNumber(i))
		hash.RawSetString(fmt.Sprint("k", i), lua.LNumber(i))
	}
	s.st.L.SetGlobal("arr", arr)
	s.st.L.SetGlobal("hash", hash)
	s.setBreakpoints(debug.BreakpointSpec{Line: 7})
	s.run()
	s.stopped(debug.ReasonBreakpoint, 7)
	locals := s.children(s.scope(s.top(), debug.ScopeLocals).Ref)

	for _, c := range []struct {
		name         string
		filter       debug.VariableFilter
		start, count int
		first, last  string
		want         int
	}{
		{"arr", debug.FilterIndexed, 0, 100, "[1]=1", "[100]=100", 100},
		{"arr", debug.FilterIndexed, 999_950, 100, "[999951]=999951", "[1000000]=1000000", 50},
		{"arr", debug.FilterNamed, 0, 100, "", "", 0},
		{"arr", debug.FilterIndexed, million, 10, "", "", 0},
		{"hash", debug.FilterNamed, 0, 100, "k1=1", "k100=100", 100},
		{"hash", debug.FilterNamed, 500_000, 100, "k500001=500001", "k500100=500100", 100},
		{"hash", debug.FilterIndexed, 0, 100, "", "", 0},
		{"mixed", debug.FilterAll, 0, 5, "[1]=1", "m4=4", 5},
		{"mixed", debug.FilterNamed, 498, 10, "m998=998", "m1000=1000", 2},
		{"deleted", debug.FilterNamed, 50, 10, "d510=510", "d600=600", 10},
		{"deleted", debug.FilterNamed, 98, 10, "d990=990", "d1000=1000", 2},
		{"holes", debug.FilterIndexed, 0, 4, "[1]=nil", "[4]=4", 4},
		{"objects", debug.FilterNamed, 990, 100, "", "", 10},
	} {
		began := time.Now()
		vs, err := s.e.Variables(named(t, locals, c.name).Ref, c.filter, c.start, c.count)
		s.do(err)
		if took := time.Since(began); took > deadline {
			t.Errorf("%s from %d took %v", c.name, c.start, took)
		}
		if len(vs) != c.want {
			t.Errorf("%s %q from %d: %d children, want %d", c.name, c.filter, c.start, len(vs), c.want)
		} else if c.first != "" {
			equal(t, c.name+" first", vs[0].Name+"="+vs[0].Value, c.first)
			equal(t, c.name+" last", vs[len(vs)-1].Name+"="+vs[len(vs)-1].Value, c.last)
		}
	}

	for _, name := range []string{"mixed", "deleted", "objects", "holes"} {
		v := named(t, locals, name)
		paged := map[string]string{}
		for at := 0; at < v.Named+v.Indexed; at += 77 {
			vs, err := s.e.Variables(v.Ref, debug.FilterAll, at, 77)
			s.do(err)
			for _, ch := range vs {
				if _, twice := paged[ch.Name]; twice {
					t.Errorf("%s: %s is on two pages", name, ch.Name)
				}
				paged[ch.Name] = ch.Value
			}
		}
		equal(t, name+": children on all pages", len(paged), v.Named+v.Indexed)
	}
}

// TestMoreNode: a client that does not page opens the rest step by step.
func TestMoreNode(t *testing.T) {
	for _, n := range []int{499, 500, 501, 750, 1000, 1001, 1700} {
		s := breakAt(t, fmt.Sprintf("\nlocal t = {}\nfor i = 1, %d do t['k' .. i] = i end\nprint('end')\n", n), 3)
		s.stopped(debug.ReasonBreakpoint, 3)
		ref := named(t, s.children(s.scope(s.top(), debug.ScopeLocals).Ref), "t").Ref
		seen := 0
		for ref != 0 {
			vs := s.children(ref)
			ref = 0
			for i, v := range vs {
				if v.Kind != debug.KindVirtual {
					seen++
					equal(t, "name", v.Name, fmt.Sprintf("k%d", seen))
					continue
				}
				if i != len(vs)-1 || i != 500 || v.Name != fmt.Sprintf("… %d more", n-seen) {
					t.Fatalf("n=%d: node %q at %d of %d", n, v.Name, i, len(vs))
				}
				ref = v.Ref
			}
		}
		equal(t, "children", seen, n)
	}
}

func TestGlobals(t *testing.T) {
	s := breakAt(t, "\nzeta, alpha = 1, {2}\n_G['two words'] = 3\nprint('end')\n", 3)
	s.stopped(debug.ReasonBreakpoint, 3)
	vs := s.children(s.scope(s.top(), debug.ScopeGlobals).Ref)
	equal(t, "globals", list(vs[:3]), `["two words"]=3 alpha={2} zeta=1`)
	std := vs[len(vs)-1]
	if std.Name != "(standard library)" || std.Kind != debug.KindVirtual || len(vs) != 4 {
		t.Fatalf("globals %s", list(vs))
	}
	lib := named(t, s.children(std.Ref), "string")
	equal(t, "string.rep", named(t, s.children(lib.Ref), "rep").Value, "function string.rep (Go)")

	// A function's globals are those of its environment.
	s = breakAt(t, "\nlocal f = setfenv(function()\n  own = own + 1\nend, {own = 5})\nf()\n", 2)
	s.stopped(debug.ReasonBreakpoint, 2)
	vs = s.children(s.scope(s.top(), debug.ScopeGlobals).Ref)
	equal(t, "environment", list(vs), "own=5")
	equal(t, "evaluation", s.eval("own"), "5")
	equal(t, "no print", s.eval("print"), "nil")
}
