package cli

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
)

// terminal answers a runInTerminal request as an editor does.
func terminal(t *testing.T, c *daptest.Client) *process {
	t.Helper()
	var args struct {
		Kind, Title, Cwd string
		Args             []string
		Env              map[string]string
	}
	request := c.ExpectRequest("runInTerminal", &args)
	var env []string
	for name, value := range args.Env {
		env = append(env, name+"="+value)
	}
	p := start(t, args.Cwd, env, args.Args[1:]...)
	c.Reply(request, map[string]any{"processId": p.cmd.Process.Pid})
	return p
}

// initialize says what the client can do.
func initialize(c *daptest.Client, flags ...string) {
	args := daptest.InitializeArguments()
	for _, flag := range flags {
		args[flag] = true
	}
	c.InitializeWith(args)
}

func TestRunInTerminal(t *testing.T) {
	path := script(t, "local line = io.read()\nprint('read', line, os.getenv('COLOR'))\nos.exit(tonumber(arg[1]))")
	c, _ := adapter(t, "--timeout", "1m")
	initialize(c, "supportsRunInTerminalRequest")
	launch := c.Launch(map[string]any{
		"program": path, "console": "integratedTerminal", "args": []string{"5"}, "env": map[string]any{"COLOR": "red"},
		"cwd": filepath.Dir(path),
	})
	ids := c.SetBreakpoints(path, 2)
	seq := c.Send("configurationDone", nil)
	p := terminal(t, c)
	c.Succeeds(launch, nil)
	c.Succeeds(seq, nil)
	fmt.Fprintln(p.stdin, "Ada")
	stop := c.ExpectStoppedAt("breakpoint", 2)
	if len(stop.HitBreakpointIds) != 1 || stop.HitBreakpointIds[0] != ids[0].ID {
		t.Errorf("stopped at breakpoints %v, the client knows %d", stop.HitBreakpointIds, ids[0].ID)
	}
	c.Continue(1)
	var exited struct{ ExitCode int }
	c.ExpectEvent("exited", &exited)
	c.ExpectTerminated()
	c.Disconnect()
	if code := p.exit(); code != 5 || exited.ExitCode != 5 || p.stdout.String() != "read\tAda\tred\n" {
		t.Errorf("exit %d, told %d, stdout %q, stderr %q", code, exited.ExitCode, p.stdout, p.stderr)
	}
}

func TestRunInTerminalWithoutDebugging(t *testing.T) {
	path := script(t, "print('free')")
	c, _ := adapter(t)
	initialize(c, "supportsRunInTerminalRequest")
	launch := c.Launch(map[string]any{"program": path, "console": "integratedTerminal", "noDebug": true})
	c.SetBreakpoints(path, 1)
	c.Send("configurationDone", nil)
	p := terminal(t, c)
	c.Succeeds(launch, nil)
	c.ExpectExited(0)
	c.ExpectTerminated()
	c.Disconnect()
	if code := p.exit(); code != 0 || p.stdout.String() != "free\n" {
		t.Errorf("exit %d, stdout %q, stderr %q", code, p.stdout, p.stderr)
	}
}

