package cli

import (
	"testing"

	"github.com/llmspell/llmspell/dap/daptest"
)

// restarting is a script that runs until it is told not to, and whose globals
// tell runs apart.
const restarting = `runs = (runs or 0) + 1
print("run", runs)
while not stop do
  runs = runs
end
print("end")`

// A script that is attached to runs again from the start, in a new state, with
// the breakpoints that there are.
func TestRestartAttached(t *testing.T) {
	ways := map[string]func(where string) (*daptest.Client, map[string]any){
		"directly": func(where string) (*daptest.Client, map[string]any) { return dial(t, where), nil },
		"through a bridge": func(where string) (*daptest.Client, map[string]any) {
			c, _ := adapter(t)
			return c, map[string]any{"connect": where}
		},
	}
	for name, connect := range ways {
		t.Run(name, func(t *testing.T) {
			path := script(t, restarting)
			p := start(t, "", nil, "run", "--debug-listen", "127.0.0.1:0", "--debug-wait", path)
			c, args := connect(address(t, p.stderr))
			attach(c, args, path, 2)
			c.ExpectStoppedAt("breakpoint", 2)
			c.Call("restart", nil, nil) // from a stop
			c.ExpectEvent("continued", nil)
			c.ExpectStoppedAt("breakpoint", 2)
			c.Continue(1)
			c.ExpectOutput("stdout", "run\t1\n")
			c.Call("restart", map[string]any{"arguments": map[string]any{"stopOnEntry": true}}, nil) // from running
			c.ExpectStoppedAt("entry", 1)
			c.Continue(1)
			stop := c.ExpectStoppedAt("breakpoint", 2)
			c.Evaluate(c.Top(stop.ThreadId).Id, "stop = true", "repl")
			c.Continue(1)
			c.ExpectTerminated()
			c.ExpectOutput("stdout", "end\n")
			c.Disconnect()
			if code := p.exit(); code != 0 || p.stdout.String() != "run\t1\nrun\t1\nend\n" {
				t.Errorf("exit %d, stdout %q, stderr %q", code, p.stdout, p.stderr)
			}
		})
	}
}
