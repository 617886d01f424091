package cli

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	godap "github.com/google/go-dap"
	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
	luaruntime "github.com/llmspell/llmspell/runtime"
)

// transport is a way in which a client reaches a script. With attach, the
// client attaches with these arguments; otherwise it launches the script.
type transport struct {
	name string
	open func(t *testing.T, path string) (c *daptest.Client, attach map[string]any)
}

// TestTransports plays one and the same session over each transport.
func TestTransports(t *testing.T) {
	listen := func(spec string) func(*testing.T, string) (*daptest.Client, map[string]any) {
		return func(t *testing.T, _ string) (*daptest.Client, map[string]any) {
			p := start(t, "", nil, "dap", "--listen", inTempDir(t, spec))
			return dial(t, address(t, p.stdout)), nil
		}
	}
	runs := func(spec string) func(*testing.T, string) (*daptest.Client, map[string]any) {
		return func(t *testing.T, path string) (*daptest.Client, map[string]any) {
			p := start(t, "", nil, "run", "--debug-listen", inTempDir(t, spec), "--debug-wait", path)
			return dial(t, address(t, p.stderr)), map[string]any{}
		}
	}
	for _, tr := range []transport{
		{"stdio", func(t *testing.T, _ string) (*daptest.Client, map[string]any) {
			c, _ := adapter(t)
			return c, nil
		}},
		{"TCP", listen("127.0.0.1:0")},
		{"unix socket", listen("unix:dap.sock")},
		{"client address", calledBack},
		{"attach over TCP", runs("127.0.0.1:0")},
		{"attach over a unix socket", runs("unix:run.sock")},
		{"attach through stdio", func(t *testing.T, path string) (*daptest.Client, map[string]any) {
			p := start(t, "", nil, "run", "--debug-listen", "127.0.0.1:0", "--debug-wait", path)
			c, _ := adapter(t)
			return c, map[string]any{"connect": address(t, p.stderr)}
		}},
		{"attach to an embedding program", embedded},
	} {
		t.Run(tr.name, func(t *testing.T) {
			path := script(t, strings.Join(pipelineScript, "\n"))
			c, attach := tr.open(t, path)
			pipelineSession(t, c, path, attach)
		})
	}
}

// inTempDir completes the path of a socket.
func inTempDir(t *testing.T, spec string) string {
	if path, ok := strings.CutPrefix(spec, "unix:"); ok {
		return "unix:" + filepath.Join(t.TempDir(), "private", path)
	}
	return spec
}

// calledBack has the server dial the client.
func calledBack(t *testing.T, _ string) (*daptest.Client, map[string]any) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	start(t, "", nil, "dap", "--client-addr", ln.Addr().String())
	if err := ln.(*net.TCPListener).SetDeadline(time.Now().Add(daptest.DefaultTimeout)); err != nil {
		t.Fatal(err)
	}
	conn, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return daptest.New(t, conn), nil
}

