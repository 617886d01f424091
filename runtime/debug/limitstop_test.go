package debug_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/debug"
)

var (
	atLimit  = debug.ExceptionFilter{Kind: debug.ErrorLimit}
	byTime   = runtime.Limits{Time: 200 * time.Millisecond}
	byBudget = runtime.Limits{Instructions: 20_000}
)

// endlessScripts do not end by themselves; they are at line 3 of function spin,
// which has a local n.
var endlessScripts = map[string]string{
	"loop":      "\nup = 1\nfunction spin(n)\n  while true do n = n + 1 end\nend\nspin(0)\n",
	"pcall":     "\nup = 1\nfunction spin(n)\n  while true do n = n + 1 end\nend\nwhile true do pcall(spin, 0) end\n",
	"xpcall":    "\nup = 1\nfunction spin(n)\n  while true do n = n + 1 end\nend\nwhile true do xpcall(spin, function() while true do end end, 0) end\n",
	"coroutine": "\nup = 1\nfunction spin(n)\n  while true do n = n + 1 end\nend\nwhile true do coroutine.resume(coroutine.create(spin), 0) end\n",
	"wrap":      "\nup = 1\nfunction spin(n)\n  while true do n = n + 1 end\nend\npcall(coroutine.wrap(spin), 0)\n",
	"library":   "\nup = 1\nfunction spin(n)\n  while true do (('x'):rep(100)):gsub('x', {x = 'y'}) end\nend\nspin(0)\n",
}

// limited runs a script that its limits are to end at line 3.
func limited(t *testing.T, script string, limits runtime.Limits, filters ...debug.ExceptionFilter) *session {
	t.Helper()
	if limits.Time == 0 {
		return startLimited(t, script, limits, filters...)
	}
	s, _ := inTime(t, debug.ReasonException, 3, func(limits runtime.Limits) *session {
		return startLimited(t, script, limits, filters...)
	})
	return s
}

// inTime starts a script that has to be somewhere when its time is up, and must have
// stopped there. A busy machine may take longer to get there than the time is: then it
// is started again, with more time.
func inTime(t *testing.T, reason debug.StopReason, line int, start func(runtime.Limits) *session) (*session, runtime.Limits) {
	t.Helper()
	for limits := byTime; limits.Time < deadline; limits.Time *= 4 {
		s := start(limits)
		select {
		case x := <-s.stops:
			if x.Reason == reason && x.Line == line {
				s.stops <- x // for the test
				return s, limits
			}
			t.Logf("within %v: stopped at line %d (%s %s)", limits.Time, x.Line, x.Reason, x.Text)
		case err := <-s.ended:
			t.Logf("within %v: %v", limits.Time, err)
		case <-time.After(deadline):
			t.Fatalf("no stop within %v, want one at line %d (%s)", deadline, line, reason)
		}
		s.stop()
	}
	t.Fatalf("never at line %d (%s) when the time is up", line, reason)
	return nil, byTime
}

func startLimited(t *testing.T, script string, limits runtime.Limits, filters ...debug.ExceptionFilter) *session {
	t.Helper()
	s := openLimited(t, script, debug.Options{}, limits)
	s.st.L.SetGlobal("living", s.st.L.NewFunction(func(L *lua.LState) int {
		L.Push(lua.LBool(s.st.RunContext().Err() == nil))
		return 1
	}))
	s.e.SetExceptionFilters(filters...)
	s.run()
	return s
}

func wantLimit(t *testing.T, err error, limits runtime.Limits) {
	t.Helper()
	want := runtime.KindBudget
	if limits.Time > 0 {
		want = runtime.KindTimeout
	}
	var e *runtime.Error
	if !errors.As(err, &e) || e.Kind != want || e.Line == 0 || !strings.Contains(e.Trace, "main.lua:") {
		t.Fatalf("the script ended with %v, want kind %d", err, want)
	}
}

