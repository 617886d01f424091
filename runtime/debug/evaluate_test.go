package debug_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/runtime/debug"
)

const evaluated = `
counter = 10
local up = "up"
local shadow = "outer"
local function f(a, ...)
  local b = a * 2
  local shadow = "inner"
  local get = function() return b end
  print(a, b, up, get(), counter)
  return a + b
end
print(f(1, "v1", nil, "v3"))
print(up, shadow)
`

func stopInF(t *testing.T) *session {
	t.Helper()
	s := breakAt(t, evaluated, 8)
	s.stopped(debug.ReasonBreakpoint, 8)
	return s
}

func TestEvaluate(t *testing.T) {
	s := stopInF(t)
	for expr, want := range map[string]string{
		"a + b": "3", "up": `"up"`, "shadow": `"inner"`, "counter": "10", "get()": "2", "missing": "nil",
		"a, b, up": `1, 2, "up"`, "...": `"v1", nil, "v3"`, "select('#', ...)": "3", "({...})[1]": `"v1"`,
		"(function(...) return select('#', ...) end)(1, 2)": "2", "#up": "2", "{a, b}": "{1, 2}",
		"a -- comment": "1", "": "", "nil": "nil", "math.floor(2.5)": "2", "a == 1 and 'yes' or 'no'": `"yes"`,
		"local x = a + 40; return x": "41", "for i = 1, 3 do counter = counter end": "", "if a then return 5 end": "5",
		"a.b.c":         "error: attempt to index local 'a' (a number value)",
		"a()":           "error: attempt to call local 'a' (a number value)",
		"error('mine')": "error: mine", "error({message = 'in a table'})": "error: in a table",
		"error()": "error: (error object is a nil value)",
		"1 +":     "error: unexpected symbol near '<eof>'", "for i = 1 do end": "error: ',' expected near 'do'", "1 end, function() return 2": "error: unexpected symbol near '1'", "x = = 1": "error: unexpected symbol near '='",
		"return": "",
	} {
		if got := s.eval(expr); got != want {
			t.Errorf("%q gives %s, want %s", expr, got, want)
		}
	}
	if s.evalIn(0, "counter") != "10" || s.evalIn(0, "a") != "nil" {
		t.Error("frame 0 is not the global scope")
	}
}

// TestEvaluateModes: only the repl takes statements.
func TestEvaluateModes(t *testing.T) {
	s := stopInF(t)
	for _, mode := range []debug.EvalMode{debug.EvalWatch, debug.EvalHover, debug.EvalClipboard, debug.EvalVariables} {
		if _, err := s.e.Evaluate(t.Context(), s.top(), "counter = 11", mode); err == nil {
			t.Errorf("%s takes a statement", mode)
		}
		v, err := s.e.Evaluate(t.Context(), s.top(), "a + b", mode)
		if err != nil || v.Value != "3" || v.Type != "number" || v.EvaluateName != "a + b" {
			t.Errorf("%s: %+v, %v", mode, v, err)
		}
	}
	long, err := s.e.Evaluate(t.Context(), s.top(), "('x'):rep(5000)", debug.EvalClipboard)
	s.do(err)
	equal(t, "length for the clipboard", len(long.Value), 5002)
	short, err := s.e.Evaluate(t.Context(), s.top(), "('x'):rep(5000)", debug.EvalWatch)
	s.do(err)
	if len(short.Value) > 1100 || !strings.HasSuffix(short.Value, "…") {
		t.Errorf("a watch shows %d bytes", len(short.Value))
	}
}

// TestAssignments: what is assigned in an evaluation is seen by the script.
func TestAssignments(t *testing.T) {
	s := stopInF(t)
	for _, code := range []string{"a = 100", "b = b + 5", "up = 'changed'", "counter = counter + 1", "a, b = a, b + 1"} {
		equal(t, code, s.eval(code), "")
	}
	equal(t, "shadow of main", s.evalIn(s.frames(1)[1].ID, "shadow = 'set outside'"), "")
	equal(t, "locals", s.locals(s.top()), `a=100 arg={"v1", nil, "v3", n=3} b=8 shadow="inner" get=function (main.lua:7) (...)[1]="v1" (...)[2]=nil (...)[3]="v3"`)
	s.finish("100\t8\tchanged\t8\t11\n108\nchanged\tset outside\n")
}

