package dap_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	godap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/dap"
)

// with returns launch arguments for a script, with more keys and values.
func with(path string, more ...any) map[string]any {
	args := program(path)
	for i := 0; i < len(more); i += 2 {
		args[more[i].(string)] = more[i+1]
	}
	return args
}

func TestRunToTheEnd(t *testing.T) {
	tests := []struct {
		name           string
		lines          []string
		code           int
		stdout, stderr string
	}{
		{"returns", []string{"print('hello')"}, 0, "hello\n", ""},
		{"os.exit(0)", []string{"print('a')", "os.exit(0)", "print('b')"}, 0, "a\n", ""},
		{"os.exit(3)", []string{"os.exit(3)"}, 3, "", ""},
		{"error", []string{"local function f()", "  error('boom')", "end", "f()"}, 1, "", "script.lua:2: boom"},
		{"runtime error", []string{"local t", "print(t.x)"}, 1, "", "script.lua:2: attempt to index"},
		{"syntax error", []string{"local x = ", "print(x"}, 1, "", "script.lua"},
	}
	for _, noDebug := range []bool{false, true} {
		for _, tt := range tests {
			t.Run(fmt.Sprintf("%s noDebug=%v", tt.name, noDebug), func(t *testing.T) {
				c := connect(t, dap.Options{})
				c.Start(with(script(t, tt.lines...), "noDebug", noDebug))
				c.ExpectExited(tt.code)
				c.ExpectTerminated()
				equal(t, "stdout", c.Output("stdout"), tt.stdout)
				if tt.stderr == "" {
					equal(t, "stderr", c.Output("stderr"), "")
				} else {
					contains(t, c.Output("stderr"), tt.stderr)
				}
				if tt.name == "error" {
					contains(t, c.Output("stderr"), "stack traceback")
					equal(t, "mentions of the error", strings.Count(c.Output("stderr"), "boom"), 1)
				}
				c.Disconnect()
			})
		}
	}
}

func TestLaunchArguments(t *testing.T) {
	dir := t.TempDir()
	path := scriptIn(t, dir, "a.lua",
		"print(arg[1], arg[2], #arg)",
		"print(os.getenv('DAP_TEST_ADDED'), os.getenv('DAP_TEST_REMOVED'), os.getenv('DAP_TEST_KEPT'))",
		"local f = assert(io.open('here.txt'))", "print(f:read('*l'))", "f:close()",
		"print(io.read())")
	scriptIn(t, dir, "work/here.txt", "found")
	t.Setenv("DAP_TEST_REMOVED", "x")
	t.Setenv("DAP_TEST_KEPT", "kept")
	c := connect(t, dap.Options{})
	c.Start(with(path, "args", []string{"one", "two words"}, "cwd", dir+"/work",
		"env", map[string]any{"DAP_TEST_ADDED": "added", "DAP_TEST_REMOVED": nil}))
	c.ExpectExited(0)
	equal(t, "output", c.Output("stdout"), "one\ttwo words\t2\nadded\tnil\tkept\nfound\nnil\n")
	if os.Getenv("DAP_TEST_ADDED") != "" || os.Getenv("DAP_TEST_REMOVED") != "x" {
		t.Error("the server's own environment was changed")
	}
	c.ExpectTerminated()
	c.Disconnect()
}

func TestStopOnEntryAndSteps(t *testing.T) {
	path := script(t,
		"local function add(a, b)", // 1
		"  local sum = a + b",      // 2
		"  return sum",             // 3
		"end",                      // 4
		"local x = add(1, 2)",      // 5
		"local y = add(x, 3)",      // 6
		"print(x, y)")              // 7
	c := connect(t, dap.Options{})
	c.Start(with(path, "stopOnEntry", true))
	c.ExpectStoppedAt("entry", 4) // where PUC Lua has the function made, too
	c.Next(1)
	c.ExpectStoppedAt("step", 5)
	c.StepIn(1)
	c.ExpectStoppedAt("step", 2)
	equal(t, "a", c.Locals(1)["a"], "1")
	c.StepOut(1)
	stop := c.ExpectStopped("step")
	if line := c.Top(stop.ThreadId).Line; line != 5 && line != 6 {
		t.Errorf("stepOut came to line %d", line)
	}
	for c.Top(1).Line != 6 {
		c.Next(1)
		c.ExpectStopped("step")
	}
	c.Next(1)
	c.ExpectStoppedAt("step", 7)
	equal(t, "x", c.Locals(1)["x"], "3")
	equal(t, "y", c.Locals(1)["y"], "6")
	c.Continue(1)
	c.ExpectExited(0)
	c.ExpectTerminated()
	equal(t, "output", c.Output("stdout"), "3\t6\n")
	c.Disconnect()
}

