package kernel_test

import (
	"context"
	"errors"
	"fmt"
	goruntime "runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/debug"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// hanging is a registry with the tool hang, which runs until it is stopped.
type hanging struct {
	reg              *tools.Registry
	started, running atomic.Int64
	begun            chan struct{}
}

func newHanging(t *testing.T) *hanging {
	t.Helper()
	h := &hanging{reg: tools.NewRegistry(), begun: make(chan struct{}, 1000)}
	d := &tool.Descriptor{Name: "hang", Description: "hangs", Category: "test", Parameters: schema.Map("", schema.Optional("n", schema.Num("")))}
	if err := h.reg.Register(tool.Static(d, func(ctx context.Context, _ *tool.Call) (*tool.Result, error) {
		h.started.Add(1)
		h.running.Add(1)
		defer h.running.Add(-1)
		h.begun <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	})); err != nil {
		t.Fatal(err)
	}
	return h
}

// gone waits until no call runs and no more goroutines than before.
func (h *hanging) gone(t *testing.T, before int) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); h.running.Load() > 0 || goruntime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d calls and %d goroutines are left; there were %d", h.running.Load(), goruntime.NumGoroutine(), before)
		}
	}
}

// waits are the ways in which a script waits for tools, none of which may keep
// it from ending.
var waits = map[string]string{
	"execute":       `Tool.execute("hang")`,
	"wait":          `Tool.start("hang"):wait()`,
	"result":        `Tool.start("hang"):result(1e7)`,
	"parallel":      `Tool.parallel{{"hang"}, {"hang"}}`,
	"caught":        `while true do pcall(function() Tool.start("hang"):wait() end) end`,
	"in coroutines": `local co = coroutine.wrap(function() Tool.start("hang"):wait() end) while true do pcall(co) end`,
	"in a tool":     `Tool.register{name = "outer", description = "d", execute = function() Tool.hang:execute() end} while true do Tool.parallel{{"outer"}} end`,
}

func TestScriptsThatWaitForToolsEnd(t *testing.T) {
	for name, script := range waits {
		for how, limits := range map[string]runtime.Limits{"cancelled": {}, "timed out": {Time: 200 * time.Millisecond}} {
			t.Run(name+", "+how, func(t *testing.T) {
				for limits := limits; ; limits.Time *= 2 {
					before := goruntime.NumGoroutine()
					h := newHanging(t)
					s, _ := newSession(t, kernel.Config{Tools: h.reg, Limits: limits})
					ctx, cancel := context.WithCancel(context.Background())
					defer cancel()
					kind := runtime.KindTimeout
					if limits.Time == 0 {
						kind = runtime.KindCancelled
						go func() { <-h.begun; cancel() }()
					}
					_, err := s.RunString(ctx, script, "=test", nil)
					var lerr *runtime.Error
					if !errors.As(err, &lerr) || lerr.Kind != kind {
						t.Errorf("the script ended with %v", err)
					}
					h.gone(t, before)
					if h.started.Load() > 0 {
						return
					}
					if limits.Time == 0 || limits.Time > time.Minute {
						t.Fatal("no call was made")
					} // else a busy machine: the time was over before there was one
				}
			})
		}
	}
}

// Calls that nobody waits for end with the script that has started them; the
// next script of the session finds their handles ended.
func TestHandlesEndWithTheScript(t *testing.T) {
	before := goruntime.NumGoroutine()
	h := newHanging(t)
	s, _ := newSession(t, kernel.Config{Tools: h.reg})
	if _, err := s.RunString(context.Background(), `handles = {} for i = 1, 10 do handles[i] = Tool.start("hang", {n = i}) end`, "=test", nil); err != nil {
		t.Fatal(err)
	}
	h.gone(t, before)
	res, err := s.RunString(context.Background(), `for i = 1, 10 do assert(handles[i]:result().error.code == "cancelled") end return "ok"`, "=test", nil)
	if err != nil || res.Texts[0] != "ok" {
		t.Errorf("%v, %v", res, err)
	}
}

