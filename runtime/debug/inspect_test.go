package debug_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/debug"
)

func (s *session) hex(ref int) []debug.Variable {
	s.t.Helper()
	vs, err := s.e.Inspect(s.t.Context(), debug.VariablesRequest{Ref: ref, Format: debug.Format{Hex: true}})
	s.do(err)
	return vs
}

func TestHex(t *testing.T) {
	s := breakAt(t, `
local n, neg, f, big, huge, inf, nan, zero, text = 255, -16, 1.5, 2^53, 1e100, 1/0, 0/0, 0, "255"
local t = {16, [0] = 17, [-5] = 1, [2.5] = 255, k = 31, ["16"] = {10}}
print("end")
`, 3)
	s.stopped(debug.ReasonBreakpoint, 3)
	locals := s.hex(s.scope(s.top(), debug.ScopeLocals).Ref)
	for name, want := range map[string]string{
		"n": "0xff", "neg": "-0x10", "f": "1.5", "big": "0x20000000000000", "huge": "1e+100", "inf": "inf", "zero": "0x0", "text": `"255"`,
		"t": `{0x10, k=0x1f, ["16"]={…}, [0x0]=0x11, [-0x5]=0x1, [2.5]=0xff}`,
	} {
		v := named(t, locals, name)
		if name == "t" { // the order of keys is the table's own
			equal(t, name, len(v.Value), len(want))
			continue
		}
		equal(t, name, v.Value, want)
	}
	ref := named(t, locals, "t").Ref
	fields := s.hex(ref)
	for name, want := range map[string]string{"[0x1]": "0x10", "[0x0]": "0x11", "[-0x5]": "0x1", "[2.5]": "0xff", "k": "0x1f", `["16"]`: "{0xa}"} {
		v := named(t, fields, name)
		equal(t, name, v.Value, want)
		equal(t, name+" by its evaluate name", s.eval(v.EvaluateName) != "nil", true)
	}
	for _, name := range []string{"[0x1]", "[-0x5]", "[0x20]"} {
		v, err := s.e.Assign(t.Context(), debug.SetVariableRequest{Ref: ref, Name: name, Value: "48", Format: debug.Format{Hex: true}})
		s.do(err)
		equal(t, name, v.Value, "0x30")
	}
	equal(t, "what was set", s.eval("t[1], t[-5], t[32]"), "48, 48, 48")
	v, err := s.e.Eval(t.Context(), debug.EvalRequest{Frame: s.top(), Expression: "n, {n}, 'n'", Mode: debug.EvalWatch, Format: debug.Format{Hex: true}})
	s.do(err)
	equal(t, "evaluation", v.Value, `0xff, {0xff}, "n"`)
	v, err = s.e.SetExpression(t.Context(), s.top(), "t.k", "256", debug.Format{Hex: true})
	s.do(err)
	equal(t, "expression", v.Value, "0x100")
}

// TestInherited: what an __index chain gives is behind lazy children.
func TestInherited(t *testing.T) {
	s := breakAt(t, `
local calls = 0
local Base = {base = 1} Base.__index = Base
local Derived = setmetatable({derived = 2}, Base) Derived.__index = Derived
local object = setmetatable({own = 3}, Derived)
local computed = setmetatable({}, {__index = function() calls = calls + 1 while true do end end})
local loop = {} setmetatable(loop, {__index = loop})
local locked = setmetatable({}, {__index = Base, __metatable = "locked"})
local odd = setmetatable({}, {__index = 5, __name = 7, __metatable = false})
local proxy = newproxy(true) getmetatable(proxy).__index = Base
local bare = newproxy()
print(calls)
`, 11)
	s.stopped(debug.ReasonBreakpoint, 11)
	locals := s.children(s.scope(s.top(), debug.ScopeLocals).Ref)
	open := func(v debug.Variable) debug.Variable {
		t.Helper()
		lazy := named(t, s.children(v.Ref), "(__index)")
		if !lazy.Lazy || lazy.Ref == 0 || !lazy.ReadOnly || lazy.Kind != debug.KindVirtual {
			t.Fatalf("%s: %+v", v.Name, lazy)
		}
		vs := s.children(lazy.Ref)
		if len(vs) != 1 || vs[0].Lazy {
			t.Fatalf("%s: behind the lazy child is %+v", v.Name, vs)
		}
		if vs[0].EvaluateName != "" {
			equal(t, vs[0].EvaluateName, s.eval(vs[0].EvaluateName), vs[0].Value)
		}
		return vs[0]
	}
	derived := open(named(t, locals, "object"))
	equal(t, "derived", named(t, s.children(derived.Ref), "derived").Value, "2")
	base := open(derived)
	equal(t, "base", named(t, s.children(base.Ref), "base").Value, "1")
	for _, v := range s.children(base.Ref) {
		if v.Name == "(__index)" {
			t.Error("the end of the chain has a child for more")
		}
	}
	fn := named(t, s.children(named(t, locals, "computed").Ref), "(__index)")
	if fn.Lazy || fn.Type != "function" || fn.Place == 0 {
		t.Errorf("an __index function: %+v", fn)
	}
	v := named(t, locals, "loop")
	for range 20 {
		v = open(v)
	}
	equal(t, "name behind a lock", open(named(t, locals, "locked")).EvaluateName, "")
	equal(t, "odd", list(s.children(named(t, locals, "odd").Ref)), "(metatable)={__index=5, __name=7, __metatable=false} (__index)=5")
	equal(t, "userdata", named(t, s.children(open(named(t, locals, "proxy")).Ref), "base").Value, "1")
	equal(t, "userdata without one", named(t, locals, "bare").Ref, 0)
	equal(t, "calls", s.eval("calls"), "0")
}

