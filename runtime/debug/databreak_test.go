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

// TestDataDeclared: in a loop a local is a new variable in each turn; what it
// begins with is a write.
func TestDataDeclared(t *testing.T) {
	for name, tt := range map[string]struct {
		body string // of a function, line 2; it calls mark where x is in scope
		line int
		want string
	}{
		"numeric for":      {"for x = 1, 3 do\nmark()\nend", 3, lines(`2 x: 1 -> 2`, `2 x: 2 -> 3`)},
		"for with a step":  {"for x = 6, 1, -2 do\nmark()\nend", 3, lines(`2 x: 6 -> 4`, `2 x: 4 -> 2`)},
		"generic for":      {"for _, x in ipairs{'a', 'b', 'b', 'c'} do\nmark()\nend", 3, lines(`2 x: "a" -> "b"`, `2 x: "b" -> "c"`)},
		"for, written":     {"for x = 1, 2 do\nmark()\nx = x * 10\nend", 3, lines(`4 x: 1 -> 10`, `2 x: 10 -> 2`, `4 x: 2 -> 20`)},
		"constant":         {"for i = 1, 3 do\nlocal x = 0\nmark()\nx = i\nend", 4, lines(`5 x: 0 -> 1`, `3 x: 1 -> 0`, `5 x: 0 -> 2`, `3 x: 2 -> 0`, `5 x: 0 -> 3`)},
		"nil":              {"for i = 1, 2 do\nlocal x\nmark()\nx = i\nend", 4, lines(`5 x: nil -> 1`, `3 x: 1 -> nil`, `5 x: nil -> 2`)},
		"call":             {"for i = 1, 3 do\nlocal x = math.max(i, 2)\nmark()\nend", 4, `3 x: 2 -> 3`},
		"several results":  {"for i = 1, 2 do\nlocal w, x, y = (function() return i, i * 5 end)()\nmark()\nend", 4, `3 x: 5 -> 10`},
		"list, the first":  {"for i = 1, 2 do\nlocal x, y = i, i * 5\nmark()\nend", 4, `3 x: 1 -> 2`},
		"field of a field": {"local t = {a = {b = 1}}\nfor i = 1, 2 do\nlocal x = t.a.b\nmark()\nt.a.b = i * 2\nend", 5, `4 x: 1 -> 2`},
		"or":               {"local t = {false, 7, 8}\nfor i = 1, 3 do\nlocal x = t[i] or 0\nmark()\nend", 5, lines(`5 x: 0 -> 7`, `5 x: 7 -> 8`)},
		"and of calls":     {"local f = function(v) return v end\nfor i = 1, 3 do\nlocal x = f(i > 1) and f(i)\nmark()\nend", 5, lines(`4 x: false -> 2`, `4 x: 2 -> 3`)},
		"comparison":       {"for i = 1, 3 do\nlocal x = i < 3\nmark()\nend", 4, `3 x: true -> false`},
		"local function":   {"local f\nfor i = 1, 2 do\nlocal function x() return x end\nf = f or x\nmark(x)\nx = nil\nend", 6, lines(`7 x: function (main.lua:4) -> nil`, `4 x: nil -> function (main.lua:4)`, `7 x: function (main.lua:4) -> nil`)},
		"while":            {"local n = 0\nwhile n < 3 do\nlocal x = n\nn = n + 1\nmark()\nend", 6, lines(`4 x: 0 -> 1`, `4 x: 1 -> 2`)},
		"repeat":           {"local n = 0\nrepeat\nlocal x = n * 2\nn = n + 1\nmark()\nuntil x > 3", 6, lines(`4 x: 0 -> 2`, `4 x: 2 -> 4`)},
		"goto back":        {"local n = 0\n::top::\ndo\nlocal x = n\nn = n + 1\nmark()\nend\nif n < 3 then goto top end", 7, lines(`5 x: 0 -> 1`, `5 x: 1 -> 2`)},
		"concatenation":    {"for i = 1, 2 do\nlocal x = 'v' .. i\nmark()\nend", 4, `3 x: "v1" -> "v2"`},
		"captured anew":    {"local fs = {}\nfor i = 1, 3 do\nlocal x = i\nmark()\nfs[i] = function(v) x = v end\nif i == 2 then fs[1](50) fs[2](60) end\nend\nfs[2](70) fs[3](80)", 5, lines(`4 x: 1 -> 2`, `6 x: 2 -> 60`, `4 x: 60 -> 3`, `6 x: 3 -> 80`)},
		"register reused":  {"do local x = 1\nmark()\nx = 2 end\ndo local y = 5\ny = 6\nlocal z = y end", 3, `4 x: 1 -> 2`},
	} {
		t.Run(name, func(t *testing.T) {
			script := "local function f() local unused\n" + tt.body + "\nend function mark() end\nf()\n"
			s := breakAt(t, script, tt.line)
			s.stopped(debug.ReasonBreakpoint, tt.line)
			s.setBreakpoints()
			s.watch(debug.DataBreakpointSpec{ID: s.dataID(0, "x")})
			equal(t, "changes", s.accesses(), tt.want)
		})
	}
}

