package debug_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/runtime/debug"
)

func TestSetExpression(t *testing.T) {
	s := breakAt(t, `
global, writes = 1, 0
local up, shadow = "up", "outer"
local t = {a = {10, 20}, ["two words"] = 1}
local doubled = setmetatable({}, {__newindex = function(t, k, v) writes = writes + 1 rawset(t, k, v * 2) end})
local eaten = setmetatable({}, {__newindex = function() end})
local locked = setmetatable({}, {__newindex = function() error("read-only") end})
local function box() return t end
local function f(n, ...)
  local shadow = "inner"
  print(n, up, shadow, global, t.a[1], t["two words"], t.new, doubled.x, eaten.x, type(locked), type(box), ...)
end
f(5, "extra")
`, 10)
	s.stopped(debug.ReasonBreakpoint, 10)
	const notTarget = "cannot be assigned to: give a variable, or a field such as t.a[1]"
	for _, c := range []struct{ target, value, want string }{
		{"n", "n + 1", "6"}, {"up", "'changed'", `"changed"`}, {"shadow", "shadow .. '!'", `"inner!"`}, {"global", "{1}", "{1}"}, {"fresh", "2", "2"},
		{"t.a[1]", "11", "11"}, {"t['a'][2]", "t.a[1] + 1", "12"}, {`t["two words"]`, "'x' -- comment", `"x"`}, {"t . new", "true", "true"}, {"(t).a[#t.a + 1]", "3", "3"},
		{"box().boxed", "7", "7"}, {"_G.global", "8", "8"}, {"_G['fresh']", "nil", "nil"},
		{"doubled.x", "21", "42"}, {"eaten.x", "1", "nil"}, {"locked.x", "1", "error: main.lua:6: read-only"}, {"t.x.y", "1", "error: attempt to index field 'x' (a nil value)"},
		{"n", "(function() return 6, 7 end)()", "6"}, {"n", "...", `"extra"`}, {"n", "6", "6"},
		{"f()", "1", notTarget}, {"t:m()", "1", notTarget}, {"1", "1", notTarget}, {"", "1", notTarget}, {"...", "1", notTarget}, {"(n)", "1", notTarget},
		{"n, up", "1", notTarget}, {"n = 1; up", "1", notTarget}, {"writes = 100 up", "1", notTarget}, {"local n", "1", notTarget}, {"n --[[", "1", notTarget},
		{"n) + (up", "1", notTarget}, {"n] = 1; t[1", "1", notTarget}, {"t[(function() writes = 5 end)()].x; n", "1", notTarget}, {"n; os.exit() up", "1", notTarget},
		{"f(); n", "1", notTarget}, {"end", "1", notTarget}, {"n = 2 --", "1", notTarget}, {"-n", "1", notTarget}, {"'x'.y", "1", notTarget}, {"{}.x", "1", notTarget},
		{"n", "1; os.exit()", "error: "}, {"n", "1 writes = 7", "error: "}, {"n", "1) writes = (7", "error: "}, {"n", "1, 2", "cannot be assigned: give one expression"},
		{"n", "1) , (2", "error: "}, {"n", "", "cannot be assigned: give one expression"}, {"n", "1 --[[", "error: "}, {"n", "x = 1", "error: "}, {"n", "return 1", "error: "},
		{"n", "nope.x", "error: attempt to index global 'nope' (a nil value)"},
	} {
		v, err := s.e.SetExpression(t.Context(), s.top(), c.target, c.value, debug.Format{})
		got := v.Value
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != c.want && !(err != nil && strings.Contains(got, c.want)) {
			t.Errorf("%s = %s gives %s, want %s", c.target, c.value, got, c.want)
		}
	}
	equal(t, "writes", s.eval("writes"), "1")
	main := s.frames(1)[1].ID
	v, err := s.e.SetExpression(t.Context(), main, "shadow", "'set outside'", debug.Format{})
	s.do(err)
	equal(t, "outer frame", v.Value, `"set outside"`)
	equal(t, "frame 0", func() string {
		v, err := s.e.SetExpression(t.Context(), 0, "n", "1", debug.Format{})
		s.do(err)
		return v.Value + s.eval("n") + s.eval("_G.n")
	}(), "161")

	began := time.Now()
	_, err = s.e.SetExpression(t.Context(), s.top(), "n", "(function() while true do end end)()", debug.Format{})
	if took := time.Since(began); err == nil || took > deadline {
		t.Errorf("an endless value: %v after %v", err, took)
	}
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err = s.e.SetExpression(ctx, s.top(), "n", "(function() while true do end end)()", debug.Format{}); err == nil {
		t.Error("a cancelled assignment has a result")
	}
	_, err = s.e.SetExpression(t.Context(), 999, "n", "1", debug.Format{})
	wantError(t, err, debug.ErrStale)
	s.finish("6\tchanged\tinner!\t8\t11\tx\ttrue\t42\tnil\ttable\tfunction\textra\n")
}