// What a script registers is its session's own.
func TestRegisteredToolsStayInTheirSession(t *testing.T) {
	reg := tools.Builtin()
	one, _ := newSession(t, kernel.Config{Tools: reg})
	two, _ := newSession(t, kernel.Config{Tools: reg})
	ctx := context.Background()
	if _, err := one.RunString(ctx, `Tool.register{name = "mine", description = "d", execute = function(p) return p end} return Tool.mine:execute{x = 1}`, "=test", nil); err != nil {
		t.Fatal(err)
	}
	if res, err := one.RunString(ctx, `Tool.exists("mine") and Tool.mine:execute{x = 1}.result.x`, "=test", nil); err != nil || res.Texts[0] != "1" {
		t.Errorf("in the same session: %v, %v", res, err)
	}
	if res, err := two.RunString(ctx, `Tool.exists("mine")`, "=test", nil); err != nil || res.Texts[0] != "false" {
		t.Errorf("in another session: %v, %v", res, err)
	}
	if _, ok := reg.Get("mine"); ok {
		t.Error("the tool is in the registry of all sessions")
	}
}

// An error in a tool of the script's own is the script's error, with its place.
func TestErrorsOfRegisteredTools(t *testing.T) {
	s, _ := newSession(t, kernel.Config{})
	_, err := s.RunString(context.Background(), "Tool.register{name = 'mine', description = 'd', execute = function(p)\n  error('boom')\nend}\nTool.mine:execute()", "@mine.lua", nil)
	if err == nil || !strings.Contains(err.Error(), "mine.lua:2: boom") {
		t.Errorf("the error is %v", err)
	}
}

// stops runs a script under the debugger, and resumes it at each stop.
func stops(t *testing.T, s *kernel.Session, script string, set func(*debug.Engine)) (list []debug.Stop) {
	t.Helper()
	h := stopsOf{stops: make(chan debug.Stop, 1)}
	e, err := debug.Attach(s.State(), h, debug.Options{})
	if err != nil {
		t.Fatal(err)
	}
	set(e)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		_, err := s.RunString(ctx, script, "=test", nil)
		ended <- err
	}()
	for {
		select {
		case x := <-h.stops:
			list = append(list, x)
			if err := e.Continue(); err != nil {
				t.Fatal(err)
			}
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
			return list
		}
	}
}

// Function breakpoints on tools stop at each call, however it is made.
func TestToolBreakpointsOfConcurrentCalls(t *testing.T) {
	const script = `Tool.parallel{{"echo_text", {n = 1}},
  {"say", {n = 2}}}
local h = Tool.start("echo-text", {n = 3})
h:wait()
Tool.register{name = "mine", description = "d", execute = function(p)
  return p.n
end}
Tool.mine:execute{n = 4}
Tool.start("mine", {n = 5})`
	for _, c := range []struct {
		name, condition string
		lines           string
	}{
		{"tool:echo-text", "", "1 1 3"}, {"tool:say", "params.n > 1", "1 3"}, {"tool:*", "", "1 1 3 8 9"}, {"tool:*", "params.n == 5", "9"},
	} {
		t.Run(c.name+c.condition, func(t *testing.T) {
			s, _ := newSession(t, kernel.Config{Tools: echo(t)})
			list := stops(t, s, script, func(e *debug.Engine) {
				if b := e.SetFunctionBreakpoints([]debug.FunctionBreakpointSpec{{Name: c.name, Condition: c.condition}})[0]; !b.Verified {
					t.Errorf("%+v", b)
				}
			})
			var lines []string
			for _, x := range list {
				lines = append(lines, fmt.Sprint(x.Line))
			}
			if got := strings.Join(lines, " "); got != c.lines {
				t.Errorf("stopped at lines %s; want %s", got, c.lines)
			}
		})
	}
}

// A debugger's pause is served when the wait is over, as with other functions
// that block, and a termination during it ends the script.
func TestPauseAndTerminateWhileWaiting(t *testing.T) {
	h := newHanging(t)
	s, _ := newSession(t, kernel.Config{Tools: h.reg})
	events := stopsOf{stops: make(chan debug.Stop, 1)}
	e, err := debug.Attach(s.State(), events, debug.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := s.RunString(context.Background(), "local h = Tool.start('hang')\nlocal r, why = h:wait(300)\nlocal x = why\nh:wait()", "=test", nil)
		ended <- err
	}()
	<-h.begun
	if err := e.Pause(); err != nil {
		t.Fatal(err)
	}
	select {
	case x := <-events.stops:
		if x.Reason != debug.ReasonPause || x.Line < 1 || x.Line > 3 {
			t.Errorf("stop %+v", x)
		}
	case err := <-ended:
		t.Fatalf("no stop; the script ended with %v", err)
	}
	if err := e.Continue(); err != nil {
		t.Fatal(err)
	}
	s.State().Cancel(errors.New("terminated"))
	select {
	case err := <-ended:
		if err == nil {
			t.Error("the script ended without an error")
		}
	case <-time.After(2 * time.Minute):
		t.Fatal("the script waits on")
	}
}
