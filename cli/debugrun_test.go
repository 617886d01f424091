package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
)

// process is a run of the command in a process of its own.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *syncBuffer
	stderr *syncBuffer
	exited chan struct{}
}

// syncBuffer is a buffer that a test reads while a process writes.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// environment makes the test program the command. Built with the race detector
// it would sleep a second before it ends.
func environment() []string { return append(os.Environ(), asCommand+"=1", "GORACE=atexit_sleep_ms=0") }

// start runs the command. env is added to the environment.
func start(t *testing.T, dir string, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(os.Args[0], args...), stdout: &syncBuffer{}, stderr: &syncBuffer{}, exited: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env = dir, append(environment(), env...)
	p.cmd.Stdout, p.cmd.Stderr = p.stdout, p.stderr
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.exited)
		_ = p.cmd.Wait()
	}()
	t.Cleanup(func() {
		p.stdin.Close()
		_ = p.cmd.Process.Kill()
		<-p.exited
	})
	return p
}

// exit waits for the end and returns the exit code.
func (p *process) exit() int {
	p.t.Helper()
	select {
	case <-p.exited:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(daptest.DefaultTimeout):
		p.t.Fatalf("the process does not end; stdout %q, stderr %q", p.stdout, p.stderr)
		return 0
	}
}

// address waits for the line that says where the server listens.
func address(t *testing.T, out *syncBuffer) string {
	t.Helper()
	for end := time.Now().Add(daptest.DefaultTimeout); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		_, rest, ok := strings.Cut(out.String(), "DAP server listening at: ")
		if line, _, whole := strings.Cut(rest, "\n"); ok && whole {
			return line
		}
	}
	t.Fatalf("no address in %q", out)
	return ""
}

func dial(t *testing.T, address string) *daptest.Client {
	t.Helper()
	conn, err := dap.Dial(context.Background(), address)
	if err != nil {
		t.Fatal(err)
	}
	return daptest.New(t, conn)
}

// attach does all from initialize to the response to attach.
func attach(c *daptest.Client, args map[string]any, path string, lines ...int) {
	c.Initialize()
	if args == nil {
		args = map[string]any{}
	}
	seq := c.Send("attach", args)
	if len(lines) > 0 {
		c.SetBreakpoints(path, lines...)
	}
	c.ConfigurationDone()
	c.Succeeds(seq, nil)
}

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

// adapter is llmspell dap on stdio.
func adapter(t *testing.T, args ...string) (*daptest.Client, *process) {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(os.Args[0], append([]string{"dap"}, args...)...), stderr: &syncBuffer{}, exited: make(chan struct{})}
	p.cmd.Env = environment()
	p.cmd.Stderr = p.stderr
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.exited
	})
	c := daptest.New(t, &pipe{stdout, stdin, read})
	go func() {
		defer close(p.exited)
		<-read // Wait closes stdout
		_ = p.cmd.Wait()
	}()
	return c, p
}

// pipe is a process's streams as one connection.
type pipe struct {
	io.ReadCloser
	io.WriteCloser
	ended chan struct{} // closed at the end of the output
}

func (p *pipe) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	if err != nil {
		select {
		case <-p.ended:
		default:
			close(p.ended)
		}
	}
	return n, err
}

func (p *pipe) Close() error { return p.WriteCloser.Close() }

