package dap_test

import (
	"context"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/compile"
)

// game is a Go program that embeds gopher-lua and serves DAP.
type game struct {
	t      testing.TB
	server *dap.Server
	ln     net.Listener
	st     *runtime.State
	target *dap.Target
	cancel context.CancelFunc // ends the server
	done   chan error         // what the running script returned
	runs   sync.WaitGroup
}

// newGame starts the server, with one target "game".
func newGame(t testing.TB, opts dap.Options, targetOpts dap.TargetOptions) *game {
	t.Helper()
	checkLeaks(t)
	st, err := runtime.Adopt(lua.NewState(), runtime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	g := &game{t: t, server: dap.NewServer(opts), st: st, done: make(chan error, 1)}
	if g.target, err = g.server.Register("game", st, targetOpts); err != nil {
		t.Fatal(err)
	}
	if g.ln, err = dap.Listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	g.cancel = cancel
	served := make(chan error, 1)
	go func() { served <- g.server.Serve(ctx, g.ln) }()
	t.Cleanup(func() {
		g.target.Unregister()
		g.st.Cancel(nil)
		g.runs.Wait()
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		st.Close()
	})
	return g
}

// client connects to the game.
func (g *game) client() *client {
	g.t.Helper()
	conn, err := net.Dial("tcp", g.ln.Addr().String())
	if err != nil {
		g.t.Fatal(err)
	}
	return daptest.New(g.t, conn)
}

// run runs a file in the background.
func (g *game) run(path string) {
	g.do(func() error {
		_, err := g.st.DoFile(context.Background(), path)
		return err
	})
}

// do runs something in the background.
func (g *game) do(f func() error) { g.runs.Go(func() { g.done <- f() }) }

// ended waits for the end of the run.
func (g *game) ended() error {
	g.t.Helper()
	select {
	case err := <-g.done:
		return err
	case <-time.After(daptest.DefaultTimeout):
		g.t.Fatal("the script does not end")
		return nil
	}
}

// code is a copy of the instructions of all that is loaded.
func (g *game) code() map[*lua.FunctionProto][]uint32 {
	g.t.Helper()
	all := map[*lua.FunctionProto][]uint32{}
	if err := g.st.Do(context.Background(), func(*lua.LState) {
		g.st.EachProto(func(_ *compile.Function, p *lua.FunctionProto) { all[p] = slices.Clone(p.Code) })
	}); err != nil {
		g.t.Fatal(err)
	}
	return all
}

// call runs a global function of the game.
func (g *game) call(name string, args ...lua.LValue) {
	g.do(func() error {
		_, err := g.st.Call(context.Background(), g.st.L.GetGlobal(name), args...)
		return err
	})
}

// attach does all from initialize to the response to attach.
func attach(c *client, args map[string]any, path string, lines ...int) {
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

func loopScript(t testing.TB) string {
	return script(t,
		"n, stop = 0, false",
		"local function add(by)",
		"  n = n + by",
		"end",
		"while not stop do",
		"  add(1)",
		"end")
}

func TestAttachToRunningState(t *testing.T) {
	g := newGame(t, dap.Options{}, dap.TargetOptions{Program: "/games/space"})
	path := loopScript(t)
	g.run(path)
	pristine := g.code()
	for len(pristine) == 0 {
		pristine = g.code()
	}
	c := g.client()
	attach(c, map[string]any{}, path, 3)
	var process struct{ Name, StartMethod string }
	c.ExpectEvent("process", &process)
	equal(t, "process", process.Name+" "+process.StartMethod, "/games/space attach")
	c.ExpectStoppedAt("breakpoint", 3)
	equal(t, "by", c.Locals(1)["by"], "1")
	c.StepOut(1)
	c.ExpectStoppedAt("step", 5)
	c.SetBreakpoints(path)
	c.Continue(1)
	c.Pause(1)
	c.ExpectStopped("pause")
	c.SetBreakpoints(path, 3)
	c.Continue(1)
	c.ExpectStopped("breakpoint")
	c.Disconnect()

	// Nothing is left in the code, and the next client finds it running. Stubs
	// of traps stay behind the end of a function, where nothing jumps.
	for p, code := range g.code() {
		if was := pristine[p]; len(code) < len(was) || !slices.Equal(code[:len(was)], was) {
			t.Errorf("the code of the function in line %d is changed after disconnect: %x, was %x", p.LineDefined, code, pristine[p])
		}
	}
	c = g.client()
	attach(c, map[string]any{"target": "game", "pauseOnAttach": true}, path)
	stop := c.ExpectStopped("pause")
	c.Evaluate(c.Top(stop.ThreadId).Id, "stop = true", "repl")
	c.Disconnect()
	if err := g.ended(); err != nil {
		t.Error(err)
	}
}

func TestAttachToIdleState(t *testing.T) {
	g := newGame(t, dap.Options{}, dap.TargetOptions{})
	path := script(t, "function update(dt)", "  local twice = dt * 2", "  return twice", "end")
	g.run(path)
	if err := g.ended(); err != nil {
		t.Fatal(err)
	}
	c := g.client()
	attach(c, map[string]any{"stopOnEntry": true}, path, 3)
	g.call("update", lua.LNumber(4))
	c.ExpectStoppedAt("entry", 2)
	c.Continue(1)
	c.ExpectStoppedAt("breakpoint", 3)
	equal(t, "twice", c.Locals(1)["twice"], "8")
	equal(t, "loaded", c.LoadedSources()[0].Path, path)
	c.Continue(1)
	if err := g.ended(); err != nil {
		t.Fatal(err)
	}
	g.target.Unregister()
	c.ExpectTerminated()
	c.Disconnect()
}

func TestAttachErrors(t *testing.T) {
	t.Run("nothing registered", func(t *testing.T) {
		c := connect(t, dap.Options{})
		c.Initialize()
		contains(t, c.CallError("attach", map[string]any{}), "nothing to attach to")
		contains(t, c.CallError("attach", map[string]any{"connect": 5}), "connect must be an address")
		c.Disconnect()
	})
	g := newGame(t, dap.Options{AttachOnly: true}, dap.TargetOptions{})
	if _, err := g.server.Register("game", g.st, dap.TargetOptions{}); err == nil {
		t.Error("a second target of the same name")
	}
	if _, err := g.server.Register("", g.st, dap.TargetOptions{}); err == nil {
		t.Error("a target without a name")
	}
	other, err := g.server.Register("other", g.st, dap.TargetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	c := g.client()
	c.Initialize()
	contains(t, c.CallError("attach", map[string]any{}), `"game", "other"`)
	contains(t, c.CallError("attach", map[string]any{"target": "none"}), `this server has "game", "other"`)
	contains(t, c.CallError("launch", map[string]any{"program": "x.lua"}), "only lets clients attach")
	c.ConfigurationDone()
	c.Call("attach", map[string]any{"target": "game"}, nil)
	contains(t, c.CallError("attach", map[string]any{"target": "other"}), "already")
	contains(t, c.CallError("restart", nil), "cannot be restarted")

	second := g.client()
	second.Initialize()
	second.ConfigurationDone()
	contains(t, second.CallError("attach", map[string]any{"target": "game"}), "by another client")
	contains(t, second.CallError("attach", map[string]any{"target": "other"}), "attached already")
	c.Disconnect()
	second.Call("attach", map[string]any{"target": "game"}, nil)
	second.Disconnect()
	other.Unregister()
}

func TestLeavingAnAttachedState(t *testing.T) {
	ways := []struct {
		name  string
		leave func(*client)
		ends  bool
	}{
		{"disconnect", func(c *client) { c.Disconnect() }, false},
		{"vanish", func(c *client) { c.Close() }, false},
		{"garbage", func(c *client) { c.WriteRaw([]byte("x")); c.ExpectClosed() }, false},
		{"disconnect and terminate", func(c *client) {
			c.Call("disconnect", map[string]any{"terminateDebuggee": true}, nil)
		}, true},
		{"terminate", func(c *client) { c.Terminate(); c.ExpectTerminated(); c.Disconnect() }, true},
	}
	states := map[string][]string{
		"stopped":     {"while not stop do", "  n = 1", "end"},
		"in a pcall":  {"while not stop do pcall(function()", "  n = 1", "end) end"},
		"in a thread": {"coroutine.wrap(function() while not stop do", "  n = 1", "end end)()"},
	}
	for state, lines := range states {
		for _, way := range ways {
			t.Run(state+", "+way.name, func(t *testing.T) {
				g := newGame(t, dap.Options{}, dap.TargetOptions{})
				path := script(t, lines...)
				c := g.client()
				attach(c, nil, path, 2)
				g.run(path)
				c.ExpectStoppedAt("breakpoint", 2)
				way.leave(c)
				if way.ends {
					if err := g.ended(); err == nil || !strings.Contains(err.Error(), "cancelled") {
						t.Errorf("the script ended with %v", err)
					}
					return
				}
				// The server goes on, and so does the script.
				c = g.client()
				eventually(t, "the target is free", func() bool {
					c.Close()
					c = g.client()
					c.Initialize()
					c.ConfigurationDone()
					seq := c.Send("attach", map[string]any{"pauseOnAttach": true})
					return c.Response(seq).Success
				})
				stop := c.ExpectStopped("pause")
				c.Evaluate(c.Top(stop.ThreadId).Id, "stop = true", "repl")
				c.Disconnect()
				if err := g.ended(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// eventually waits until try succeeds.
func eventually(t testing.TB, what string, try func() bool) {
	t.Helper()
	for end := time.Now().Add(daptest.DefaultTimeout); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if try() {
			return
		}
	}
	t.Fatalf("not within %v: %s", daptest.DefaultTimeout, what)
}

// A stop that others end is over for the client too, which may wait for the next one.
func TestStopEndedByOthers(t *testing.T) {
	g := newGame(t, dap.Options{}, dap.TargetOptions{})
	path := script(t, "local n = 1", "done = n")
	c := g.client()
	attach(c, nil, path, 2)
	for range 2 {
		g.run(path)
		c.ExpectStoppedAt("breakpoint", 2)
		g.st.Cancel(nil)
		if err := g.ended(); err == nil || !strings.Contains(err.Error(), "cancelled") {
			t.Errorf("the script ended with %v", err)
		}
		var body struct{ AllThreadsContinued bool }
		c.ExpectEvent("continued", &body)
		equal(t, "allThreadsContinued", body.AllThreadsContinued, true)
	}
	c.Disconnect()
}

func TestSuspendDebuggee(t *testing.T) {
	g := newGame(t, dap.Options{}, dap.TargetOptions{})
	path := script(t, "local a = 1", "local b = a + 1", "done = b")
	c := g.client()
	attach(c, nil, path, 2)
	g.run(path)
	c.ExpectStoppedAt("breakpoint", 2)
	c.Call("disconnect", map[string]any{"suspendDebuggee": true}, nil)
	c.ExpectClosed()

	c = g.client()
	attach(c, nil, path, 3)
	c.ExpectStoppedAt("breakpoint", 2)
	equal(t, "a", c.Locals(1)["a"], "1")
	c.Continue(1)
	c.ExpectStoppedAt("breakpoint", 3)
	c.Call("disconnect", map[string]any{"suspendDebuggee": true}, nil)
	c.ExpectClosed()

	// Nobody comes any more: the program takes the target back.
	select {
	case err := <-g.done:
		t.Fatalf("a suspended script ran on: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	g.target.Unregister()
	if err := g.ended(); err != nil {
		t.Error(err)
	}
}

// A script that runs cannot be left stopped.
func TestSuspendWhileRunning(t *testing.T) {
	g := newGame(t, dap.Options{}, dap.TargetOptions{})
	path := loopScript(t)
	g.run(path)
	c := g.client()
	attach(c, nil, path)
	c.Call("disconnect", map[string]any{"suspendDebuggee": true}, nil)
	if err := g.st.Do(context.Background(), func(L *lua.LState) { L.SetGlobal("stop", lua.LTrue) }); err != nil {
		t.Fatal(err)
	}
	if err := g.ended(); err != nil {
		t.Error(err)
	}
}

func TestAttachNoDebug(t *testing.T) {
	g := newGame(t, dap.Options{}, dap.TargetOptions{})
	path := script(t, "x = 1", "x = 2")
	c := g.client()
	attach(c, map[string]any{"noDebug": true}, path, 2)
	g.run(path)
	if err := g.ended(); err != nil {
		t.Error(err)
	}
	contains(t, c.CallError("stackTrace", map[string]any{"threadId": 1}), "noDebug")
	c.Disconnect()
}

// What an embedding program calls through gopher-lua's own API can be debugged
// inside State.Run, and runs undisturbed outside.
func TestDirectCalls(t *testing.T) {
	g := newGame(t, dap.Options{}, dap.TargetOptions{})
	path := script(t, "function f(x)", "  return x + 1", "end", "function fails()", "  error('boom')", "end")
	g.run(path)
	if err := g.ended(); err != nil {
		t.Fatal(err)
	}
	c := g.client()
	attach(c, nil, path, 2)
	direct := func(L *lua.LState) error {
		return L.CallByParam(lua.P{Fn: L.GetGlobal("f"), NRet: 1, Protect: true}, lua.LNumber(1))
	}
	if err := direct(g.st.L); err != nil { // passes the breakpoint
		t.Fatal(err)
	}
	g.do(func() error { return g.st.Run(context.Background(), direct) })
	c.ExpectStoppedAt("breakpoint", 2)
	c.Continue(1)
	if err := g.ended(); err != nil {
		t.Fatal(err)
	}
	g.do(func() error {
		return g.st.Run(context.Background(), func(L *lua.LState) error {
			if err := L.CallByParam(lua.P{Fn: L.GetGlobal("fails"), Protect: true}); err == nil || !strings.Contains(err.Error(), "boom") {
				t.Errorf("error %v", err)
			}
			return L.DoString("return f(2)") // compiled by gopher-lua, which calls what was loaded here
		})
	})
	c.ExpectStoppedAt("breakpoint", 2)
	if stack := c.StackTrace(1); len(stack) < 2 || stack[0].Name != "f" || stack[1].Line != 0 {
		t.Errorf("stack %+v", stack)
	}
	c.Terminate()
	c.ExpectTerminated()
	if err := g.ended(); err == nil || !strings.Contains(err.Error(), "cancelled") {
		t.Errorf("after terminate: %v", err)
	}
	c.Disconnect()
}

func TestAttachToKernelSession(t *testing.T) {
	g := newGame(t, dap.Options{}, dap.TargetOptions{})
	var out strings.Builder
	tap := dap.NewTap(&out)
	s, err := kernel.NewSession(kernel.Config{Stdout: tap})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	path := script(t, "print('one')", "print('two')")
	target, err := g.server.Register("script", s.State(), dap.TargetOptions{Program: path, Dir: filepath.Dir(path), Stdout: tap})
	if err != nil {
		t.Fatal(err)
	}
	c := g.client()
	attach(c, map[string]any{"target": "script"}, path, 2)
	<-target.Ready()
	g.do(func() error {
		_, err := s.RunFile(context.Background(), path, nil)
		return err
	})
	c.ExpectStoppedAt("breakpoint", 2)
	c.ExpectOutput("stdout", "one\n")
	c.Continue(1)
	if err := g.ended(); err != nil {
		t.Error(err)
	}
	target.Exit(3)
	var exited struct{ ExitCode int }
	c.ExpectEvent("exited", &exited)
	equal(t, "exit code", exited.ExitCode, 3)
	c.ExpectTerminated()
	c.ExpectOutput("stdout", "two\n")
	equal(t, "the program's own output", out.String(), "one\ntwo\n")
	c.Disconnect()
}

// A launched script can be let run on.
func TestDisconnectWithoutTerminating(t *testing.T) {
	dir := t.TempDir()
	path := scriptIn(t, dir, "main.lua", "local x = 1", "io.open(arg[1], 'w'):close()")
	mark := filepath.Join(dir, "mark")
	c := connect(t, dap.Options{})
	c.Start(map[string]any{"program": path, "args": []string{mark}}, 2)
	c.ExpectStopped("breakpoint")
	c.Call("disconnect", map[string]any{"terminateDebuggee": false}, nil)
	c.ExpectClosed()
	eventually(t, "the script ran on", func() bool {
		found, _ := filepath.Glob(mark)
		return len(found) == 1
	})
}

func TestSessionsAreIsolated(t *testing.T) {
	g := newGame(t, dap.Options{}, dap.TargetOptions{})
	path := script(t, "local n = tonumber(arg[1])", "n = n + 1", "n = n * 2", "print(n)")
	a, b := g.client(), g.client()
	a.Start(map[string]any{"program": path, "args": []string{"1"}}, 2)
	b.Start(map[string]any{"program": path, "args": []string{"10"}}, 3)
	a.ExpectStoppedAt("breakpoint", 2)
	b.ExpectStoppedAt("breakpoint", 3)
	equal(t, "n of a", a.Locals(1)["n"], "1")
	equal(t, "n of b", b.Locals(1)["n"], "11")
	a.Next(1)
	a.ExpectStoppedAt("step", 3)
	b.Continue(1)
	b.ExpectTerminated()
	b.ExpectOutput("stdout", "22\n")
	equal(t, "n of a, still stopped", a.Locals(1)["n"], "2")
	b.Disconnect()
	a.Continue(1)
	a.ExpectTerminated()
	a.ExpectOutput("stdout", "4\n")
	equal(t, "output of a", a.Output("stdout"), "4\n")
	a.Disconnect()
}
