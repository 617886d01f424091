package dap_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	godap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/dap"
)

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
		"in a Go function": func(t *testing.T) *client {
			c := connect(t, dap.Options{})
			c.Start(program(script(t, "os.execute('sleep 60')", "print('never')")))
			c.ExpectEvent("loadedSource", nil)
			time.Sleep(20 * time.Millisecond)
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
		with(path, "args", []string{"3"}, "name", "a key of nvim-dap, which sends the configuration itself"),
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

// Handles of the run before a restart are stale, though the new engine counts
// from the beginning again.
func TestHandlesAcrossRestart(t *testing.T) {
	path := script(t, "local secret = 'old run'", "print(secret)")
	c := connect(t, dap.Options{})
	c.Start(program(path), 2)
	c.ExpectStopped("breakpoint")
	frame := c.Top(1).Id
	scope := c.Scope(frame, "Locals").VariablesReference
	c.Call("restart", map[string]any{}, nil)
	c.ExpectEvent("continued", nil)
	c.ExpectStopped("breakpoint")
	fresh := c.Top(1).Id
	contains(t, c.CallError("scopes", godap.ScopesArguments{FrameId: frame}), "stale")
	contains(t, c.CallError("variables", godap.VariablesArguments{VariablesReference: scope}), "stale")
	contains(t, c.CallError("setVariable", godap.SetVariableArguments{VariablesReference: scope, Name: "secret", Value: "1"}), "stale")
	contains(t, c.CallError("evaluate", godap.EvaluateArguments{FrameId: frame, Expression: "secret", Context: "watch"}), "stale")
	contains(t, c.Evaluate(fresh, "secret", "watch").Result, "old run")
	equal(t, "secret", len(c.Locals(1)), 1)
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