// TestDataReads: a read stops before the instruction.
func TestDataReads(t *testing.T) {
	for name, tt := range map[string]struct {
		body string
		want string
	}{
		"operands":  {"local y = x + 1\ny = 2 * x\ny = -x\ny = x .. ''\ny = #{x}", lines(`2 x: 1 (read)`, `3 x: 1 (read)`, `4 x: 1 (read)`, `5 x: 1 (read)`, `6 x: 1 (read)`)},
		"tests":     {"if x then end\nif x == 2 then end\nlocal y = x or 3\nwhile x > 5 do end", lines(`2 x: 1 (read)`, `3 x: 1 (read)`, `4 x: 1 (read)`, `5 x: 1 (read)`)},
		"calls":     {"tostring(x)\nlocal t = {}\nt[x] = 2\nt.k = x\nt.k = t[x]\ng = x", lines(`2 x: 1 (read)`, `4 x: 1 (read)`, `5 x: 1 (read)`, `6 x: 1 (read)`, `7 x: 1 (read)`)},
		"return":    {"return x", `2 x: 1 (read)`},
		"returns":   {"return 5, x", `2 x: 1 (read)`},
		"loops":     {"for i = x, 2 do end\nfor i = 1, x do end", lines(`2 x: 1 (read)`, `3 x: 1 (read)`)},
		"closure":   {"local function g() return x end\ng()\nx = 2\ng()", lines(`2 x: 1 (read)`, `2 x: 2 (read)`)},
		"capturing": {"local function g() x = 1 end\ng()\nx = 2", ``},
		"own":       {"x = x + 1", `2 x: 1 (read)`},
		"shadowed":  {"do local x = 3 local y = x end", ``},
	} {
		t.Run(name, func(t *testing.T) {
			script := "function mark() end local function f(...) local x = 1; mark()\n" + tt.body + "\nend\nf('arg')\n"
			s := watchAt(t, script, 2, "x", debug.AccessRead)
			equal(t, "reads", s.accesses(), tt.want)
		})
	}
}

// TestDataWrites: each write stops, also one that changes nothing; a read and a
// write of one instruction are two stops.
func TestDataWrites(t *testing.T) {
	const script = `
local x, t = 1, {v = 1}
x = 2 - 1
x = 2 + x; t.v = t.v + 1
t.v = 2; rawset(t, 'v', 2); x = 3
`
	for access, want := range map[debug.DataAccess][2]string{
		debug.AccessWrite:     {lines(`2 x: 1 -> 1`, `3 x: 1 -> 3`, `4 x: 3 -> 3`), lines(`3 t.v: 1 -> 2`, `4 t.v: 2 -> 2`, `4 t.v: 2 -> 2`)},
		debug.AccessReadWrite: {lines(`2 x: 1 -> 1`, `3 x: 1 (read)`, `3 x: 1 -> 3`, `4 x: 3 -> 3`), lines(`3 t.v: 1 (read)`, `3 t.v: 1 -> 2`, `4 t.v: 2 -> 2`, `4 t.v: 2 -> 2`)},
		debug.AccessChange:    {`3 x: 1 -> 3`, `3 t.v: 1 -> 2`},
		"":                    {`3 x: 1 -> 3`, `3 t.v: 1 -> 2`},
	} {
		for i, name := range []string{"x", "t.v"} {
			s := watchAt(t, script, 2, name, access)
			equal(t, string(access)+" "+name, s.accesses(), want[i])
		}
	}
}

// TestDataTwice: one variable with two kinds of access.
func TestDataTwice(t *testing.T) {
	s := watchAt(t, "\nlocal x = 1\nx = 2\nlocal y = x\nx = 2\n", 2, "x", debug.AccessRead, debug.AccessChange)
	s.do(s.e.Continue())
	first := s.stopped(debug.ReasonData, 2)
	s.do(s.e.Continue())
	second := s.stopped(debug.ReasonData, 3)
	if len(first.Breakpoints) != 1 || len(second.Breakpoints) != 1 || first.Breakpoints[0] != second.Breakpoints[0]+1 {
		t.Errorf("breakpoints %v and %v, want the second one and then the first", first.Breakpoints, second.Breakpoints)
	}
	equal(t, "description", first.Description, "Paused on a data breakpoint")
	s.finish("")
}

// TestDataManyConstants: a watched local is also seen where the code has no
// constant to spare for the comparison.
func TestDataManyConstants(t *testing.T) {
	for _, n := range []int{250, 252, 253, 254, 255, 256, 300} {
		var b strings.Builder
		b.WriteString("local function f(x)\n local t = {}\n")
		for i := range n {
			fmt.Fprintf(&b, " t[%d.5] = %d.25\n", i, i)
		}
		b.WriteString(" for i = 1, 3 do x = x + 0 end\n x = 'a'\n x = 'a'\n x = nil\n return x ~= nil\nend\nprint(f(1))\n")
		s := breakAt(t, b.String(), 2)
		s.stopped(debug.ReasonBreakpoint, 2)
		s.setBreakpoints()
		s.watch(debug.DataBreakpointSpec{ID: s.dataID(0, "x")})
		l := 3 + n
		equal(t, fmt.Sprint(n), s.accesses(), lines(fmt.Sprintf(`%d x: 1 -> "a"`, l+1), fmt.Sprintf(`%d x: "a" -> nil`, l+3)))
	}
}
