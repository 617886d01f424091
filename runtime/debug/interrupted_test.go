package debug_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/debug"
)

// restartDeep stops at the end of a deep recursion and starts the function
// below it again: the jump is under way for a while.
func restartDeep(t *testing.T) *session {
	t.Helper()
	s := breakAt(t, `
local function f(n)
  if n == 0 then
    return 0
  end
  return 1 + f(n - 1)
end
local function g()
  return (f(800))
end
print(g(), g())
`, 3)
	s.stopped(debug.ReasonBreakpoint, 3)
	s.setBreakpoints()
	frames := s.frames(1)
	s.do(s.e.RestartFrame(frames[len(frames)-2].ID))
	return s
}

// TestInterruptedJump: what comes from other goroutines while a jump is under
// way does not come between its steps.
func TestInterruptedJump(t *testing.T) {
	const output = "800\t800\n"
	t.Run("pause", func(t *testing.T) {
		s := restartDeep(t)
		s.do(s.e.Pause())
		s.stopped(debug.ReasonRestart, 8)
		s.do(s.e.Continue())
		select {
		case <-s.stops: // it was in time for the stop that has been
			s.do(s.e.Continue())
		case err := <-s.ended:
			s.ended <- err
		}
		s.ends(output)
	})
	t.Run("breakpoints", func(t *testing.T) {
		s := restartDeep(t)
		s.setBreakpoints(debug.BreakpointSpec{Line: 5, Condition: "n == 3"})
		s.stopped(debug.ReasonRestart, 8)
		s.do(s.e.Continue())
		s.stopped(debug.ReasonBreakpoint, 5)
		s.setBreakpoints()
		s.finish(output)
	})
	t.Run("detach", func(t *testing.T) {
		s := restartDeep(t)
		s.e.Detach()
		select { // the jump may have landed before
		case <-s.stops:
		case err := <-s.ended:
			s.ended <- err
		}
		s.ends(output)
		pristine(t, s.st)
	})
	t.Run("cancel", func(t *testing.T) {
		s := restartDeep(t)
		s.stop()
		select {
		case <-s.stops:
		case err := <-s.ended:
			s.ended <- err
		}
		if err := s.end(); err == nil || !strings.Contains(err.Error(), "cancelled") {
			t.Errorf("it ended with %v", err)
		}
		s.e.Detach()
		pristine(t, s.st)
	})
	t.Run("end of the coroutine", func(t *testing.T) {
		s := breakAt(t, `
local function body(x)
  local y = x
  y = y + 1
  return y
end
print(coroutine.resume(coroutine.create(body), 1))
print(body(1))
`, 3)
		s.stopped(debug.ReasonBreakpoint, 3)
		s.setBreakpoints()
		s.do(s.e.TerminateThread(2))
		s.do(s.jump(2))
		s.stopped(debug.ReasonGoto, 2)
		s.finish("false\tcoroutine terminated by the debugger\n2\n")
	})
}

// unpatched ends the loop of a script that waits for `done`, if its code is as compiled.
func (s *session) unpatched() {
	s.t.Helper()
	s.do(s.st.Do(s.t.Context(), func(L *lua.LState) {
		pristine(s.t.(*testing.T), s.st)
		L.G.Global.RawSetString("done", lua.LTrue)
	}))
	s.ends("")
}

const waiting = "\nlocal x = 1\nwhile not done do x = x + 1 end\n"

// TestLateBreakpoints: what is set after Detach is armed nowhere.
func TestLateBreakpoints(t *testing.T) {
	s := breakAt(t, waiting, 1)
	s.stopped(debug.ReasonBreakpoint, 1)
	s.e.Detach()
	s.setBreakpoints(debug.BreakpointSpec{Line: 2})
	s.e.SetFunctionBreakpoints([]debug.FunctionBreakpointSpec{{Name: "print"}})
	s.e.SetDataBreakpoints([]debug.DataBreakpointSpec{{ID: "global:done"}})
	s.unpatched()
}

// TestStepThenDetach: a step that was asked for just before Detach arms nothing,
// whichever of the two the script sees first.
func TestStepThenDetach(t *testing.T) {
	for range 10 {
		s := breakAt(t, waiting, 1)
		s.stopped(debug.ReasonBreakpoint, 1)
		left := make(chan struct{})
		var begin sync.Once
		s.do(s.st.Do(t.Context(), func(L *lua.LState) {
			L.SetGlobal("left", L.NewFunction(func(L *lua.LState) int {
				begin.Do(func() {
					go func() {
						defer close(left)
						if err := s.e.StepIn(1); err != nil {
							t.Error(err)
						}
						s.e.Detach()
					}()
				})
				select {
				case <-left:
					L.Push(lua.LTrue)
				default:
					L.Push(lua.LFalse)
				}
				return 1
			}))
		}))
		// Both wait when the stop's goroutine gets round to them.
		equal(t, "evaluation", s.eval("(function() while not left() do end local x = 1 return x end)()"), "1")
		s.unpatched()
	}
}

// TestTailCallTarget: a target that is tail-called is stepped into as any other.
func TestTailCallTarget(t *testing.T) {
	s := breakAt(t, `
local function f(x)
  x = x + 1
  return x
end
local function g(x)
  return f(x)
end
print(g(1))
`, 6)
	s.stopped(debug.ReasonBreakpoint, 6)
	targets, err := s.e.StepInTargets(s.top())
	s.do(err)
	equal(t, "label", targets[0].Label, "f")
	s.do(s.e.StepInTarget(1, targets[0].ID))
	s.stopped(debug.ReasonStep, 2)
	s.finish("2\n")
}

// TestDeepCondition: a condition does not search the stack for a watched local
// at each hit.
func TestDeepCondition(t *testing.T) {
	depth := 150_000
	if raceDetector {
		depth = 15_000
	}
	s := breakAt(t, fmt.Sprintf(`
local function f(n)
  local x = n
  if n == 0 then
    return 0
  end
  local r = 1 + f(n - 1)
  x = -r
  return r
end
print(f(%d))
`, depth), 3)
	s.stopped(debug.ReasonBreakpoint, 3)
	s.setBreakpoints(debug.BreakpointSpec{Line: 4})
	s.watch(debug.DataBreakpointSpec{ID: s.dataID(0, "x")})
	s.do(s.e.Continue())
	s.stopped(debug.ReasonBreakpoint, 4)
	s.do(s.e.StepOut(1))
	s.stopped(debug.ReasonStep, 7)
	s.do(s.e.StepOver(1))
	s.stopped(debug.ReasonStep, 8)
	s.setBreakpoints(debug.BreakpointSpec{Line: 8, Condition: fmt.Sprintf("n == %d", depth-1000)})
	s.do(s.e.Continue())
	s.stopped(debug.ReasonBreakpoint, 8)
	s.setBreakpoints()
	s.do(s.e.Continue())
	equal(t, "change", s.stopped(debug.ReasonData, 7).Text, fmt.Sprintf("x: %d -> -%[1]d", depth))
	s.finish(fmt.Sprintf("%d\n", depth))
}