// A response precedes the stop that its request causes. Many steps, because
// the two race.
func TestResponseBeforeStopped(t *testing.T) {
	lines := []string{"local n = 0"}
	for range 200 {
		lines = append(lines, "n = n + 1")
	}
	c := connect(t, dap.Options{})
	c.Start(with(script(t, lines...), "stopOnEntry", true))
	c.ExpectStopped("entry")
	for i := range 150 {
		switch i % 3 {
		case 0:
			c.Next(1)
		case 1:
			c.StepIn(1)
		case 2:
			c.Send("next", godap.NextArguments{ThreadId: 1})
		}
		c.ExpectStopped("step")
	}
	waiting := 0
	for _, line := range c.Transcript() {
		switch {
		case strings.HasPrefix(line, "->") && (strings.Contains(line, `"next"`) || strings.Contains(line, `"stepIn"`)):
			waiting++
		case strings.HasPrefix(line, "<-") && (strings.Contains(line, `"command":"next"`) || strings.Contains(line, `"command":"stepIn"`)):
			waiting--
		case strings.Contains(line, `"event":"stopped"`) && waiting != 0:
			t.Fatalf("stopped came before the response: %s", line)
		}
	}
	c.Disconnect()
}

func TestPauseBusyLoop(t *testing.T) {
	path := script(t, "local n = 0", "while true do", "  n = n + 1", "end")
	c := connect(t, dap.Options{})
	c.Start(program(path))
	for range 3 {
		time.Sleep(10 * time.Millisecond)
		c.Pause(1)
		c.ExpectStopped("pause")
		top := c.Top(1)
		if top.Line < 2 || top.Line > 4 {
			t.Errorf("paused in line %d", top.Line)
		}
		c.Continue(1)
	}
	c.Disconnect()
}

// What needs a stop is refused while the script runs, at once.
func TestNotStopped(t *testing.T) {
	c := connect(t, dap.Options{})
	c.Start(program(script(t, "while true do end")))
	for command, args := range map[string]any{
		"continue":      godap.ContinueArguments{ThreadId: 1},
		"next":          godap.NextArguments{ThreadId: 1},
		"stepIn":        godap.StepInArguments{ThreadId: 1},
		"stepOut":       godap.StepOutArguments{ThreadId: 1},
		"stackTrace":    godap.StackTraceArguments{ThreadId: 1},
		"scopes":        godap.ScopesArguments{FrameId: 1},
		"variables":     godap.VariablesArguments{VariablesReference: 1},
		"setVariable":   godap.SetVariableArguments{VariablesReference: 1, Name: "a", Value: "1"},
		"evaluate":      godap.EvaluateArguments{Expression: "1", Context: "watch"},
		"exceptionInfo": godap.ExceptionInfoArguments{ThreadId: 1},
	} {
		if text := c.CallError(command, args); text != "notStopped" {
			t.Errorf("%s while running: %q, want notStopped", command, text)
		}
	}
	if threads := c.Threads(); len(threads) != 1 || threads[0].Id != 1 {
		t.Errorf("threads while running: %v", threads)
	}
	equal(t, "loaded sources while running", len(c.LoadedSources()), 1)
	c.Disconnect()
}

func TestNoDebug(t *testing.T) {
	path := script(t, "print('ran')", "error('boom')")
	c := connect(t, dap.Options{})
	c.Initialize()
	launch := c.Launch(with(path, "noDebug", true, "stopOnEntry", true))
	c.SetBreakpoints(path, 1)
	c.SetExceptionBreakpoints("all")
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	c.ExpectExited(1)
	c.ExpectTerminated()
	contains(t, c.CallError("pause", godap.PauseArguments{ThreadId: 1}), "noDebug")
	contains(t, c.CallError("evaluate", godap.EvaluateArguments{Expression: "1"}), "noDebug")
	equal(t, "output", c.Output("stdout"), "ran\n")
	c.Disconnect()
}

func TestNoDebugStops(t *testing.T) {
	c := connect(t, dap.Options{})
	c.Start(with(script(t, "while true do end"), "noDebug", true))
	equal(t, "threads", len(c.Threads()), 1)
	c.Terminate()
	c.ExpectTerminated()
	c.Disconnect()
}

