package debug_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/runtime/debug"
)

// TestDataFields: whatever writes an entry of a table, or a global.
func TestDataFields(t *testing.T) {
	for name, tt := range map[string]struct {
		body string // from line 2 on
		expr string
		want string
	}{
		"constant key":         {"t.size = 1\nt['size'] = 2\nt.other = 3\nlocal u = {} u.size = 9", "t.size", lines(`2 t.size: nil -> 1`, `3 t.size: 1 -> 2`)},
		"dynamic key":          {"local k = 'si'\nt[k .. 'ze'] = 1\nt[k] = 2", "t.size", `3 t.size: nil -> 1`},
		"integer key":          {"t[1] = 'a'\nt[2] = 'b'\nfor i = 1, 3 do t[i] = i end", "t[1]", lines(`2 t[1]: nil -> "a"`, `4 t[1]: "a" -> 1`)},
		"negative key":         {"t[-1] = 'a'\nt[0.5] = 'b'\nt[-0.5 * 2] = 'c'", "t[-1]", lines(`2 t[-1]: nil -> "a"`, `4 t[-1]: "a" -> "c"`)},
		"boolean key":          {"t[true] = 'a'\nt[1 > 2] = 'b'\nt[1 < 2] = 'c'", "t[true]", lines(`2 t[true]: nil -> "a"`, `4 t[true]: "a" -> "c"`)},
		"string like code":     {"t['a b'] = 1\nt['a\\nb'] = 2", "t['a b']", `2 t["a b"]: nil -> 1`},
		"other functions":      {"local function f(u) u.size = 5 end\nf({})\nf(t)", "t.size", `2 t.size: nil -> 5`},
		"loaded later":         {"loadstring('local u = ... u.size = 6')(t)\nt.size = 7", "t.size", lines(`1 t.size: nil -> 6`, `3 t.size: 6 -> 7`)},
		"coroutine":            {"coroutine.wrap(function() t.size = 5 end)()", "t.size", `2 t.size: nil -> 5`},
		"rawset":               {"rawset(t, 'size', 4)\nrawset({}, 'size', 5)\nlocal set = rawset set(t, 'other', 6)\nset(t, 'size', 7)", "t.size", lines(`2 t.size: nil -> 4`, `5 t.size: 4 -> 7`)},
		"table.insert":         {"table.insert(t, 'a')\ntable.insert(t, 1, 'b')\ntable.insert({}, 1, 'c')", "t[1]", lines(`2 t[1]: nil -> "a"`, `3 t[1]: "a" -> "b"`)},
		"table.remove":         {"t[1] = 'a' t[2] = 'b'\ntable.remove(t, 1)\ntable.remove(t)", "t[1]", lines(`2 t[1]: nil -> "a"`, `3 t[1]: "a" -> "b"`, `4 t[1]: "b" -> nil`)},
		"table.sort":           {"t[1] = 3 t[2] = 1\ntable.sort(t)", "t[1]", lines(`2 t[1]: nil -> 3`, `3 t[1]: 3 -> 1`)},
		"through pcall":        {"pcall(rawset, t, 'size', 4)\npcall(function() t.size = 5 error() end)", "t.size", lines(`2 t.size: nil -> 4`, `3 t.size: 4 -> 5`)},
		"__newindex function":  {"setmetatable(t, {__newindex = function(u, k, v) rawset(u, k, v + 1) end})\nt.size = 1\nt.size = 7", "t.size", lines(`2 t.size: nil -> 2`, `4 t.size: 2 -> 7`)},
		"__newindex elsewhere": {"local other = {}\nsetmetatable(t, {__newindex = other})\nt.size = 1\nrawset(t, 'size', 2)\nt.size = 3", "t.size", lines(`5 t.size: nil -> 2`, `6 t.size: 2 -> 3`)},
		"behind a proxy":       {"local proxy = setmetatable({}, {__newindex = t})\nproxy.size = 1\nproxy.size = 2", "t.size", lines(`3 t.size: nil -> 1`, `4 t.size: 1 -> 2`)},
		"inner table":          {"t.inner.n = 1\nt.inner = {}\nt.inner.n = 2", "t.inner.n", `2 t.inner.n: nil -> 1`},
		"key in a variable":    {"t.a = 1\nt.b = 2", "t[name]", `2 t.a: nil -> 1`},
		"method":               {"function t:grow() self.size = (self.size or 0) + 1 end\nt:grow()\nt:grow()", "t.size", lines(`2 t.size: nil -> 1`, `2 t.size: 1 -> 2`)},
		"method definition":    {"function t:grow() end\nt.grow = nil", "t.grow", lines(`2 t.grow: nil -> function (main.lua:2)`, `3 t.grow: function (main.lua:2) -> nil`)},
		"constructor":          {"t = {1, 2, 3, size = 4}\nt.size = 5", "t.size", ``},
		"global":               {"g = 1\n_G.g = 2\nrawset(_G, 'g', 3)\nlocal function f() g = 4 end\nf()\nlocal k = 'g' _G[k] = 5", "g", lines(`2 g: nil -> 1`, `3 g: 1 -> 2`, `4 g: 2 -> 3`, `5 g: 3 -> 4`, `7 g: 4 -> 5`)},
		"global, setfenv":      {"local env = {}\nlocal function f(v) g = v end\nf(1)\nsetfenv(f, env)\nf(2)\ng = 3", "g", lines(`3 g: nil -> 1`, `7 g: 1 -> 3`)},
		"global function":      {"function g() end\ng = nil", "g", lines(`2 g: nil -> function (main.lua:2)`, `3 g: function (main.lua:2) -> nil`)},
		"strict globals":       {"setmetatable(_G, {__newindex = function(e, k, v) rawset(e, k, v) end})\ng = 1\ng = 2", "g", lines(`2 g: nil -> 1`, `4 g: 1 -> 2`)},
	} {
		t.Run(name, func(t *testing.T) {
			s := watchAt(t, "local t, name = {inner = {}}, 'a' local mark = 1\n"+tt.body+"\n", 2, tt.expr, debug.AccessChange)
			got := s.accesses()
			if name == "loaded later" {
				got = strings.Replace(got, "0 t.size", "1 t.size", 1)
			}
			equal(t, "changes", got, tt.want)
		})
	}
}