// TestLimitStop: the script stops once, when a limit ends it, and everything
// can be looked at; then it ends with that limit's error.
func TestLimitStop(t *testing.T) {
	for name, script := range endlessScripts {
		for how, limits := range map[string]runtime.Limits{"time": byTime, "budget": byBudget} {
			for _, move := range []string{"continue", "in", "over", "out"} {
				t.Run(name+", "+how+", "+move, func(t *testing.T) {
					t.Parallel()
					s := limited(t, script, limits, all, atLimit)
					x := s.stopped(debug.ReasonException, 3)
					s.inspectLimit(x)
					s.do(map[string]func() error{
						"continue": s.e.Continue,
						"in":       func() error { return s.e.StepIn(x.Thread) },
						"over":     func() error { return s.e.StepOver(x.Thread) },
						"out":      func() error { return s.e.StepOut(x.Thread) },
					}[move]())
					wantLimit(t, s.end(), limits)
				})
			}
		}
	}
}

// inspectLimit looks at the stack, variables and evaluations of a limit stop.
func (s *session) inspectLimit(x debug.Stop) {
	s.t.Helper()
	equal(s.t, "description", x.Description, "Paused at a limit")
	info, err := s.e.ExceptionInfo(x.Thread)
	s.do(err)
	equal(s.t, "kind", info.Kind, debug.ErrorLimit)
	equal(s.t, "text", x.Text, info.Message)
	if info.Caught || info.Type != "limit" || !strings.HasPrefix(info.Message, "main.lua:3: ") || !strings.Contains(info.Traceback, "\n\tmain.lua:3: in function ") {
		s.t.Errorf("exception %+v", info)
	}
	frames := s.frames(x.Thread)
	if !strings.HasPrefix(s.locals(frames[0].ID), "n=") || frames[0].Line != 3 {
		s.t.Errorf("frame %+v with %s", frames[0], s.locals(frames[0].ID))
	}
	equal(s.t, "main", frames[len(frames)-1].Kind, debug.FrameMain)
	for expr, want := range map[string]string{
		"up + 1": "2", "living()": "true", "pcall(error, 'x', 0)": `false, "x"`, "error('y')": "error: y",
		"(function() local k = 0 for i = 1, 30000 do k = k + i end return k end)()": "450015000",
		"select(2, coroutine.resume(coroutine.create(function() return 7 end)))":    "7",
		"n = -5": "", "tostring(setmetatable({}, {__tostring = function() return 'shown' end}))": `"shown"`,
	} {
		equal(s.t, expr, s.evalIn(frames[0].ID, expr), want)
	}
	equal(s.t, "n", s.evalIn(frames[0].ID, "n"), "-5")
	if targets, err := s.e.GotoTargets(x.Source, 3); err == nil {
		s.t.Errorf("an ended script can go on at %v", targets)
	}
	if s.e.RestartFrame(frames[0].ID) == nil {
		s.t.Error("an ended script can be restarted")
	}
}

// TestLimitStopEnds: what else ends it, at once.
func TestLimitStopEnds(t *testing.T) {
	for how, limits := range map[string]runtime.Limits{"time": byTime, "budget": byBudget} {
		for name, end := range map[string]func(*session){
			"cancel": func(s *session) { s.stop() },
			"detach": func(s *session) { s.e.Detach() },
			"cancel during an evaluation": func(s *session) {
				time.AfterFunc(20*time.Millisecond, s.stop)
				if v, err := s.e.Evaluate(context.Background(), s.top(), "pcall(function() while true do end end)", debug.EvalRepl); err == nil && v.Value == "true" {
					s.t.Errorf("an endless evaluation has the value %s", v.Value)
				}
			},
		} {
			t.Run(how+", "+name, func(t *testing.T) {
				s := limited(t, endlessScripts["pcall"], limits, atLimit)
				s.stopped(debug.ReasonException, 3)
				end(s)
				wantLimit(t, s.end(), limits)
			})
		}
	}
}