// Each way to end a script works in each state of it, and leaves nothing
// behind (connect checks that).
func TestEnds(t *testing.T) {
	states := map[string]func(*testing.T) *client{
		"running": func(t *testing.T) *client {
			c := connect(t, dap.Options{})
			c.Start(program(script(t, "while true do end")))
			return c
		},
		"running protected": func(t *testing.T) *client {
			c := connect(t, dap.Options{})
			c.Start(program(script(t, "while true do pcall(function() while true do end end) end")))
			return c
		},
		"stopped": func(t *testing.T) *client {
			c := connect(t, dap.Options{})
			c.Start(program(script(t, "local x = 1", "print('never')")), 2)
			c.ExpectStopped("breakpoint")
			return c
		},
		"stopped in a coroutine": func(t *testing.T) *client {
			c := connect(t, dap.Options{})
			c.Start(program(script(t, "local co = coroutine.wrap(function()", "  print('never')", "end)", "co()")), 2)
			c.ExpectStopped("breakpoint")
			return c
		},
		"stopped at an error": func(t *testing.T) *client {
			c := connect(t, dap.Options{})
			c.Initialize()
			launch := c.Launch(program(script(t, "error('boom')")))
			c.SetExceptionBreakpoints("uncaught")
			c.ConfigurationDone()
			c.Succeeds(launch, nil)
			c.ExpectStopped("exception")
			return c
		},
		"evaluating": func(t *testing.T) *client {
			c := connect(t, dap.Options{})
			c.Start(program(script(t, "local x = 1", "print('never')")), 2)
			c.ExpectStopped("breakpoint")
			frame := c.Top(1).Id
			c.Send("evaluate", godap.EvaluateArguments{Expression: "while true do end", Context: "repl", FrameId: frame})
			c.Send("evaluate", godap.EvaluateArguments{Expression: "while true do end", Context: "repl", FrameId: frame})
			time.Sleep(20 * time.Millisecond)
			return c
		},
	}
	ends := map[string]func(*client){
		"disconnect": func(c *client) { c.Disconnect() },
		"terminate": func(c *client) {
			c.Terminate()
			c.ExpectEvent("exited", nil)
			c.ExpectTerminated()
			c.Disconnect()
		},
		"the client vanishes": func(c *client) { c.Close() },
		"garbage": func(c *client) {
			c.WriteRaw([]byte("x"))
			c.ExpectClosed()
		},
	}
	for state, reach := range states {
		for end, do := range ends {
			t.Run(state+", "+end, func(t *testing.T) {
				c := reach(t)
				do(c)
				equal(t, "output", c.Output("stdout"), "")
			})
		}
	}
}

// After the end of the script the session answers, with errors where it must.
func TestAfterTheEnd(t *testing.T) {
	path := script(t, "local x = 1", "print(x)")
	c := connect(t, dap.Options{})
	c.Start(program(path))
	c.ExpectTerminated()
	for command, args := range map[string]any{
		"next":       godap.NextArguments{ThreadId: 1},
		"stackTrace": godap.StackTraceArguments{ThreadId: 1},
		"evaluate":   godap.EvaluateArguments{Expression: "1"},
		"pause":      godap.PauseArguments{ThreadId: 1},
	} {
		if text := c.CallError(command, args); text == "" {
			t.Errorf("%s after the end: empty error", command)
		}
	}
	equal(t, "threads", len(c.Threads()), 0)
	equal(t, "line of a breakpoint", c.SetBreakpoints(path, 2)[0].Line, 2)
	c.Terminate()
	c.Disconnect()
}

func TestRestart(t *testing.T) {
	path := script(t, "local n = tonumber(arg[1]) or 0", "print('n', n)", "while n < 100 do n = n end")
	c := connect(t, dap.Options{})
	c.Initialize()
	launch := c.Launch(with(path, "args", []string{"1"}))
	id := c.SetBreakpoints(path, 2)[0].ID
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	for i, args := range []map[string]any{
		{},
		{"arguments": with(path, "args", []string{"2"})},
		{"arguments": with(path, "args", []string{"3"}, "name", "a key of the client")},
		{},
	} {
		stop := c.ExpectStoppedAt("breakpoint", 2)
		if len(stop.HitBreakpointIds) != 1 || stop.HitBreakpointIds[0] != id {
			t.Errorf("run %d: hit breakpoints %v, want [%d]", i, stop.HitBreakpointIds, id)
		}
		if i%2 == 0 { // restart a running script too
			c.Continue(1)
			c.ExpectOutput("stdout", fmt.Sprintf("n\t%d\n", []int{1, 1, 2, 3}[i]))
		}
		c.Call("restart", args, nil)
		if i%2 == 1 {
			c.ExpectEvent("continued", nil)
		}
		c.ExpectEvent("process", nil)
	}
	c.ExpectStoppedAt("breakpoint", 2)
	equal(t, "n", c.Locals(1)["n"], "3")
	for _, name := range c.Events() {
		if name == "exited" || name == "terminated" {
			t.Errorf("a restart told the client %s", name)
		}
	}
	contains(t, c.CallError("restart", map[string]any{"arguments": map[string]any{"program": "/none.lua"}}), "does not exist")
	equal(t, "still stopped, n", c.Locals(1)["n"], "3")
	c.Disconnect()
}

func TestRestartAfterTheEnd(t *testing.T) {
	c := connect(t, dap.Options{})
	c.Start(program(script(t, "print('run')")))
	c.ExpectTerminated()
	c.Call("restart", map[string]any{}, nil)
	c.ExpectExited(0)
	c.ExpectTerminated()
	equal(t, "output", c.Output("stdout"), "run\nrun\n")
	c.Disconnect()
}

// Sessions come and go without growing the process.
func TestNoGrowth(t *testing.T) {
	path := script(t, "local t = {}", "for i = 1, 1000 do t[i] = {} end", "print(#t)")
	checkLeaks(t)
	addr, stop := serve(t, ":0")
	var before, after runtime.MemStats
	for i := range 40 {
		if i == 10 {
			runtime.GC()
			runtime.ReadMemStats(&before)
		}
		c := dialClient(t, addr)
		c.Start(program(path), 3)
		c.ExpectStopped("breakpoint")
		if i%2 == 0 {
			c.Close()
		} else {
			c.Disconnect()
		}
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 8<<20 {
		t.Errorf("the heap grew by %d bytes in 30 sessions", grown)
	}
}