// A script in a terminal was launched: it ends with its session, also when the
// client or the adapter dies, unless the client says that it shall not.
func TestRunInTerminalEndsWithItsSession(t *testing.T) {
	path := script(t, "print('begun')\nwhile true do\n  if io.open('enough') then break end\nend\nprint('let run')")
	for name, tt := range map[string]struct {
		leave func(*daptest.Client, *process)
		stays bool
	}{
		"disconnect":      {leave: func(c *daptest.Client, _ *process) { c.Disconnect() }},
		"the client dies": {leave: func(c *daptest.Client, _ *process) { c.Close() }},
		"the adapter dies": {leave: func(_ *daptest.Client, a *process) {
			_ = a.cmd.Process.Kill()
		}},
		"disconnect without terminating": {leave: func(c *daptest.Client, _ *process) {
			c.Succeeds(c.Send("disconnect", map[string]any{"terminateDebuggee": false}), nil)
		}, stays: true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			c, a := adapter(t)
			initialize(c, "supportsRunInTerminalRequest")
			launch := c.Launch(map[string]any{"program": path, "console": "integratedTerminal", "cwd": dir})
			c.SetBreakpoints(path, 2, 3)
			c.Send("configurationDone", nil)
			p := terminal(t, c)
			c.Succeeds(launch, nil)
			c.ExpectStopped("breakpoint")
			tt.leave(c, a)
			a.exit()
			if tt.stays {
				if err := os.WriteFile(filepath.Join(dir, "enough"), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			code := p.exit()
			if ran := strings.Contains(p.stdout.String(), "let run"); ran != tt.stays || (code == 0) != tt.stays {
				t.Errorf("exit %d, stdout %q, stderr %q", code, p.stdout, p.stderr)
			}
		})
	}
}

func TestRunInTerminalFails(t *testing.T) {
	path := script(t, "print('shown')")
	t.Run("the client refuses", func(t *testing.T) {
		c, _ := adapter(t)
		initialize(c, "supportsRunInTerminalRequest")
		launch := c.Launch(map[string]any{"program": path, "console": "externalTerminal"})
		c.Send("configurationDone", nil)
		var args struct{ Kind string }
		request := c.ExpectRequest("runInTerminal", &args)
		if args.Kind != "external" {
			t.Errorf("kind %q", args.Kind)
		}
		c.Refuse(request, "no terminal here")
		if text := c.Fails(launch); !strings.Contains(text, "no terminal here") {
			t.Errorf("error %q", text)
		}
		c.Disconnect()
	})
	t.Run("the client cannot", func(t *testing.T) {
		c, _ := adapter(t)
		c.Start(map[string]any{"program": path, "console": "integratedTerminal"})
		c.ExpectOutput("console", "this client cannot run programs in a terminal")
		c.ExpectTerminated()
		c.ExpectOutput("stdout", "shown\n")
		c.Disconnect()
	})
	t.Run("a stranger calls", func(t *testing.T) {
		c, _ := adapter(t)
		initialize(c, "supportsRunInTerminalRequest")
		launch := c.Launch(map[string]any{"program": path, "console": "integratedTerminal"})
		c.Send("configurationDone", nil)
		var args struct{ Args []string }
		request := c.ExpectRequest("runInTerminal", &args)
		where := args.Args[len(args.Args)-2]
		conn, err := net.Dial("tcp", where)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		hello := `{"seq":1,"type":"request","command":"hello","arguments":{"token":"wrong"}}`
		fmt.Fprintf(conn, "Content-Length: %d\r\n\r\n%s", len(hello), hello)
		if _, err := bufio.NewReader(conn).ReadByte(); err != io.EOF {
			t.Errorf("a stranger was not hung up on: %v", err)
		}
		c.Refuse(request, "enough")
		c.Fails(launch)
		c.Disconnect()
	})
}

func TestStartDebugging(t *testing.T) {
	dir := t.TempDir()
	child := filepath.Join(dir, "child.lua")
	if err := os.WriteFile(child, []byte("local n = tonumber(arg[1])\nprint('child', n)\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	command := fmt.Sprintf("%s=1 '%s' run '%s' 7", asCommand, os.Args[0], child)
	path := script(t, fmt.Sprintf("local p = io.popen(%q)\nlocal text = p:read('*a')\np:close()\nprint('parent', text)", command))

	// A client that follows.
	c, _ := adapter(t)
	initialize(c, "supportsStartDebuggingRequest")
	launch := c.Launch(map[string]any{"program": path, "type": "lua", "allowRun": "sh"})
	c.SetBreakpoints(path, 4)
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	var args struct {
		Request       string
		Configuration map[string]any
	}
	request := c.ExpectRequest("startDebugging", &args)
	if args.Request != "attach" || args.Configuration["type"] != "lua" || args.Configuration["name"] != "child.lua" {
		t.Errorf("startDebugging %+v", args)
	}
	second, _ := adapter(t)
	second.Initialize()
	seq := second.Send("attach", args.Configuration)
	c.Reply(request, nil)
	second.SetBreakpoints(child, 2)
	second.ConfigurationDone()
	second.Succeeds(seq, nil)
	second.ExpectStoppedAt("breakpoint", 2)
	if n := second.Locals(1)["n"]; n != "7" {
		t.Errorf("n = %s", n)
	}
	second.Continue(1)
	second.ExpectTerminated()
	second.Disconnect()
	c.ExpectStoppedAt("breakpoint", 4)
	if text := c.Locals(1)["text"]; text != `"child\t7\n"` {
		t.Errorf("text = %s", text)
	}
	c.Disconnect()

	// A client that says no, and configurations that do not want it.
	for name, launch := range map[string]map[string]any{
		"refused":                  {"program": path, "allowRun": []string{"sh"}},
		"subProcess":               {"program": path, "subProcess": false, "allowRun": []string{"sh"}},
		"autoAttachChildProcesses": {"program": path, "autoAttachChildProcesses": false, "allowRun": []string{"sh"}},
		"noDebug":                  {"program": path, "noDebug": true, "allowRun": []string{"sh"}},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := adapter(t)
			initialize(c, "supportsStartDebuggingRequest")
			seq := c.Launch(launch)
			c.ConfigurationDone()
			c.Succeeds(seq, nil)
			if name == "refused" {
				c.Refuse(c.ExpectRequest("startDebugging", nil), "not now")
			}
			c.ExpectTerminated()
			c.ExpectOutput("stdout", "parent\tchild\t7\n")
			c.Disconnect()
		})
	}
}

func TestChildWithoutParent(t *testing.T) {
	path := script(t, "print('alone')")
	for _, parent := range []string{"nonsense", "127.0.0.1:1;token", "192.0.2.1:80;token"} {
		p := start(t, "", []string{dap.ParentVariable + "=" + parent}, "run", path)
		if code := p.exit(); code != 0 || p.stdout.String() != "alone\n" || p.stderr.String() != "" {
			t.Errorf("parent %q: exit %d, stdout %q, stderr %q", parent, code, p.stdout, p.stderr)
		}
	}
}
