package cli

import (
	"path/filepath"
	"testing"

	godap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/dap/daptest"
)

// coroutines is debugged in the same way over every transport.
const coroutines = `local function produce(n)
  for i = 1, n do
    coroutine.yield(i)
  end
end
local function double(source)
  return coroutine.wrap(function()
    for v in source do
      coroutine.yield(v * 2)
    end
  end)
end
local sum = 0
local source = coroutine.wrap(function() produce(4) end)
for v in double(source) do
  sum = sum + v
end
local ok, message = pcall(error, "caught")
print("sum", sum)
error("uncaught")`

// scenario is a whole session: conditions, steps through coroutines, errors, a
// changed variable, a restart.
func scenario(t *testing.T, c *daptest.Client, path string, begin func() (seq int)) {
	t.Helper()
	c.Initialize()
	seq := begin()
	c.SetSourceBreakpoints(godap.Source{Path: path},
		godap.SourceBreakpoint{Line: 16, Condition: "v == 4"}, godap.SourceBreakpoint{Line: 3, LogMessage: "made {i}"})
	c.SetExceptionBreakpoints("uncaught", "caught")
	c.ConfigurationDone()
	c.Succeeds(seq, nil)
	for round := range 2 {
		c.ExpectStoppedAt("breakpoint", 16)
		if sum := c.Locals(1)["sum"]; sum != "2" {
			t.Errorf("round %d: sum = %s", round, sum)
		}
		c.ExpectOutput("console", "made 2\n")
		c.Next(1)
		c.ExpectStoppedAt("step", 15)
		c.StepIn(1) // into the coroutines, which resume each other
		stop := c.ExpectStoppedAt("step", 8)
		if stop.ThreadId == 1 {
			t.Error("the step did not enter the coroutine")
		}
		c.StepIn(stop.ThreadId)
		stop = c.ExpectStoppedAt("step", 2)
		if name := c.Top(stop.ThreadId).Name; name != "produce" {
			t.Errorf("stopped in %s", name)
		}
		c.Continue(1)
		stop = c.ExpectStopped("exception")
		if d := c.ExceptionInfo(stop.ThreadId).Description; d != "caught" {
			t.Errorf("exception %q", d)
		}
		stack := c.StackTrace(1)
		locals := c.Scope(stack[len(stack)-1].Id, "Locals").VariablesReference
		c.SetVariable(locals, "sum", "1000")
		if round == 0 {
			c.Call("restart", nil, nil)
			c.ExpectEvent("continued", nil)
		}
	}
	c.Continue(1)
	c.ExpectStopped("exception")
	c.ExpectOutput("stdout", "sum\t1000\n")
	c.Continue(1)
	c.ExpectExited(1)
	c.ExpectTerminated()
	c.ExpectOutput("stderr", "uncaught")
	c.Disconnect()
}

func TestScenario(t *testing.T) {
	launch := func(c *daptest.Client, path string) func() int {
		return func() int { return c.Launch(map[string]any{"program": path}) }
	}
	server := func(t *testing.T, listen string) *daptest.Client {
		return dial(t, address(t, start(t, "", nil, "dap", "--listen", listen).stdout))
	}
	waiting := func(t *testing.T, path string) string {
		return address(t, start(t, "", nil, "run", "--debug-listen", ":0", "--debug-wait", path).stderr)
	}
	t.Run("stdio", func(t *testing.T) {
		path := script(t, coroutines)
		c, _ := adapter(t)
		scenario(t, c, path, launch(c, path))
	})
	t.Run("TCP", func(t *testing.T) {
		path := script(t, coroutines)
		c := server(t, "127.0.0.1:0")
		scenario(t, c, path, launch(c, path))
	})
	t.Run("unix", func(t *testing.T) {
		path := script(t, coroutines)
		c := server(t, "unix:"+filepath.Join(t.TempDir(), "private", "s"))
		scenario(t, c, path, launch(c, path))
	})
	t.Run("attach", func(t *testing.T) {
		path := script(t, coroutines)
		c := dial(t, waiting(t, path))
		scenario(t, c, path, func() int { return c.Send("attach", map[string]any{}) })
	})
	t.Run("attach through stdio", func(t *testing.T) {
		path := script(t, coroutines)
		where := waiting(t, path)
		c, _ := adapter(t)
		scenario(t, c, path, func() int { return c.Send("attach", map[string]any{"connect": where}) })
	})
}
