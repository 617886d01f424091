package cli

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
)

func TestDebugWait(t *testing.T) {
	path := script(t, "local n = 1\nprint('n', n)\nos.exit(n + 2)")
	for _, listen := range []string{"127.0.0.1:0", "unix:" + filepath.Join(t.TempDir(), "private", "s")} {
		p := start(t, "", nil, "run", "--debug-listen", listen, "--debug-wait", path)
		c := dial(t, address(t, p.stderr))
		attach(c, nil, path, 2)
		c.ExpectStoppedAt("breakpoint", 2)
		c.Continue(1)
		c.ExpectOutput("stdout", "n\t1\n")
		var exited struct{ ExitCode int }
		c.ExpectEvent("exited", &exited)
		c.ExpectTerminated()
		c.Disconnect()
		if code := p.exit(); code != 3 || exited.ExitCode != 3 || p.stdout.String() != "n\t1\n" {
			t.Errorf("%s: exit %d, told %d, stdout %q", listen, code, exited.ExitCode, p.stdout)
		}
	}
}

func TestDebugListenWithoutClient(t *testing.T) {
	p := start(t, "", nil, "run", "--debug-listen", ":0", script(t, "print('done') error('boom')"))
	if code := p.exit(); code != 1 || p.stdout.String() != "done\n" || strings.Count(p.stderr.String(), "boom") != 1 {
		t.Errorf("exit %d, stdout %q, stderr %q", code, p.stdout, p.stderr)
	}
}

// The error that ends the script reaches the client as it reaches stderr.
func TestDebugListenError(t *testing.T) {
	path := script(t, "error('boom')")
	p := start(t, "", []string{dap.TokenVariable + "=0123456789abcdef0123456789abcdef"}, "run", "--debug-listen", ":0", "--debug-wait", path)
	c := dial(t, address(t, p.stderr))
	c.Call("initialize", daptest.InitializeArguments(), nil)
	seq := c.Send("attach", map[string]any{"token": "0123456789abcdef0123456789abcdef"})
	c.ExpectEvent("initialized", nil)
	c.ConfigurationDone()
	c.Succeeds(seq, nil)
	c.ExpectOutput("stderr", "boom")
	c.ExpectTerminated()
	c.Close()
	if code := p.exit(); code != 1 || strings.Count(p.stderr.String(), "boom") != 1 {
		t.Errorf("exit %d, stderr %q", code, p.stderr)
	}
}

func TestDebugRunInterrupted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no interrupt signals on Windows")
	}
	p := start(t, "", nil, "run", "--debug-listen", ":0", "--debug-wait", script(t, "print('never')"))
	address(t, p.stderr)
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := p.exit(); code != exitInterrupted || p.stdout.String() != "" {
		t.Errorf("exit %d, stdout %q", code, p.stdout)
	}
}

// An editor that dies takes its adapter with it, and the script.
func TestStdioServerEndsWithItsClient(t *testing.T) {
	path := script(t, "local x = 1\nprint('never')")
	c, p := adapter(t)
	c.Start(map[string]any{"program": path}, 2)
	c.ExpectStopped("breakpoint")
	c.Close()
	p.exit()
}

func TestAttachThroughStdio(t *testing.T) {
	path := script(t, "local n = 1\nwhile n > 0 do\n  n = n + 1\nend\nprint('end', n > 0)")
	p := start(t, "", nil, "run", "--debug-listen", "127.0.0.1:0", "--debug-wait", path)
	where := address(t, p.stderr)
	c, a := adapter(t)
	_, port, _ := net.SplitHostPort(where)
	attach(c, map[string]any{"connect": map[string]any{"host": "localhost", "port": port}}, path, 3)
	c.ExpectStoppedAt("breakpoint", 3)
	c.SetVariable(c.Scope(c.Top(1).Id, "Locals").VariablesReference, "n", "-5")
	c.SetBreakpoints(path, 5)
	c.Continue(1)
	c.ExpectStoppedAt("breakpoint", 5)
	c.Continue(1)
	c.ExpectOutput("stdout", "end\tfalse\n")
	c.ExpectTerminated()
	c.Disconnect()
	if code := p.exit(); code != 0 {
		t.Errorf("exit %d, stderr %q", code, p.stderr)
	}
	a.exit()
}