// embedded is a Go program of its own, which runs the script once a client has
// attached.
func embedded(t *testing.T, path string) (*daptest.Client, map[string]any) {
	st, err := luaruntime.Adopt(lua.NewState(), luaruntime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := dap.NewServer(dap.Options{AttachOnly: true})
	target, err := server.Register("program", st, dap.TargetOptions{Program: path})
	if err != nil {
		t.Fatal(err)
	}
	mine, theirs := net.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	served, ran := make(chan error, 1), make(chan struct{})
	go func() { served <- server.ServeConn(ctx, theirs) }()
	go func() {
		defer close(ran)
		select {
		case <-target.Ready():
			_, err := st.DoFile(ctx, path)
			target.Exit(exitCodeOf(err))
		case <-ctx.Done():
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-ran
		<-served
		st.Close()
	})
	return daptest.New(t, mine), map[string]any{"target": "program"}
}

// exitCodeOf is what llmspell run would exit with.
func exitCodeOf(err error) int {
	if e, ok := errors.AsType[*luaruntime.Error](err); ok {
		return e.ExitCode()
	}
	return 0
}

// pipelineScript is a pipeline of two coroutines, an error that is caught, and
// one that is not.
var pipelineScript = []string{
	"local function numbers(n)",            // 1
	"  return coroutine.wrap(function()",   // 2
	"    for i = 1, n do",                  // 3
	"      coroutine.yield(i)",             // 4
	"    end",                              // 5
	"  end)",                               // 6
	"end",                                  // 7
	"local function squares(source)",       // 8
	"  return coroutine.wrap(function()",   // 9
	"    for i in source do",               // 10
	"      coroutine.yield(i * i)",         // 11
	"    end",                              // 12
	"  end)",                               // 13
	"end",                                  // 14
	"local total, bonus = 0, 0",            // 15
	"for square in squares(numbers(4)) do", // 16
	"  total = total + square",             // 17
	"end",                                  // 18
	"local ok, err = pcall(function()",     // 19
	"  error({code = 5})",                  // 20
	"end)",                                 // 21
	"print('total', total + bonus, ok, err.code)", // 22
	"local missing",        // 23
	"return missing.field", // 24
}

// pipelineSession is the session. A script that was attached to is not always
// one that can be restarted; then the session ends with its first run.
func pipelineSession(t *testing.T, c *daptest.Client, path string, attach map[string]any) {
	caps := c.Initialize()
	command, args := "launch", map[string]any{"program": path}
	if attach != nil {
		command, args = "attach", attach
	}
	begun := c.Send(command, args)
	set := c.SetSourceBreakpoints(godap.Source{Path: path},
		godap.SourceBreakpoint{Line: 17, Condition: "square == 9"}, godap.SourceBreakpoint{Line: 22, HitCondition: "==1"})
	if !set[0].Verified || !set[1].Verified {
		t.Errorf("breakpoints %+v", set)
	}
	c.SetExceptionBreakpoints("caught", "uncaught")
	c.ConfigurationDone()
	c.Succeeds(begun, nil)

	expectAt(t, c, "breakpoint", 17)
	expectValue(t, c, "total", "5")
	c.Next(1)
	expectAt(t, c, "step", 16)
	c.StepIn(1)
	thread := expectAt(t, c, "step", 10)
	c.StepIn(thread)
	inner := expectAt(t, c, "step", 3)
	if threads := c.Threads(); thread == 1 || inner == thread || len(threads) != 3 {
		t.Errorf("threads %d and %d of %v", thread, inner, threads)
	}
	c.Next(inner)
	inner = expectAt(t, c, "step", 4)
	c.StepOut(inner)
	c.ExpectStopped("step")
	c.Continue(1)

	stop := expectAt(t, c, "exception", 20)
	if info := c.ExceptionInfo(stop); info.BreakMode != "always" {
		t.Errorf("a caught error: %+v", info)
	}
	c.Continue(1)
	expectAt(t, c, "breakpoint", 22)
	c.SetVariable(c.Scope(c.Top(1).Id, "Locals").VariablesReference, "bonus", "total * 10")
	expectValue(t, c, "bonus", "300")
	c.Continue(1)
	expectAt(t, c, "exception", 24)
	if info := c.ExceptionInfo(1); info.BreakMode != "unhandled" {
		t.Errorf("an uncaught error: %+v", info)
	}
	if command == "launch" {
		c.ExpectOutput("stdout", "total\t330\tfalse\t5\n")
	}
	if canRestart(t, c, caps) {
		c.Call("restart", nil, nil)
		expectAt(t, c, "breakpoint", 17)
		expectValue(t, c, "bonus", "0")
		c.SetBreakpoints(path)
		c.SetExceptionBreakpoints()
	}
	c.Continue(1)
	c.ExpectExited(1)
	c.ExpectTerminated()
	c.Disconnect()
}

// canRestart tells what the server has last said of it.
func canRestart(t *testing.T, c *daptest.Client, caps godap.Capabilities) bool {
	can := caps.SupportsRestartRequest
	for _, m := range c.Received("capabilities") {
		var body struct {
			Capabilities struct{ SupportsRestartRequest *bool }
		}
		if err := json.Unmarshal(m.Body, &body); err != nil {
			t.Fatal(err)
		}
		if now := body.Capabilities.SupportsRestartRequest; now != nil {
			can = *now
		}
	}
	return can
}

// expectAt waits for a stop in a line of the innermost Lua frame.
func expectAt(t *testing.T, c *daptest.Client, reason string, line int) (thread int) {
	t.Helper()
	thread = c.ExpectStopped(reason).ThreadId
	for _, f := range c.StackTrace(thread) {
		if f.Line > 0 {
			if f.Line != line {
				t.Fatalf("stopped in line %d, want %d", f.Line, line)
			}
			return thread
		}
	}
	t.Fatal("no frame has a line")
	return 0
}

func expectValue(t *testing.T, c *daptest.Client, name, want string) {
	t.Helper()
	if got := c.Evaluate(c.Top(1).Id, name, "watch").Result; got != want {
		t.Errorf("%s is %s, want %s", name, got, want)
	}
}
