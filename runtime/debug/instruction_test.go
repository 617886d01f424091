package debug_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/runtime/debug"
)

func TestInstructionBreakpoints(t *testing.T) {
	s := breakAt(t, `
local t, n = {5}, 0
for i = 1, 3 do
  local f = function() n = n + i return t[1] or i end
  if i < 2 then n = n + f() elseif i == 2 then n = n .. "" else t = {i, f()} end
  for _, v in ipairs(t) do n = n + v end
end
print(n)
`, 2)
	s.stopped(debug.ReasonBreakpoint, 2)
	s.setBreakpoints()
	start := functionStart(s.frames(1)[0].Address)
	code := append(s.disassemble(start), s.disassemble(start+1<<addressBits)...)
	var specs []debug.InstructionBreakpointSpec
	for _, i := range code {
		specs = append(specs, debug.InstructionBreakpointSpec{Address: i.Address})
	}
	bps := s.e.SetInstructionBreakpoints(specs)
	at := map[int]debug.Instruction{}
	for i, b := range bps {
		if data := strings.HasPrefix(code[i].Text, " "); b.Verified == data || b.Verified == (b.Message != "") {
			t.Errorf("%s: %+v", code[i].Text, b)
		}
		if b.Verified && b.Line != code[i].Line {
			t.Errorf("%s: on line %d, want %d", code[i].Text, b.Line, code[i].Line)
		}
		at[b.ID] = code[i]
	}
	hits := map[string]int{}
	s.do(s.e.Continue())
	for ended := false; !ended; {
		select {
		case x := <-s.stops:
			if x.Reason != debug.ReasonInstruction || len(x.Breakpoints) != 1 {
				t.Fatalf("stop %+v", x)
			}
			in := at[x.Breakpoints[0]]
			if f := s.frames(1)[0]; f.Address != in.Address || f.Line != in.Line || x.Line != in.Line {
				t.Fatalf("stopped at 0x%x line %d, want %+v", f.Address, f.Line, in)
			}
			hits[strings.Fields(in.Text)[0]]++
			s.do(s.e.Continue())
		case err := <-s.ended:
			s.do(err)
			ended = true
		}
	}
	equal(t, "output", s.output(), "27\n")
	for op, n := range map[string]int{"CLOSURE": 3, "FORPREP": 1, "FORLOOP": 4, "TFORLOOP": 7, "RETURN": 3} {
		equal(t, "stops at "+op, hits[op], n)
	}
	for _, op := range []string{"LT", "JMP", "CALL", "ADD", "EQ", "SETLIST"} {
		if hits[op] == 0 {
			t.Errorf("no stop at %s: %v", op, hits)
		}
	}
}

func TestInstructionConditions(t *testing.T) {
	s := breakAt(t, `
local n = 0
for i = 1, 6 do
  n = n + i
end
print(n)
`, 2)
	s.stopped(debug.ReasonBreakpoint, 2)
	s.setBreakpoints()
	var add uint64
	for _, i := range s.disassemble(functionStart(s.frames(1)[0].Address)) {
		if strings.HasPrefix(i.Text, "ADD") {
			add = i.Address
		}
	}
	bps := s.e.SetInstructionBreakpoints([]debug.InstructionBreakpointSpec{
		{Address: add, Condition: "i % 2 == 0", HitCondition: ">=2"}, {Address: add, Condition: "i == 5"},
		{Address: add, Condition: "x x"}, {Address: 3}, {Address: 1 << 40},
	})
	for i, want := range []string{"", "", "'<eof>' expected near 'x'", "there is no instruction at 0x3", "there is no instruction at 0x10000000000"} {
		equal(t, fmt.Sprintf("breakpoint %d", i), fmt.Sprint(bps[i].Verified, bps[i].Message), fmt.Sprint(want == "", want))
	}
	s.do(s.e.Continue())
	for _, i := range []string{"4", "5", "6"} {
		s.stopped(debug.ReasonInstruction, 3)
		equal(t, "i", s.eval("i"), i)
		if i == "5" {
			s.do(s.e.StepOver(1))
			s.stopped(debug.ReasonStep, 2)
		}
		s.do(s.e.Continue())
	}
	s.ends("21\n")
}

func TestInstructionBreakpointsReplaced(t *testing.T) {
	s := breakAt(t, "local n = 0\nwhile not done do\n  n = n + 1\nend\nprint('end')\n", 3)
	s.stopped(debug.ReasonBreakpoint, 3)
	s.setBreakpoints()
	at := s.frames(1)[0].Address
	s.do(s.e.Continue())
	set := []debug.InstructionBreakpointSpec{{Address: at}}
	if b := s.e.SetInstructionBreakpoints(set); !b[0].Verified {
		t.Fatalf("set while running: %+v", b)
	}
	for range 3 {
		s.stopped(debug.ReasonInstruction, 3)
		s.do(s.e.Continue())
	}
	s.stopped(debug.ReasonInstruction, 3)
	s.e.SetInstructionBreakpoints(nil)
	s.do(s.e.Continue())
	s.e.SetInstructionBreakpoints(set)
	s.stopped(debug.ReasonInstruction, 3)
	equal(t, "done", s.eval("done = true"), "")
	s.e.Detach()
	s.ends("end\n")
}

// TestInstructionBreakpointsAndSteps: a step by one instruction to one that has
// a breakpoint stops there once.
func TestInstructionBreakpointsAndSteps(t *testing.T) {
	s := breakAt(t, "local a, b = x, y\nlocal c, d = a == b, b == a\nprint(c, d)\n", 1)
	s.stopped(debug.ReasonBreakpoint, 1)
	code := s.disassemble(functionStart(s.frames(1)[0].Address))
	var specs []debug.InstructionBreakpointSpec
	for _, i := range code[1:] {
		specs = append(specs, debug.InstructionBreakpointSpec{Address: i.Address})
	}
	s.e.SetInstructionBreakpoints(specs)
	last := s.frames(1)[0].Address
	for steps := 0; ; steps++ {
		if steps%3 == 2 {
			s.do(s.e.Continue())
		} else {
			s.do(s.e.StepInstruction(1, true))
		}
		select {
		case x := <-s.stops:
			at := s.frames(1)[0].Address
			if at == last {
				t.Fatalf("stopped twice at 0x%x (%s)", at, x.Reason)
			}
			last = at
			continue
		case err := <-s.ended:
			s.do(err)
		}
		break
	}
	equal(t, "the last stop", last, code[len(code)-1].Address)
	equal(t, "output", s.output(), "true\ttrue\n")
}
