package debug_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/debug"
	"github.com/llmspell/llmspell/runtime/lualib"
)

// pauseAnywhere pauses, and returns the stop wherever it is.
func (s *session) pauseAnywhere() debug.Stop {
	s.t.Helper()
	s.do(s.e.Pause())
	select {
	case x := <-s.stops:
		equal(s.t, "reason", x.Reason, debug.ReasonPause)
		return x
	case err := <-s.ended:
		s.t.Fatalf("the script ended (%v)", err)
	case <-time.After(deadline):
		s.t.Fatal("no pause")
	}
	return debug.Stop{}
}

func TestPause(t *testing.T) {
	s := open(t, busy, debug.Options{})
	s.run()
	s.waitFor(func() bool { return len(s.e.Sources()) > 0 })
	for range 3 {
		x := s.pauseAnywhere()
		if x.Line < 1 || x.Line > 4 || x.Source.Path != s.file {
			t.Errorf("paused at %+v", x)
		}
		s.do(s.e.Pause()) // of a stopped script: nothing
		s.do(s.e.Continue())
	}
	s.pauseAnywhere()
	s.do(s.e.StepOver(1))
	if x := <-s.stops; x.Reason != debug.ReasonStep {
		t.Errorf("a step after a pause stops with %+v", x)
	}
	equal(t, "stop", s.eval("stop = true"), "")
	s.finish("end\n")
}

func (s *session) waitFor(ready func() bool) {
	s.t.Helper()
	for end := time.Now().Add(deadline); !ready(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatal("what was waited for does not happen")
		}
	}
}

func TestPauseInCoroutine(t *testing.T) {
	s := open(t, `
stop = false
local co = coroutine.wrap(function(n)
  started = true
  while not stop do n = n + 1 end
  return n
end)
co(0)
print("end")
`, debug.Options{})
	s.setBreakpoints(debug.BreakpointSpec{Line: 3})
	s.run()
	s.stopped(debug.ReasonBreakpoint, 3)
	s.follow("over:4")
	s.setBreakpoints()
	s.do(s.e.Continue())
	x := s.pauseAnywhere()
	equal(t, "thread", x.Thread, 2)
	equal(t, "line", x.Line, 4)
	if frames := s.frames(2); len(frames) != 4 || !strings.HasPrefix(s.locals(frames[0].ID), "n=") {
		t.Errorf("frames %v", frames)
	}
	equal(t, "stop", s.eval("stop = true"), "")
	// Where in line 4 it paused is left to chance: a step may or may not meet the
	// loop's head once more.
	s.setBreakpoints(debug.BreakpointSpec{Line: 5})
	s.do(s.e.Continue())
	s.stopped(debug.ReasonBreakpoint, 5)
	s.follow("over:8")
	s.finish("end\n")
}

// armed counts the armed slots of everything that is loaded.
func (s *session) armed() (n int) {
	s.t.Helper()
	err := s.st.Do(context.Background(), func(*lua.LState) {
		s.st.EachProto(func(fn *compile.Function, p *lua.FunctionProto) {
			for _, slot := range fn.Slots {
				if slot.Armed(p) {
					n++
				}
			}
		})
	})
	s.do(err)
	return n
}

func TestDetachStopped(t *testing.T) {
	for name, moves := range map[string]string{"at a breakpoint": "", "stepping in": "in:4", "stepping over": "over:4"} {
		t.Run(name, func(t *testing.T) {
			s := breakAt(t, busy, 3, 4)
			s.stopped(debug.ReasonBreakpoint, 3)
			equal(t, "stop", s.eval("limit = 1"), "")
			if s.armed() == 0 {
				t.Error("nothing is armed")
			}
			if moves != "" {
				s.setBreakpoints()
				s.follow(moves)
			}
			s.e.Detach()
			s.e.Detach() // twice is once
			equal(t, "armed slots", s.armed(), 0)
			for what, err := range map[string]error{"continue": s.e.Continue(), "step": s.e.StepIn(1), "pause": s.e.Pause()} {
				t.Run(what, func(t *testing.T) { wantError(t, err, debug.ErrEnded) })
			}
			s.do(s.st.Do(context.Background(), func(L *lua.LState) { L.SetGlobal("stop", lua.LTrue) }))
			s.ends("end\n")
		})
	}
}

func TestDetachRunning(t *testing.T) {
	s := open(t, busy, debug.Options{})
	s.run()
	s.waitFor(func() bool { return len(s.e.Sources()) > 0 })
	s.setBreakpoints(debug.BreakpointSpec{Line: 6})
	s.waitFor(func() bool { return s.armed() == 1 })
	s.e.Detach()
	equal(t, "armed slots", s.armed(), 0)
	s.do(s.st.Do(context.Background(), func(L *lua.LState) { L.SetGlobal("stop", lua.LTrue) }))
	s.ends("end\n")
}

