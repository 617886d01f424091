package dap_test

import (
	"fmt"
	"os"
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
		"env", map[string]any{"DAP_TEST_ADDED": "added", "DAP_TEST_REMOVED": nil}, "allowEnv", []string{"DAP_TEST_KEPT"}))
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

// VS Code asks for threads right after configurationDone, while the script is
// being loaded.
func TestRequestsWhileStarting(t *testing.T) {
	path := script(t, "local x = 1", "print(x)")
	for range 30 {
		c := connect(t, dap.Options{})
		c.Initialize()
		launch := c.Launch(program(path))
		done := c.Send("configurationDone", nil)
		for range 5 {
			c.Send("threads", nil)
			c.Send("loadedSources", nil)
			c.SetBreakpoints(path, 2)
		}
		c.Succeeds(done, nil)
		c.Succeeds(launch, nil)
		c.Disconnect()
	}
}

// What needs a stop is refused while the script runs, at once.
func TestNotStopped(t *testing.T) {
	c := connect(t, dap.Options{})
	c.Start(program(script(t, "while true do end")))
	c.ExpectEvent("loadedSource", nil)
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
	// A script that comes to no safe point in time has none to show.
	eventually(t, "one source while running", func() bool { return len(c.LoadedSources()) == 1 })
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
