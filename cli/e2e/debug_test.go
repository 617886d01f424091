//go:build unix

package e2e

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/llmspell/llmspell/dap/daptest"
)

// adapter starts llmspell dap, and is its client on stdin and stdout.
func (w *world) adapter(args ...string) (*daptest.Client, *process) {
	w.t.Helper()
	p := &process{w: w, cmd: exec.Command(os.Args[0], append([]string{"dap"}, args...)...), args: args, out: &buffer{}, err: &buffer{}, done: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env, p.cmd.Stderr = w.dir, w.environ(), p.err
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	here, there, err := os.Pipe() // Wait does not close it
	if err != nil {
		w.t.Fatal(err)
	}
	p.cmd.Stdout = there
	p.begin()
	there.Close()
	w.t.Cleanup(func() { here.Close() })
	return daptest.New(w.t, stream{here, stdin}), p
}

type stream struct {
	io.Reader
	io.WriteCloser
}

// busy is a script that runs until a file is there.
const busy = `local n = 0
io.stderr:write("on\n")
while not io.open("stop") do
  n = n + 1
end
print("ended")
return n`

func attachAt(c *daptest.Client, args map[string]any, path string, lines ...int) {
	c.Initialize()
	seq := c.Send("attach", args)
	c.SetBreakpoints(path, lines...)
	c.ConfigurationDone()
	c.Succeeds(seq, nil)
}

// A debugger attaches to a script that is busy in a kernel, and leaves it.
func TestDebugAttach(t *testing.T) {
	w := newWorld(t)
	w.daemon("dev")
	path := w.write("busy.lua", busy)
	script := w.start(nil, "run", "--connect", "dev", path)
	script.sees(script.err, "on")

	for i, open := range []func() (*daptest.Client, *process, map[string]any){
		func() (*daptest.Client, *process, map[string]any) {
			c, p := w.adapter("--attach", "dev")
			return c, p, map[string]any{}
		},
		func() (*daptest.Client, *process, map[string]any) {
			c, p := w.adapter()
			return c, p, map[string]any{"kernel": "dev"}
		},
		func() (*daptest.Client, *process, map[string]any) {
			c, p := w.adapter("--attach", w.status("dev").Socket)
			return c, p, map[string]any{}
		},
	} {
		c, p, args := open()
		attachAt(c, args, path, 4)
		c.ExpectStoppedAt("breakpoint", 4)
		frame := c.Top(1).Id
		if got := c.Evaluate(frame, "n * 0 + 42", "repl").Result; got != "42" {
			t.Errorf("%d: evaluate: %s", i, got)
		}
		c.Next(1)
		c.ExpectStoppedAt("step", 3)
		c.Disconnect()
		if r := p.end(); r.code != 0 {
			t.Errorf("%d: the adapter: %v", i, r)
		}
	}
	if s := w.status("dev"); s.Running != 1 {
		t.Errorf("after the debuggers: %+v", s)
	}
	w.write("stop", "")
	if r := script.end(); r.code != 0 || r.out != "ended\n" {
		t.Error(r)
	}
}

// An editor that dies at a breakpoint lets the script go on.
func TestDebuggerKilled(t *testing.T) {
	w := newWorld(t)
	w.daemon("dev")
	path := w.write("busy.lua", busy)
	script := w.start(nil, "run", "--connect", "dev", path)
	script.sees(script.err, "on")
	c, p := w.adapter("--attach", "dev")
	attachAt(c, map[string]any{}, path, 4)
	c.ExpectStoppedAt("breakpoint", 4)
	p.signal(os.Kill)
	w.write("stop", "")
	if r := script.end(); r.code != 0 || r.out != "ended\n" {
		t.Error(r)
	}
}

func TestAttachErrors(t *testing.T) {
	w := newWorld(t)
	w.fails(5, "no such kernel", "dap", "--attach", "dev")
	w.daemon("dev")
	w.fails(1, "no session to attach to", "dap", "--attach", "dev")
	w.fails(1, "nosuch", "dap", "--attach", "dev/nosuch")
	w.fails(2, "--listen", "dap", "--attach", "dev", "--listen", ":0")
	var scripts []*process
	for i := range 2 {
		p := w.start(nil, "exec", "--connect", "dev", fmt.Sprintf("io.stderr:write('on') while not io.open('stop') do end return %d", i))
		p.sees(p.err, "on")
		scripts = append(scripts, p)
	}
	w.fails(1, "has 2 sessions: say which", "dap", "--attach", "dev")
	w.write("stop", "")
	for _, p := range scripts {
		if r := p.end(); r.code != 0 {
			t.Error(r)
		}
	}
}