// TestHostileValues: whatever a value does to be shown, it is shown, soon.
func TestHostileValues(t *testing.T) {
	cases := map[string]string{
		"__tostring = function() while true do end end":                            "(__tostring failed: main.lua:1: evaluation stopped after too many instructions)",
		"__tostring = function() error({code = 1}) end":                            "(__tostring failed: (error object is a table value))",
		"__tostring = function() error() end":                                      "(__tostring failed: (error object is a nil value))",
		"__tostring = function() return {} end":                                    "(__tostring returned no string)",
		"__tostring = function() return end":                                       "(__tostring returned no string)",
		"__tostring = function() return 12 end":                                    "12",
		"__tostring = function(t) return tostring(t) end":                          "(__tostring failed: ",
		"__tostring = function(t) return 'x' .. tostring({t}) .. t end":            "(__tostring failed: ",
		"__tostring = function() return ('x'):rep(1e6) end":                        strings.Repeat("x", 1024) + "…",
		"__tostring = function() error(('x'):rep(1e6)) end":                        "(__tostring failed: main.lua:1: xxx",
		"__tostring = function() while true do pcall(error) end end":               "(__tostring failed: ",
		"__tostring = function() return ('%s'):rep(1e9) end":                       "(__tostring failed: ",
		"__tostring = function() coroutine.yield() end":                            "{}",
		"__tostring = function() os.exit(3) end":                                   "{}",
		"__tostring = 'no function'":                                               "{}",
		"__tostring = setmetatable({}, {__call = function() return 'called' end})": "{}",
		"__name = 5":              "{}",
		"__name = ('n'):rep(1e6)": strings.Repeat("n", 100) + "… {}",
		"__name = 'Type'":         "Type {}",
		"__metatable = 'locked'":  "{}",
		"__index = function(t, k) while true do end end": "{}",
		"__index = error": "{}",
		"__len = error, __eq = error, __lt = error, __pairs = error": "{}",
		"__tostring = function() return '\\255\\0\\n' end":           "\xff\x00\n",
	}
	for meta, want := range cases {
		t.Run(meta[:min(len(meta), 60)], func(t *testing.T) {
			s := open(t, "local v = setmetatable({}, {"+meta+"})\nlocal ud = newproxy(true)\nprint('end')\n", debug.Options{})
			s.setBreakpoints(debug.BreakpointSpec{Line: 3})
			s.run()
			s.stopped(debug.ReasonBreakpoint, 3)
			began := time.Now()
			v := named(t, s.children(s.scope(s.top(), debug.ScopeLocals).Ref), "v")
			if v.Value != want && !(strings.HasSuffix(want, ": ") || strings.HasSuffix(want, "xxx")) || !strings.HasPrefix(v.Value, want) || len(v.Value) > 1100 {
				t.Errorf("shown as %.200q, want %.200q", v.Value, want)
			}
			s.children(v.Ref)
			if took := time.Since(began); took > deadline {
				t.Errorf("took %v", took)
			}
			s.finish("end\n")
		})
	}
}