func TestEvaluateInOuterFrame(t *testing.T) {
	s := stopInF(t)
	main := s.frames(1)[1].ID
	equal(t, "shadow", s.evalIn(main, "shadow"), `"outer"`)
	equal(t, "a is unknown there", s.evalIn(main, "a"), "nil")
	equal(t, "f", s.evalIn(main, "f"), "function (main.lua:4)")
}

func TestEvaluateInSuspendedCoroutine(t *testing.T) {
	s := breakAt(t, `
local co = coroutine.create(function(n)
  local inside = "here"
  local got = coroutine.yield(n)
  print(inside, got)
end)
coroutine.resume(co, 7)
print("main")
coroutine.resume(co, "back")
`, 7)
	s.stopped(debug.ReasonBreakpoint, 7)
	frames := s.frames(2)
	inner := frames[len(frames)-1].ID
	equal(t, "locals", s.locals(inner), `n=7 inside="here"`)
	equal(t, "evaluation", s.evalIn(inner, "inside .. n"), `"here7"`)
	equal(t, "assignment", s.evalIn(inner, "inside = 'changed'"), "")
	_, err := s.e.SetVariable(s.scope(inner, debug.ScopeLocals).Ref, "n", "8")
	s.do(err)
	equal(t, "n", s.evalIn(inner, "n"), "8")
	s.finish("main\nchanged\tback\n")
}

