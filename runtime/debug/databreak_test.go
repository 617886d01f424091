package debug_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/runtime/debug"
)

// watchAt stops at a line and sets data breakpoints on what is called name there.
func watchAt(t *testing.T, script string, line int, name string, access ...debug.DataAccess) *session {
	t.Helper()
	s := breakAt(t, script, line)
	s.stopped(debug.ReasonBreakpoint, line)
	s.setBreakpoints()
	var specs []debug.DataBreakpointSpec
	for _, a := range access {
		specs = append(specs, debug.DataBreakpointSpec{ID: s.dataID(0, name), Access: a})
	}
	s.watch(specs...)
	return s
}

// dataID asks for the id of a variable; with ref 0 as the innermost frame sees it.
func (s *session) dataID(ref int, name string) string {
	s.t.Helper()
	info, err := s.e.DataBreakpointInfo(ref, name, s.top())
	s.do(err)
	if info.ID == "" {
		s.t.Fatalf("%s cannot be watched: %s", name, info.Description)
	}
	return info.ID
}

func (s *session) watch(specs ...debug.DataBreakpointSpec) []debug.Breakpoint {
	s.t.Helper()
	out := s.e.SetDataBreakpoints(specs)
	for _, b := range out {
		if !b.Verified {
			s.t.Fatalf("data breakpoint %d: %s", b.ID, b.Message)
		}
	}
	return out
}

// accesses runs the script to its end and lists its data stops as "line text".
func (s *session) accesses() string {
	s.t.Helper()
	var out []string
	for {
		s.do(s.e.Continue())
		select {
		case x := <-s.stops:
			if x.Reason != debug.ReasonData {
				s.t.Fatalf("stopped at line %d (%s %s), want data breakpoints only", x.Line, x.Reason, x.Text)
			}
			out = append(out, fmt.Sprintf("%d %s", x.Line, x.Text))
			if len(out) > 200 {
				s.t.Fatalf("too many stops: %q", out[:20])
			}
		case err := <-s.ended:
			if err != nil {
				s.t.Fatalf("the script failed: %v", err)
			}
			return strings.Join(out, "\n")
		case <-time.After(deadline):
			s.t.Fatal("neither a stop nor the end")
		}
	}
}

func lines(text ...string) string { return strings.Join(text, "\n") }

// TestDataLocalWrites: every instruction that gives a local a value stops, with
// the old value and the new one, at its line.
func TestDataLocalWrites(t *testing.T) {
	for name, tt := range map[string]struct {
		body string // from line 2 on; x is 1 before it
		want string
	}{
		"constants":        {"x = 2\nx = 'two'\nx = true\nx = nil", lines(`2 x: 1 -> 2`, `3 x: 2 -> "two"`, `4 x: "two" -> true`, `5 x: true -> nil`)},
		"move":             {"local y = 7\nx = y", `3 x: 1 -> 7`},
		"arithmetic":       {"x = x + 1\nx = x * 10\nx = -x\nx = x % 7\nx = x ^ 2\nx = x / 2\nx = x - 1", lines(`2 x: 1 -> 2`, `3 x: 2 -> 20`, `4 x: 20 -> -20`, `5 x: -20 -> 1`, `7 x: 1 -> 0.5`, `8 x: 0.5 -> -0.5`)},
		"length and not":   {"x = #'abc'\nx = not x", lines(`2 x: 1 -> 3`, `3 x: 3 -> false`)},
		"comparison":       {"x = x == 1\nx = 3 < 2", lines(`2 x: 1 -> true`, `3 x: true -> false`)},
		"and or":           {"x = nil or 5\nlocal a, b = false, 9\nx = a or b\nx = b and a\nx = (a and b) or 'c'", lines(`2 x: 1 -> 5`, `4 x: 5 -> 9`, `5 x: 9 -> false`, `6 x: false -> "c"`)},
		"own value":        {"x = x and 2\nx = x or 3", `2 x: 1 -> 2`},
		"call":             {"x = math.max(3, 4)\nx = tostring(x)", lines(`2 x: 1 -> 4`, `3 x: 4 -> "4"`)},
		"several results":  {"local y\nx, y = (function() return 5, 6 end)()\ny, x = x, y", lines(`3 x: 1 -> 5`, `4 x: 5 -> 6`)},
		"multiple":         {"local y = 2\nx, y = y, x\nx, y = nil", lines(`3 x: 1 -> 2`, `4 x: 2 -> nil`)},
		"varargs":          {"x = ...\nlocal y\ny, x = 0, ...", lines(`2 x: 1 -> "arg"`)},
		"concatenation":    {"x = x .. 'a' .. 2", `2 x: 1 -> "1a2"`},
		"table and fields": {"local t = {v = 3}\nx = t.v\nx = t['v'] + 1\nlocal k = 'v'\nx = t[k]", lines(`3 x: 1 -> 3`, `4 x: 3 -> 4`, `6 x: 4 -> 3`)},
		"global":           {"g = 8\nx = g\ng = nil\nx = g", lines(`3 x: 1 -> 8`, `5 x: 8 -> nil`)},
		"method":           {"local s = 'abc'\nx = s:upper()", `3 x: 1 -> "ABC"`},
		"nan":              {"x = 0/0\nx = x\nx = x + 1\nx = 0", lines(`2 x: 1 -> nan`, `5 x: nan -> 0`)},
		"shadowing":        {"do local x = 5 x = 6 end\nx = 2", `3 x: 1 -> 2`},
		"loops":            {"for i = 1, 2 do x = x + i end\nfor _, v in ipairs{7} do x = v end\nwhile x > 5 do x = x - 1 end\nrepeat x = x + 1 until x > 6", lines(`2 x: 1 -> 2`, `2 x: 2 -> 4`, `3 x: 4 -> 7`, `4 x: 7 -> 6`, `4 x: 6 -> 5`, `5 x: 5 -> 6`, `5 x: 6 -> 7`)},
		"unchanged":        {"x = 1\nx = x\nx = 2 - 1", ``},
		"goto":             {"local n = 0\n::again::\nx = x + 1\nn = n + 1\nif n < 2 then goto again end", lines(`4 x: 1 -> 2`, `4 x: 2 -> 3`)},
		"pcall":            {"pcall(function() x = 5 error('no') end)\nx = 6", lines(`2 x: 1 -> 5`, `3 x: 5 -> 6`)},
		"closure":          {"local function set(v) x = v end\nset(2)\nset(2)\nx = 3\nset(4)", lines(`2 x: 1 -> 2`, `5 x: 2 -> 3`, `2 x: 3 -> 4`)},
		"nested closure":   {"local function outer() return function(v) x = v end end\nouter()(2)\nouter()(3)", lines(`2 x: 1 -> 2`, `2 x: 2 -> 3`)},
		"coroutine":        {"local co = coroutine.wrap(function() x = 2 coroutine.yield() x = 3 end)\nco()\nx = 4\nco()", lines(`2 x: 1 -> 2`, `4 x: 2 -> 4`, `2 x: 4 -> 3`)},
		"setlocal by load": {"x = loadstring('return 11')()", `2 x: 1 -> 11`},
	} {
		t.Run(name, func(t *testing.T) {
			script := "local function f(...) local x = 1; mark()\n" + tt.body + "\nend\nf('arg')\n"
			s := watchAt(t, "function mark() end "+script, 2, "x", debug.AccessChange)
			equal(t, "changes", s.accesses(), tt.want)
		})
	}
}