// TestManyHostileValues: the metamethods of one request share a budget.
func TestManyHostileValues(t *testing.T) {
	s := breakAt(t, "\nlocal m = {__tostring = function() while true do end end}\nlocal t = {}\nfor i = 1, 500 do t[i] = setmetatable({}, m) end\nprint('end')\n", 4)
	s.stopped(debug.ReasonBreakpoint, 4)
	began := time.Now()
	vs := s.children(named(t, s.children(s.scope(s.top(), debug.ScopeLocals).Ref), "t").Ref)
	if took := time.Since(began); len(vs) != 500 || took > deadline {
		t.Errorf("%d children in %v", len(vs), took)
	}
	equal(t, "the last", vs[499].Value, "(__tostring not run: others took too long)")
}

// TestInspectCancelled: a request whose context ends is given up.
func TestInspectCancelled(t *testing.T) {
	s := open(t, "\nlocal hash, objects = hash, objects\nprint('end')\n", debug.Options{})
	hash, objects := s.st.L.NewTable(), s.st.L.NewTable()
	many := 300_000
	if raceDetector {
		many = 100_000
	}
	for i := 1; i <= many; i++ {
		name := fmt.Sprint("k", i*7919%many)
		hash.RawSetString(name, lua.LNumber(i))
		s.st.L.SetGlobal(name, lua.LNumber(i))
		objects.RawSet(s.st.L.NewTable(), lua.LTrue)
	}
	s.st.L.SetGlobal("hash", hash)
	s.st.L.SetGlobal("objects", objects)
	s.setBreakpoints(debug.BreakpointSpec{Line: 2})
	s.run()
	s.stopped(debug.ReasonBreakpoint, 2)
	globals := s.scope(s.top(), debug.ScopeGlobals).Ref
	locals := s.children(s.scope(s.top(), debug.ScopeLocals).Ref)
	for name, r := range map[string]debug.VariablesRequest{
		"globals": {Ref: globals, Count: 100},
		"objects": {Ref: named(t, locals, "objects").Ref, Filter: debug.FilterNamed, Start: many - 10, Count: 10},
		"hash":    {Ref: named(t, locals, "hash").Ref, Filter: debug.FilterNamed, Count: many},
	} {
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(20*time.Millisecond, cancel)
		began := time.Now()
		_, err := s.e.Inspect(ctx, r)
		if took := time.Since(began); !errors.Is(err, context.Canceled) || took > deadline {
			t.Errorf("%s: %v after %v", name, err, took)
		}
	}
	vs, err := s.e.Inspect(t.Context(), debug.VariablesRequest{Ref: globals, Start: 10, Count: 3})
	s.do(err)

	if len(vs) != 3 || vs[0].Name >= vs[1].Name {
		t.Errorf("globals after a cancelled request: %s", list(vs))
	}
	began := time.Now()
	cs, err := s.e.Completions(t.Context(), s.top(), "hash.k99", 8)
	s.do(err)
	if took := time.Since(began); len(cs) == 0 || took > deadline {
		t.Errorf("%d completions after %v", len(cs), took)
	}
}

func TestPlaces(t *testing.T) {
	s := breakAt(t, `
local function f()
  return 1
end
local co = coroutine.create(function()
  coroutine.yield()
end)
local started = coroutine.create(f) coroutine.resume(started)
local loaded = loadstring("return 1\n", "=text")
local n, lib = 1, print
print("end")
`, 10)
	s.stopped(debug.ReasonBreakpoint, 10)
	locals := s.children(s.scope(s.top(), debug.ScopeLocals).Ref)
	for name, line := range map[string]int{"f": 1, "co": 4, "loaded": 1} {
		p, err := s.e.ResolvePlace(named(t, locals, name).Place)
		s.do(err)
		equal(t, name, p.Line, line)
		if name == "loaded" {
			if p.Source.Reference == 0 || p.Source.Path != "" {
				t.Errorf("source of %s: %+v", name, p.Source)
			}
			continue
		}
		equal(t, name, p.Source.Path, s.file)
	}
	for _, name := range []string{"n", "lib", "started"} {
		equal(t, name, named(t, locals, name).Place, 0)
	}
	v, err := s.e.Evaluate(t.Context(), s.top(), "f", debug.EvalHover)
	s.do(err)
	_, err = s.e.ResolvePlace(v.Place)
	s.do(err)
	_, err = s.e.ResolvePlace(999)
	wantError(t, err, debug.ErrStale)
	old := v.Place
	s.do(s.e.Continue())
	s.ends("end\n")
	_, err = s.e.ResolvePlace(old)
	wantError(t, err, debug.ErrNotStopped)
}