func TestDataFieldReads(t *testing.T) {
	for name, tt := range map[string]struct {
		body string
		expr string
		want string
	}{
		"constant key": {"local a = t.v\na = t['v']\na = t.w\na = ({v = 1}).v", "t.v", lines(`2 t.v: 1 (read)`, `3 t.v: 1 (read)`)},
		"dynamic key":  {"local k = 'v'\nlocal a = t[k]\na = t[k .. 'x']\na = rawget(t, k)", "t.v", lines(`3 t.v: 1 (read)`, `5 t.v: 1 (read)`)},
		"method":       {"function t:m() return self.v end\nt:m()", "t.m", `3 t.m: function (main.lua:2) (read)`},
		"behind":       {"local u = setmetatable({}, {__index = t})\nlocal a = u.v\nu.v = 5\na = u.v", "t.v", `3 t.v: 1 (read)`},
		"absent":       {"local u = setmetatable(t, {__index = {zero = 0}})\nlocal a = u.zero", "t.zero", `3 t.zero: nil (read)`},
		"global":       {"g = 1\nlocal a = g\na = _G.g\nlocal f = function() return g end\nf()\nsetfenv(f, {}) f()", "g", lines(`3 g: 1 (read)`, `4 g: 1 (read)`, `5 g: 1 (read)`)},
	} {
		t.Run(name, func(t *testing.T) {
			s := watchAt(t, "local t = {v = 1}\n"+tt.body+"\n", 2, tt.expr, debug.AccessRead)
			equal(t, "reads", s.accesses(), tt.want)
		})
	}
}

// TestDataProxyWrites: with access "write" a write that changes nothing counts
// where it ends.
func TestDataProxyWrites(t *testing.T) {
	s := watchAt(t, `
local t = {v = 1}
local proxy = setmetatable({}, {__newindex = t})
local loud = setmetatable({}, {__newindex = function(_, k, v) rawset(t, k, v) end})
proxy.v = 1
proxy.w = 1
loud.v = 1
setmetatable(t, {__newindex = function() end})
t.w = nil t.v = nil
t.v = 1
`, 2, "t.v", debug.AccessWrite)
	equal(t, "writes", s.accesses(), lines(`4 t.v: 1 -> 1`, `3 t.v: 1 -> 1`, `8 t.v: 1 -> nil`))
}