// TestLimitFilters: which filters stop at a limit.
func TestLimitFilters(t *testing.T) {
	for _, c := range []struct {
		filter debug.ExceptionFilter
		stops  bool
	}{
		{all, false}, {debug.ExceptionFilter{Kind: debug.ErrorRuntime}, false},
		{atLimit, true}, {debug.ExceptionFilter{Kind: debug.ErrorLimit, Uncaught: true}, true},
		{debug.ExceptionFilter{Kind: debug.ErrorLimit, Caught: true}, false},
		{debug.ExceptionFilter{Kind: debug.ErrorLimit, Condition: "n >= 0 and string.find(err, 'budget spent')"}, true},
		{debug.ExceptionFilter{Kind: debug.ErrorLimit, Condition: "n < 0"}, false},
	} {
		s := limited(t, endlessScripts["pcall"], byBudget, c.filter)
		if c.stops {
			s.stopped(debug.ReasonException, 3)
			s.do(s.e.Continue())
		}
		wantLimit(t, s.end(), byBudget)
	}
}

// TestLimitInLibrary: a library function that notices the end of the time first
// raises an error of its own, and the frames are still there.
func TestLimitInLibrary(t *testing.T) {
	s, limits := inTime(t, debug.ReasonException, 2, func(limits runtime.Limits) *session {
		s := openLimited(t, "\nlocal function f(x)\n  wait(x)\nend\npcall(f, 1)\n", debug.Options{}, limits)
		s.st.L.SetGlobal("wait", s.st.L.NewFunction(func(L *lua.LState) int {
			<-s.st.RunContext().Done()
			L.RaiseError("interrupted")
			return 0
		}))
		s.e.SetExceptionFilters(atLimit)
		s.run()
		return s
	})
	x := s.stopped(debug.ReasonException, 2)
	equal(t, "text", x.Text, fmt.Sprintf("main.lua:2: time limit of %v passed", limits.Time))
	equal(t, "stack", s.stack(1), "(anonymous:1):2 [Go] pcall:0 main chunk:4")
	equal(t, "locals", s.locals(s.top()), "x=1")
	s.do(s.e.Continue())
	wantLimit(t, s.end(), byTime)
}

// TestTimeEndsAnotherStop: the time passes while a person looks at a breakpoint.
func TestTimeEndsAnotherStop(t *testing.T) {
	s, limits := inTime(t, debug.ReasonBreakpoint, 2, func(limits runtime.Limits) *session {
		s := openLimited(t, "\nlocal x = 1\nprint(x)\n", debug.Options{}, limits)
		s.setBreakpoints(debug.BreakpointSpec{Line: 2})
		s.e.SetExceptionFilters(atLimit)
		s.run()
		return s
	})
	s.stopped(debug.ReasonBreakpoint, 2)
	x := s.stopped(debug.ReasonException, 2)
	equal(t, "description", x.Description, "Paused at a limit")
	equal(t, "x", s.eval("x"), "1")
	s.do(s.e.Continue())
	wantLimit(t, s.end(), limits)
	equal(t, "output", s.output(), "")
}

// TestExitIsNoLimit: nor is a cancellation.
func TestExitIsNoLimit(t *testing.T) {
	s := open(t, "\npcall(os.exit, 3)\n", debug.Options{})
	s.e.SetExceptionFilters(all, atLimit)
	s.run()
	var e *runtime.Error
	if err := s.end(); !errors.As(err, &e) || e.Kind != runtime.KindExit {
		t.Errorf("the script ended with %v", err)
	}
	s = open(t, "\nprint(1)\nwhile true do end\n", debug.Options{})
	s.e.SetExceptionFilters(all, atLimit)
	s.run()
	s.waitFor(func() bool { return s.output() == "1\n" })
	s.stop()
	wantError(t, s.end(), context.Canceled)
}