// TestAttachAgain: a state may be debugged anew after a Detach, while it runs.
func TestAttachAgain(t *testing.T) {
	s := open(t, busy, debug.Options{})
	s.run()
	s.waitFor(func() bool { return len(s.e.Sources()) > 0 })
	s.e.Detach()
	again, err := debug.Attach(s.st, s, debug.Options{})
	s.do(err)
	s.e = again
	s.setBreakpoints(debug.BreakpointSpec{Line: 4})
	s.stopped(debug.ReasonBreakpoint, 4)
	s.setBreakpoints()
	equal(t, "stop", s.eval("stop = true"), "")
	s.finish("end\n")
}

// TestCancelStopped: the end of the context ends a stopped script.
func TestCancelStopped(t *testing.T) {
	s := breakAt(t, "\nlocal up = 1\nlocal function f() return up end\npcall(function()\n  print(f())\nend)\nprint('not reached')\n", 4)
	s.stopped(debug.ReasonBreakpoint, 4)
	s.stop()
	wantError(t, s.end(), context.Canceled)
	equal(t, "output", s.output(), "")
	wantError(t, s.e.Continue(), debug.ErrNotStopped)
}

// TestCancelEvaluating: so it does while an evaluation runs.
func TestCancelEvaluating(t *testing.T) {
	s := breakAt(t, "\nlocal x = 1\nprint(x)\n", 2)
	s.stopped(debug.ReasonBreakpoint, 2)
	top := s.top()
	time.AfterFunc(50*time.Millisecond, s.stop)
	if _, err := s.e.Evaluate(t.Context(), top, "while true do end", debug.EvalRepl); err == nil {
		t.Error("an endless evaluation has a result")
	}
	wantError(t, s.end(), context.Canceled)
}

// TestRequestsWhileRunning: all are answered, none waits for a stop.
func TestRequestsWhileRunning(t *testing.T) {
	s := open(t, busy, debug.Options{})
	s.run()
	s.waitFor(func() bool { return len(s.e.Sources()) > 0 })
	for what, err := range map[string]error{"continue": s.e.Continue(), "in": s.e.StepIn(1), "over": s.e.StepOver(1), "out": s.e.StepOut(1)} {
		t.Run(what, func(t *testing.T) { wantError(t, err, debug.ErrNotStopped) })
	}
	_, err := s.e.Evaluate(t.Context(), 0, "1", debug.EvalRepl)
	wantError(t, err, debug.ErrNotStopped)
	_, err = s.e.ExceptionInfo(1)
	wantError(t, err, debug.ErrNotStopped)
	if ths := s.e.Threads(); len(ths) != 1 || ths[0].Status != "running" {
		t.Errorf("threads %v", ths)
	}
	s.pauseAnywhere()
	equal(t, "stop", s.eval("stop = true"), "")
	s.finish("end\n")
}

// TestParallel: engines share nothing but compiled code.
func TestParallel(t *testing.T) {
	cache := runtime.NewCache()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			s := open(t, nested, debug.Options{})
			host := lualib.NewHost()
			host.Stdout, host.Dir = s, s.dir
			st, err := runtime.New(runtime.Options{Host: host, Cache: cache})
			if err != nil {
				t.Error(err)
				return
			}
			defer st.Close()
			s.st = st
			if s.e, err = debug.Attach(st, s, debug.Options{StopOnEntry: i%2 == 0}); err != nil {
				t.Error(err)
				return
			}
			if i%2 == 1 {
				s.setBreakpoints(debug.BreakpointSpec{Line: 2})
			}
			done := make(chan error, 1)
			go func() {
				fn, err := st.LoadString(strings.TrimPrefix(nested, "\n"), "@main.lua", s.file)
				if err == nil {
					_, err = st.Call(context.Background(), fn)
				}
				done <- err
			}()
			stops := 0
			for {
				select {
				case <-s.stops:
					stops++
					if err := s.e.StepIn(1); err != nil {
						t.Error(err)
					}
					continue
				case err := <-done:
					if err != nil || stops < 7 || s.output() != "5\n" {
						t.Errorf("engine %d: %v, %d stops, output %q", i, err, stops, s.output())
					}
				case <-time.After(deadline):
					t.Errorf("engine %d is stuck", i)
				}
				return
			}
		})
	}
	wg.Wait()
}