// TestDataGlobalBefore: the id of a global means the same in every session, and
// can be set before anything is loaded.
func TestDataGlobalBefore(t *testing.T) {
	s := open(t, "\nlocal a\na = 1\ncount = 1\ncount = 1\ncount = a + 1\n", debug.Options{})
	s.watch(debug.DataBreakpointSpec{ID: "global:count"})
	s.run()
	equal(t, "first", s.stopped(debug.ReasonData, 3).Text, "count: nil -> 1")
	info, err := s.e.DataBreakpointInfo(0, "count", 0)
	s.do(err)
	if info.ID != "global:count" || !info.CanPersist || len(info.Access) != 4 || info.Description != "count (global)" {
		t.Errorf("a global is %+v", info)
	}
	equal(t, "rest", s.accesses(), "5 count: 1 -> 2")
}

// TestDataInfo: what can be watched, how it is called, and why the rest cannot.
func TestDataInfo(t *testing.T) {
	s := breakAt(t, `
heap = {items = {10, 20}, size = 2, [true] = 1, ["a b"] = {c = 1}}
setmetatable(heap, {__index = function() error('run') end})
local up = 1
local function push(self, v, ...)
  local counter = up + v
  local counter = 'inner'
  return counter
end
push(heap, 5, 'more')
`, 7)
	s.stopped(debug.ReasonBreakpoint, 7)
	for _, tt := range []struct{ expr, want string }{
		{"counter", "counter (local of push)"},
		{" v ", "v (local of push)"},
		{"up", "up (upvalue of push)"},
		{"heap", "heap (global)"},
		{"unheard", "unheard (global)"},
		{"heap.size", "heap.size"},
		{"self.size", "self.size"},
		{"heap.items[1]", "heap.items[1]"},
		{"heap . items [ 0x2 ]", "heap.items[2]"},
		{`heap["a b"].c`, `heap["a b"].c`},
		{"self.items[self.size]", "self.items[2]"},
		{"self[true]", "self[true]"},
		{"heap.missing", "heap.missing"},
		{"heap.missing.field", "!heap.missing is a nil value here, not a table"},
		{"v.x", "!v is a number value here, not a table"},
		{"heap[nothing]", "!the key is nil here"},
		{"heap:push()", "!only variables and their fields"},
		{"counter + 1", "!only variables and their fields"},
		{"heap.", "!only variables and their fields"},
		{"heap[", "!only variables and their fields"},
		{"end", "!only variables and their fields"},
		{"...", "!only variables and their fields"},
		{"", "!only variables and their fields"},
		{"12", "!only variables and their fields"},
	} {
		info, err := s.e.DataBreakpointInfo(0, tt.expr, s.top())
		s.do(err)
		s.isInfo(fmt.Sprintf("%q", tt.expr), info, tt.want)
	}
	locals := s.scope(s.top(), debug.ScopeLocals).Ref
	heap := named(t, s.children(locals), "self")
	hiddenCounter := ""
	for _, v := range s.children(locals) {
		if strings.HasPrefix(v.Name, "counter (shadowed") {
			hiddenCounter = v.Name
		}
	}
	for _, tt := range []struct {
		ref        int
		name, want string
	}{
		{locals, "counter", "counter (local of push)"},
		{locals, hiddenCounter, "counter (local of push)"},
		{locals, "(...)[1]", "!cannot be watched"},
		{heap.Ref, "size", "self.size"},
		{heap.Ref, "[true]", "self[true]"},
		{heap.Ref, `["a b"]`, `self["a b"]`},
		{heap.Ref, "(metatable)", "!cannot be watched"},
		{named(t, s.children(heap.Ref), "items").Ref, "[2]", "self.items[2]"},
		{s.scope(s.top(), debug.ScopeUpvalues).Ref, "up", "up (upvalue of push)"},
		{s.scope(s.top(), debug.ScopeGlobals).Ref, "heap", "heap (global)"},
	} {
		info, err := s.e.DataBreakpointInfo(tt.ref, tt.name, 0)
		s.do(err)
		s.isInfo(tt.name, info, tt.want)
	}
	_, err := s.e.DataBreakpointInfo(99999, "x", 0)
	wantError(t, err, debug.ErrStale)
	_, err = s.e.DataBreakpointInfo(0, "x", 99999)
	wantError(t, err, debug.ErrStale)
	s.finish("")
	if _, err := s.e.DataBreakpointInfo(0, "heap", 0); !errors.Is(err, debug.ErrNotStopped) {
		t.Errorf("after the end: %v", err)
	}
}

func (s *session) isInfo(what string, info debug.DataInfo, want string) {
	s.t.Helper()
	why, no := strings.CutPrefix(want, "!")
	if no != (info.ID == "") || no && !strings.Contains(info.Description, why) || !no && info.Description != want {
		s.t.Errorf("%s: id %q, %q, want %q", what, info.ID, info.Description, want)
	}
}
