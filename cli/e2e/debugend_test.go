//go:build unix

package e2e

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
)

// way is one of the ways to debug a script of the kernel dev.
type way struct {
	name string
	open func(*world) (*daptest.Client, *process)
	args map[string]any // of attach
}

func ways() []way {
	return []way{
		{"the adapter of a kernel", func(w *world) (*daptest.Client, *process) { return w.adapter("--attach", "dev") }, map[string]any{}},
		{"an adapter that attaches to a kernel", func(w *world) (*daptest.Client, *process) { return w.adapter() }, map[string]any{"kernel": "dev"}},
		{"a server that attaches to a kernel", func(w *world) (*daptest.Client, *process) {
			p := w.start(nil, "dap", "--listen", "127.0.0.1:0")
			p.sees(p.out, "\n")
			_, address, _ := strings.Cut(strings.TrimSpace(p.out.String()), ": ")
			conn, err := dap.Dial(w.t.Context(), address)
			if err != nil {
				w.t.Fatal(err)
			}
			return daptest.New(w.t, conn), p
		}, map[string]any{"kernel": "dev"}},
	}
}

// once checks that the client was told of the end one time, and leaves.
func once(t *testing.T, c *daptest.Client, p *process) {
	t.Helper()
	c.ExpectTerminated()
	c.Disconnect()
	c.ExpectClosed()
	if n := len(c.Received("terminated")); n != 1 {
		t.Errorf("%d terminated events", n)
	}
	if strings.Contains(strings.Join(p.args, " "), "--listen") {
		p.signal(syscall.SIGTERM)
	}
	if r := p.end(); r.code != 0 && r.code != 143 && r.code != 130 {
		t.Errorf("the adapter: %v", r)
	}
}

// A kernel that ends says so to the debugger, and is not held up by it.
func TestStopWhileStopped(t *testing.T) {
	for _, way := range ways() {
		t.Run(way.name, func(t *testing.T) {
			w := newWorld(t)
			w.daemon("dev")
			path := w.write("busy.lua", busy)
			script := w.start(nil, "run", "--connect", "dev", path)
			script.sees(script.err, "on")
			c, p := way.open(w)
			attachAt(c, way.args, path, 4)
			c.ExpectStoppedAt("breakpoint", 4)
			contains(t, "stop", w.ok("kernel", "stop", "dev", "--force"), "stopped")
			if r := script.end(); r.code == 0 {
				t.Error(r)
			}
			once(t, c, p)
		})
	}
}

// A debugger of a kernel that drains stays until the script has ended.
func TestDebugWhileDraining(t *testing.T) {
	w := newWorld(t)
	s := w.daemon("dev")
	path := w.write("busy.lua", busy)
	script := w.start(nil, "run", "--connect", "dev", path)
	script.sees(script.err, "on")
	c, p := w.adapter("--attach", "dev")
	attachAt(c, map[string]any{}, path, 4)
	c.ExpectStoppedAt("breakpoint", 4)
	stop := w.start(nil, "kernel", "stop", "dev", "--timeout", "10m")
	eventually(t, func() error {
		if text := w.read(s.LogFile); !strings.Contains(text, "kernel ends") {
			return fmt.Errorf("the kernel goes on: %s", text)
		}
		return nil
	})
	w.write("stop", "")
	c.Next(1)
	c.ExpectStoppedAt("step", 3)
	c.SetBreakpoints(path)
	c.Continue(1)
	once(t, c, p)
	if r := script.end(); r.code != 0 || r.out != "ended\n" {
		t.Error(r)
	}
	if r := stop.end(); r.code != 0 {
		t.Error(r)
	}
}

// A kernel that is killed says nothing more: its debuggers are told all the same, once,
// whatever they were doing.
func TestKernelKilledUnderDebugger(t *testing.T) {
	kill := func(t *testing.T, pid int) {
		t.Helper()
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	for _, way := range ways() {
		for name, during := range map[string]func(t *testing.T, c *daptest.Client, pid int){
			"stopped": func(t *testing.T, c *daptest.Client, pid int) { kill(t, pid) },
			"running": func(t *testing.T, c *daptest.Client, pid int) {
				c.SetBreakpoints(c.Top(1).Source.Path)
				c.Continue(1)
				kill(t, pid)
			},
			"asked": func(t *testing.T, c *daptest.Client, pid int) {
				seq := c.Send("evaluate", map[string]any{
					"expression": "(function() io.stderr:write('evaluating') while true do end end)()", "frameId": c.Top(1).Id, "context": "repl",
				})
				later := c.Send("threads", nil)
				c.ExpectOutput("stderr", "evaluating")
				kill(t, pid)
				contains(t, "the answer", c.Fails(seq)+c.Fails(later), "has gone")
			},
		} {
			t.Run(way.name+", "+name, func(t *testing.T) {
				w := newWorld(t)
				s := w.daemon("dev")
				path := w.write("busy.lua", busy)
				script := w.start(nil, "run", "--connect", "dev", path)
				script.sees(script.err, "on")
				c, p := way.open(w)
				attachAt(c, way.args, path, 4)
				c.ExpectStoppedAt("breakpoint", 4)
				during(t, c, s.PID)
				contains(t, "the answer after the end", c.CallError("threads", nil), "has gone")
				once(t, c, p)
				if r := script.end(); r.code == 0 {
					t.Error(r)
				}
			})
		}
	}
}