// An editor that dies takes its adapter with it, and the script.
func TestStdioServerEndsWithItsClient(t *testing.T) {
	path := script(t, "local x = 1\nprint('never')")
	c, p := adapter(t)
	c.Start(map[string]any{"program": path}, 2)
	c.ExpectStopped("breakpoint")
	begin := time.Now()
	c.Close()
	p.exit()
	if took := time.Since(begin); took > time.Second {
		t.Errorf("the process took %v to end", took)
	}
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
	launch := c.Launch(map[string]any{"program": path, "type": "lua"})
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
		"refused":                  {"program": path},
		"subProcess":               {"program": path, "subProcess": false},
		"autoAttachChildProcesses": {"program": path, "autoAttachChildProcesses": false},
		"noDebug":                  {"program": path, "noDebug": true},
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

func TestClientAddr(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	p := start(t, "", nil, "dap", "--client-addr", ln.Addr().String())
	conn, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	path := script(t, "print('hello')")
	c := daptest.New(t, conn)
	c.Start(map[string]any{"program": path})
	c.ExpectTerminated()
	c.Disconnect()
	if code := p.exit(); code != 0 {
		t.Errorf("exit %d, %s", code, p.stderr)
	}
}

func TestServeFlags(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := file("good", "0123456789abcdef0123456789abcdef\n", 0o600)
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"dap", "--listen", ":0", "--client-addr", ":1"}, "exclude each other"},
		{[]string{"dap", "--allow-remote"}, "need --listen or --client-addr"},
		{[]string{"dap", "--listen", "0.0.0.0:0"}, "refused to listen"},
		{[]string{"dap", "--listen", "0.0.0.0:0", "--token-file", good}, "refused to listen"},
		{[]string{"dap", "--listen", "0.0.0.0:0", "--allow-remote"}, "needs a token"},
		{[]string{"dap", "--client-addr", "192.0.2.1:80"}, "refused to connect"},
		{[]string{"dap", "--client-addr", "nonsense"}, "want 127.0.0.1:PORT"},
		{[]string{"dap", "--listen", ":0", "--token-file", file("open", "0123456789abcdef0123456789abcdef", 0o644)}, "open to other users"},
		{[]string{"dap", "--listen", ":0", "--token-file", file("weak", "secret", 0o600)}, "too weak"},
		{[]string{"dap", "--listen", ":0", "--token-file", file("empty", "", 0o600)}, "is empty"},
		{[]string{"dap", "--listen", ":0", "--token-file", filepath.Join(dir, "none")}, "read the token"},
		{[]string{"run", "--debug-wait", "x.lua"}, "--debug-wait needs --debug-listen"},
		{[]string{"run", "--debug-listen", "0.0.0.0:0", "x.lua"}, "refused to listen"},
		{[]string{"run", "--debug-listen", ":0", "--debug-connect", ":1", "x.lua"}, "exclude each other"},
		{[]string{"run", "--debug-listen", ":0", "--coverage", "lcov:x", "x.lua"}, "cannot be had while debugging"},
	}
	for _, tt := range tests {
		if code, _, errs := call(t, "", tt.args...); code != exitUsage || !strings.Contains(errs, tt.want) {
			t.Errorf("%v: exit %d, stderr %q, want %q", tt.args, code, errs, tt.want)
		}
	}
}

// A server for other machines serves those who know the token.
func TestAllowRemote(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte(strings.Repeat("0123456789abcdef", 4)), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, "", nil, "dap", "--listen", "0.0.0.0:0", "--allow-remote", "--token-file", token)
	_, port, err := net.SplitHostPort(address(t, p.stdout))
	if err != nil {
		t.Fatal(err)
	}
	path := script(t, "print('hello')")
	c := dial(t, "127.0.0.1:"+port)
	c.Call("initialize", daptest.InitializeArguments(), nil)
	if text := c.CallError("launch", map[string]any{"program": path, "token": "wrong"}); !strings.Contains(text, "wrong token") {
		t.Errorf("error %q", text)
	}
	c.ExpectClosed()
	if out := c.Events(); len(out) != 0 {
		t.Errorf("events for a client that is not let in: %v", out)
	}
	// The right token is not heard before the wait is over.
	args := daptest.InitializeArguments()
	args["token"] = strings.Repeat("0123456789abcdef", 4)
	begin := time.Now()
	for end := begin.Add(daptest.DefaultTimeout); ; {
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		_, err = conn.Read(make([]byte, 1))
		conn.Close()
		if err, ok := errors.AsType[net.Error](err); ok && err.Timeout() {
			break // it listens
		}
		if time.Now().After(end) {
			t.Fatal("the server never listens again")
		}
		time.Sleep(20 * time.Millisecond)
	}
	if took := time.Since(begin); took < 800*time.Millisecond {
		t.Errorf("the server listens again after %v", took)
	}
	c = dial(t, "127.0.0.1:"+port)
	c.InitializeWith(args)
	launch := c.Launch(map[string]any{"program": path})
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	c.ExpectOutput("stdout", "hello\n")
	c.ExpectTerminated()
	c.Disconnect()
}
