package debug_test

import (
	"strings"
	"testing"

	"github.com/llmspell/llmspell/runtime/debug"
)

func TestConditions(t *testing.T) {
	const script = `
limit = 3
local step = 1
local function f(...)
  local i, none = 0, nil
  while i < 5 do
    i = i + step
    do local step = "shadow" print(i, step) end
    none = nil
  end
end
f("a", "b")
print("end")
`
	const inner, outer = 7, 8 // inside the block, and after it
	cases := []struct {
		line      int
		condition string
		want      string // the value of i at each stop
	}{
		{outer, "i == 3", "3"},
		{outer, "i > limit", "4 5"},
		{outer, "step == 1 and i == 2", "2"},
		{outer, "none", ""},
		{outer, "none == nil and i == 4", "4"},
		{outer, "false", ""},
		{outer, "0", "1 2 3 4 5"},
		{outer, "tostring(i) == '2'", "2"},
		{outer, "({...})[2] == 'b' and select('#', ...) == 2 and i == 1", "1"},
		{outer, "undefined_global", ""},
		{outer, "(function() return i == 5 end)()", "5"},
		{outer, "i == 2 -- with a comment", "2"},
		{inner, "step == 1 and i == 5", "5"},
	}
	for _, c := range cases {
		t.Run(c.condition, func(t *testing.T) {
			s := open(t, script, debug.Options{})
			s.setBreakpoints(debug.BreakpointSpec{Line: c.line, Condition: c.condition})
			s.run()
			for _, i := range strings.Fields(c.want) {
				s.stopped(debug.ReasonBreakpoint, c.line)
				equal(t, "i", s.eval("i"), i)
				s.do(s.e.Continue())
			}
			s.ends("1\tshadow\n2\tshadow\n3\tshadow\n4\tshadow\n5\tshadow\nend\n")
		})
	}
}

// TestConditionError: a condition that fails stops, and says why.
func TestConditionError(t *testing.T) {
	for condition, want := range map[string]string{
		"t.a.b":                                "attempt to index field 'a' (a nil value)",
		"error('own')":                         "own",
		"error({})":                            "(error object is a table value)",
		"(function() while true do end end)()": "too many instructions",
	} {
		s := open(t, "\nlocal t = {}\nprint(t.x)\n", debug.Options{})
		s.setBreakpoints(debug.BreakpointSpec{Line: 2, Condition: condition})
		s.run()
		x := s.stopped(debug.ReasonBreakpoint, 2)
		if !strings.Contains(x.Text, want) || !strings.Contains(s.logged(), want) {
			t.Errorf("condition %s: stop text %q, log %q, want %q in both", condition, x.Text, s.logged(), want)
		}
		s.finish("nil\n")
	}
}

// TestConditionSideEffects: what a condition assigns is assigned.
func TestConditionSideEffects(t *testing.T) {
	s := open(t, "\nlocal n, up = 0, 0\nlocal function set(x) n = n + x return false end\nup = 1\nprint(n, up)\n", debug.Options{})
	s.setBreakpoints(debug.BreakpointSpec{Line: 3, Condition: "set(5)"})
	s.run()
	s.ends("5\t1\n")
}

func TestHitConditions(t *testing.T) {
	for spec, want := range map[string]string{
		"": "1 2 3 4 5 6", "3": "3", "==3": "3", "=3": "3", " 3 ": "3", ">4": "5 6", ">=4": "4 5 6",
		"<3": "1 2", "<=3": "1 2 3", "%2": "2 4 6", "> 5": "6", "7": "",
	} {
		s := open(t, "\nfor i = 1, 6 do\n  local x = i\nend\n", debug.Options{})
		s.setBreakpoints(debug.BreakpointSpec{Line: 2, HitCondition: spec})
		s.run()
		for _, i := range strings.Fields(want) {
			s.stopped(debug.ReasonBreakpoint, 2)
			equal(t, "i at hit condition "+spec, s.eval("i"), i)
			s.do(s.e.Continue())
		}
		s.ends("")
	}
}

// TestHitsCountWhatTheConditionLetsThrough: a hit is one where the condition
// holds.
func TestHitsCountWhatTheConditionLetsThrough(t *testing.T) {
	s := open(t, "\nfor i = 1, 10 do\n  local x = i\nend\n", debug.Options{})
	s.setBreakpoints(debug.BreakpointSpec{Line: 2, Condition: "i % 2 == 0", HitCondition: "3"})
	s.run()
	s.stopped(debug.ReasonBreakpoint, 2)
	equal(t, "i", s.eval("i"), "6")
	s.finish("")
}

func TestLogPoints(t *testing.T) {
	for message, want := range map[string]string{
		"plain":                      "plain",
		"i={i}":                      "i=1",
		"{i}{s}":                     "1text",
		"{ i + 1 }":                  "2",
		"{{i}} {i}":                  "{i} 1",
		"{({a = 5}).a}":              "5",
		"{i, s}":                     "1, text",
		"{nothing}":                  "nil",
		"{t}":                        `{1, 2, k="v"}`,
		"{t.x.y}":                    "{t.x.y: attempt to index field 'x' (a nil value)}",
		"{up()}":                     "called",
		"}":                          "}",
		"{string.format('%03d', i)}": "001",
	} {
		s := open(t, "\nlocal function up() return 'called' end\nlocal t, s = {1, 2, k = 'v'}, 'text'\nfor i = 1, 1 do\n  print(i)\nend\n", debug.Options{})
		b := s.setBreakpoints(debug.BreakpointSpec{Line: 4, LogMessage: message})[0]
		s.run()
		s.ends("1\n")
		if got := s.logged(); !b.Verified || !strings.HasSuffix(got, want) || !strings.HasPrefix(got, "4: ") {
			t.Errorf("log message %q: %q (%s), want %q", message, got, b.Message, want)
		}
	}
}

func TestLogPointWithConditions(t *testing.T) {
	s := open(t, "\nfor i = 1, 9 do\n  local x = i\nend\n", debug.Options{})
	s.setBreakpoints(debug.BreakpointSpec{Line: 2, Condition: "i > 2", HitCondition: "%3", LogMessage: "at {i}"})
	s.run()
	s.ends("")
	equal(t, "log", s.logged(), "2: at 5\n2: at 8")
}

// TestHitCountsGoOn: clients send the breakpoints of a file again whenever one
// of them changes.
func TestHitCountsGoOn(t *testing.T) {
	third := debug.BreakpointSpec{Line: 2, HitCondition: "3"}
	s := open(t, "for i = 1, 5 do\n  local x = i\nend\nprint('end')\n", debug.Options{})
	s.setBreakpoints(debug.BreakpointSpec{Line: 2, Condition: "i == 2"}, third)
	s.run()
	s.stopped(debug.ReasonBreakpoint, 2)
	s.setBreakpoints(third, debug.BreakpointSpec{Line: 4})
	s.do(s.e.Continue())
	s.stopped(debug.ReasonBreakpoint, 2)
	equal(t, "i", s.eval("i"), "3")
	s.do(s.e.Continue())
	s.stopped(debug.ReasonBreakpoint, 4)
	s.finish("end\n")
}