// TestEvaluateLimits: evaluations that do not end are ended.
func TestEvaluateLimits(t *testing.T) {
	s := stopInF(t)
	const endless = "(function() while true do end end)()"
	for _, c := range []struct {
		mode     debug.EvalMode
		min, max time.Duration
		code     string
	}{
		{debug.EvalHover, 400 * time.Millisecond, deadline, endless},
		{debug.EvalWatch, 1500 * time.Millisecond, deadline, endless},
		{debug.EvalHover, 400 * time.Millisecond, deadline, "(function() while true do pcall(function() while true do end end) end end)()"},
		{debug.EvalHover, 400 * time.Millisecond, deadline, "(function() while true do pcall(error) end end)()"},
	} {
		began, top := time.Now(), s.top()
		ended := make(chan error, 1)
		go func() {
			_, err := s.e.Evaluate(t.Context(), top, c.code, c.mode)
			ended <- err
		}()
		var err error
		select {
		case err = <-ended:
		case <-time.After(deadline):
			t.Fatalf("%s of %s does not end", c.mode, c.code)
		}
		if took := time.Since(began); err == nil || !strings.Contains(err.Error(), "no result within") || took < c.min || took > c.max {
			t.Fatalf("%s of %s: %v after %v", c.mode, c.code, err, took)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := s.e.Evaluate(ctx, s.top(), "while true do end", debug.EvalRepl); err == nil {
		t.Fatal("a cancelled evaluation has a result")
	}
	equal(t, "afterwards", s.eval("a"), "1")
	s.finish("1\t2\tup\t2\t10\n3\nup\touter\n")
}

// TestEvaluateHitsNoBreakpoint: evaluations run unseen.
func TestEvaluateHitsNoBreakpoint(t *testing.T) {
	s := breakAt(t, "\nlocal function f(x)\n  return x + 1\nend\nprint(f(1))\n", 2, 4)
	s.stopped(debug.ReasonBreakpoint, 4)
	equal(t, "f(5)", s.eval("f(5)"), "6")
	s.follow("go:2")
	s.finish("2\n")
}

func TestSetVariable(t *testing.T) {
	s := breakAt(t, `
g = 1
local up = 2
local t = {10, 20, name = "n", ["two words"] = 1, [2.5] = 5, [{}] = "object"}
local function f(a, ...)
  local a = a
  print(a, up, g, t[1], t.name, t["two words"], t[2.5], t.new, _G["odd name"])
end
_G["odd name"] = 0
f(1, "extra")
`, 6)
	s.stopped(debug.ReasonBreakpoint, 6)
	top := s.top()
	locals, upvalues, globals := s.scope(top, debug.ScopeLocals).Ref, s.scope(top, debug.ScopeUpvalues).Ref, s.scope(top, debug.ScopeGlobals).Ref
	table := named(t, s.children(upvalues), "t").Ref
	object := ""
	for _, v := range s.children(table) {
		if v.Value == `"object"` {
			object = v.Name
		}
	}
	for _, c := range []struct {
		ref               int
		name, expr, value string // value, or the error
	}{
		{locals, "a", "a + 41", "42"}, {locals, "a (shadowed, register 0)", "'below'", `"below"`},
		{upvalues, "up", "{1}", "{1}"}, {upvalues, "up", "'new up'", `"new up"`},
		{globals, "g", "a .. '!'", `"42!"`}, {globals, `["odd name"]`, "5", "5"},
		{table, "[1]", "11", "11"}, {table, "name", "nil", "nil"}, {table, `["two words"]`, "up", `"new up"`},
		{table, "[2.5]", "6", "6"}, {table, "new", "true", "true"}, {table, object, "'set'", `"set"`},
		{locals, "b", "1", `error: no local variable "b" can be set here`},
		{locals, "(...)[1]", "1", `error: no local variable "(...)[1]" can be set here`},
		{upvalues, "b", "1", `error: no upvalue "b"`},
		{table, "[what]", "1", `error: no entry "[what]" can be set in this table`},
		{locals, "a", "1 +", "error: unexpected symbol near"},
		{locals, "a", "nope.x", "error: attempt to index global 'nope' (a nil value)"},
		{locals, "a", "x = 1", "error: "},
	} {
		v, err := s.e.SetVariable(c.ref, c.name, c.expr)
		got := v.Value
		if err != nil {
			got = "error: " + err.Error()
		}
		if !strings.HasPrefix(got, c.value) || err == nil && got != c.value {
			t.Errorf("%s = %s: %s, want %s", c.name, c.expr, got, c.value)
		}
	}
	_, err := s.e.SetVariable(999, "a", "1")
	wantError(t, err, debug.ErrStale)
	equal(t, "object key", s.evalIn(top, "(function() for k, v in pairs(t) do if type(k) == 'table' then return v end end end)()"), `"set"`)
	s.finish("42\tnew up\t42!\t11\tnil\tnew up\t6\ttrue\t5\n")
}

// TestStale: handles of a stop are no good at the next, and requests of a
// stopped script are refused while it runs.
func TestStale(t *testing.T) {
	s := breakAt(t, "\nlocal t = {1}\nlocal a = 1\nprint(a)\n", 2)
	s.stopped(debug.ReasonBreakpoint, 2)
	frame := s.top()
	scope := s.scope(frame, debug.ScopeLocals).Ref
	table := named(t, s.children(scope), "t").Ref
	s.follow("over:3")
	s.top() // hands out new handles
	check := func(want error) {
		t.Helper()
		_, errScopes := s.e.Scopes(frame)
		_, errScope := s.e.Variables(scope, debug.FilterAll, 0, 0)
		_, errTable := s.e.Variables(table, debug.FilterAll, 0, 0)
		_, errSet := s.e.SetVariable(scope, "a", "1")
		_, errEval := s.e.Evaluate(t.Context(), frame, "a", debug.EvalWatch)
		for _, err := range []error{errScopes, errScope, errTable, errSet, errEval} {
			wantError(t, err, want)
		}
	}
	check(debug.ErrStale)
	// Handles of one sort are none of the other.
	if _, err := s.e.Scopes(s.scope(s.top(), debug.ScopeLocals).Ref); !errors.Is(err, debug.ErrStale) {
		t.Errorf("scopes of a scope: %v", err)
	}
	s.finish("1\n")
	check(debug.ErrNotStopped)
	_, _, err := s.e.StackTrace(1, 0, 0)
	wantError(t, err, debug.ErrNotStopped)
	s.e.Detach()
	check(debug.ErrEnded)
}

// TestPrompt: what people are used to from lua's prompt.
func TestPrompt(t *testing.T) {
	s := breakAt(t, "local t = {1, 2}\nprint(#t)\n", 2)
	s.stopped(debug.ReasonBreakpoint, 2)
	for _, c := range []struct{ code, want string }{
		{"=#t", "2"},
		{" = t[1]", "1"},
		{"error({code = 5})", "error: error object {code=5}"},
		{"error(setmetatable({}, {__tostring = function() return 'mine' end}))", "error: error object mine"},
		{"error()", "error: (error object is a nil value)"},
		{"== 1", "error: unexpected symbol near '='"},
	} {
		equal(t, c.code, s.eval(c.code), c.want)
	}
	s.setBreakpoints()
	s.finish("2\n")
}
