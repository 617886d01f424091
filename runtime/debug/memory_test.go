package debug_test

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/runtime/debug"
)

func TestMemory(t *testing.T) {
	s := breakAt(t, `
gtext = "global"
local up = "\0\255up"
local t = {"first", name = "field", ["two words"] = "spaced", [2.5] = "half"}
local function f(a, ...)
  local a, empty, n = "shadowing", "", 1
  print(gtext, up, t[1], t.name, t["two words"], t[2.5], a, empty, n, ...)
end
f("below", "extra")
`, 6)
	s.stopped(debug.ReasonBreakpoint, 6)
	top := s.top()
	locals := s.children(s.scope(top, debug.ScopeLocals).Ref)
	upvalues := s.children(s.scope(top, debug.ScopeUpvalues).Ref)
	globals := s.children(s.scope(top, debug.ScopeGlobals).Ref)
	fields := s.children(named(t, upvalues, "t").Ref)
	for _, v := range []debug.Variable{named(t, locals, "empty"), named(t, locals, "n"), named(t, upvalues, "t")} {
		equal(t, v.Name, v.Memory, "")
	}
	for _, c := range []struct {
		in            []debug.Variable
		name          string
		offset, count int
		want          string
		write         string
		at            int
		value         string // afterwards
	}{
		{locals, "a", 0, 100, "shadowing", "S", 0, `"Shadowing"`}, {locals, "a (shadowed, register 0)", 1, 3, "elo", "W", 4, `"beloW"`},
		{upvalues, "up", 0, 2, "\x00\xff", "\x00", 3, `"\000\255u\000"`}, {globals, "gtext", 6, 1, "", "GLOBAL", 0, `"GLOBAL"`},
		{fields, "[1]", 4, 0, "", "F", 0, `"First"`}, {fields, "name", 2, 3, "eld", "d", 4, `"field"`}, {fields, `["two words"]`, 99, 3, "", "", 3, `"spaced"`},
		{fields, "[2.5]", 0, 4, "half", "HALF", 0, `"HALF"`},
	} {
		ref := named(t, c.in, c.name).Memory
		data, err := s.e.ReadMemory(t.Context(), ref, c.offset, c.count)
		s.do(err)
		equal(t, c.name, string(data), c.want)
		n, err := s.e.WriteMemory(t.Context(), ref, c.at, []byte(c.write), false)
		s.do(err)
		equal(t, "bytes written to "+c.name, n, len(c.write))
		data, err = s.e.ReadMemory(t.Context(), ref, c.at, len(c.write))
		s.do(err)
		equal(t, c.name+" read again", string(data), c.write)
		var again []debug.Variable
		switch c.name {
		case "a", "a (shadowed, register 0)":
			again = s.children(s.scope(top, debug.ScopeLocals).Ref)
		case "up":
			again = s.children(s.scope(top, debug.ScopeUpvalues).Ref)
		case "gtext":
			again = s.children(s.scope(top, debug.ScopeGlobals).Ref)
		default:
			again = s.children(named(t, upvalues, "t").Ref)
		}
		equal(t, c.name+" afterwards", named(t, again, c.name).Value, c.value)
	}
	a := named(t, locals, "a").Memory
	for _, c := range []struct {
		ref     string
		offset  int
		data    string
		partial bool
		n       int
		err     string
	}{
		{a, 7, "NGER", false, 0, "4 bytes do not fit"}, {a, 7, "NGER", true, 2, ""}, {a, 9, "x", true, 0, ""}, {a, 10, "x", true, 0, "outside"},
		{a, -1, "x", true, 0, "outside"}, {"m99999", 0, "x", false, 0, debug.ErrStale.Error()}, {"x", 0, "x", false, 0, debug.ErrStale.Error()},
		{"", 0, "x", false, 0, debug.ErrStale.Error()}, {named(t, locals, "(...)[1]").Memory, 0, "x", false, 0, "(...)[1] cannot be set"},
	} {
		n, err := s.e.WriteMemory(t.Context(), c.ref, c.offset, []byte(c.data), c.partial)
		if n != c.n || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("writing %q to %s at %d: %d, %v", c.data, c.ref, c.offset, n, err)
		}
	}
	if _, err := s.e.ReadMemory(t.Context(), a, -1, 1); err == nil {
		t.Error("a negative offset can be read")
	}
	v, err := s.e.Evaluate(t.Context(), top, "a .. '!'", debug.EvalWatch)
	s.do(err)
	data, err := s.e.ReadMemory(t.Context(), v.Memory, 0, 100)
	s.do(err)
	equal(t, "result", string(data), "ShadowiNG!")
	if _, err = s.e.WriteMemory(t.Context(), v.Memory, 0, []byte("x"), false); err == nil || !strings.Contains(err.Error(), "result of an evaluation") {
		t.Errorf("writing a result: %v", err)
	}
	equal(t, "assignment", s.eval("a = 5"), "")
	if _, err = s.e.ReadMemory(t.Context(), a, 0, 1); err == nil || !strings.Contains(err.Error(), "no string any more") {
		t.Errorf("reading what is no string: %v", err)
	}
	s.eval("a = 'again'")
	s.finish("GLOBAL\t\x00\xffu\x00\tFirst\tfield\tspaced\tHALF\tagain\t\t1\textra\n")
	_, err = s.e.ReadMemory(t.Context(), a, 0, 1)
	wantError(t, err, debug.ErrNotStopped)
}
