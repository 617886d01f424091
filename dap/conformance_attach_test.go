package dap_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
	"github.com/llmspell/llmspell/runtime"
)

// driveAttached goes through what only an attached client can do.
func driveAttached(t *testing.T, d *driven) {
	g := newGame(t, dap.Options{}, dap.TargetOptions{})
	path := script(t, "local a = 1", "local b = a + 1", "while true do b = a end")
	c := g.client()
	attach(c, nil, path, 2)
	g.run(path)
	c.ExpectStoppedAt("breakpoint", 2)
	c.Call("disconnect", map[string]any{"suspendDebuggee": true}, nil)
	c.ExpectClosed()
	d.note(c)

	c = g.client()
	attach(c, nil, path)
	c.ExpectStoppedAt("breakpoint", 2)
	c.Continue(1)
	c.Call("disconnect", map[string]any{"terminateDebuggee": true}, nil)
	if g.ended() == nil {
		t.Error("the script has not been ended")
	}
	d.shown(t, "supportSuspendDebuggee", "supportTerminateDebuggee")
	d.note(c)
}

// driveTerminal plays both the client that has a terminal and the script that
// runs in it.
func driveTerminal(t *testing.T, d *driven) {
	path := script(t, "local a = 1", "print(a)")
	c := connect(t, dap.Options{RunCommand: []string{"llmspell", "run"}})
	c.InitializeWith(clientThat("supportsRunInTerminalRequest"))
	launch := c.Launch(map[string]any{"program": path, "console": "integratedTerminal"})
	c.SetBreakpoints(path, 2)
	done := c.Send("configurationDone", nil)
	var asked struct {
		Args []string
		Env  map[string]string
	}
	request := c.ExpectRequest("runInTerminal", &asked)
	address := asked.Args[slices.Index(asked.Args, "--debug-connect")+1]
	c.Reply(request, map[string]any{})

	st, err := runtime.Adopt(lua.NewState(), runtime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	child := dap.NewServer(dap.Options{AttachOnly: true})
	target, err := child.Register("script", st, dap.TargetOptions{Program: path})
	if err != nil {
		t.Fatal(err)
	}
	var goroutines sync.WaitGroup
	goroutines.Go(func() {
		if err := child.ServeCallback(context.Background(), address, asked.Env[dap.CallbackVariable]); err != nil {
			t.Error(err)
		}
	})
	goroutines.Go(func() {
		<-target.Ready()
		if _, err := st.DoFile(context.Background(), path); err != nil {
			t.Error(err)
		}
		target.Exit(0)
	})
	c.Succeeds(launch, nil)
	c.Succeeds(done, nil)
	c.ExpectStoppedAt("breakpoint", 2)
	c.Continue(1)
	c.ExpectTerminated()
	c.Disconnect()
	goroutines.Wait()
	d.note(c)
}

// driveChild plays a script that the debugged script runs.
func driveChild(t *testing.T, d *driven) {
	path := script(t, "print(os.getenv('"+dap.ParentVariable+"'))", "while true do end")
	c := connect(t, dap.Options{})
	c.InitializeWith(clientThat("supportsStartDebuggingRequest"))
	launch := c.Launch(program(path))
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	c.ExpectOutput("stdout", "\n")
	announced := make(chan error, 1)
	go func() {
		parent := strings.TrimSpace(c.Output("stdout"))
		announced <- dap.Announce(context.Background(), parent, "/child.lua", "127.0.0.1:1", dap.NewToken())
	}()
	c.Reply(c.ExpectRequest("startDebugging", nil), nil)
	if err := <-announced; err != nil {
		t.Error(err)
	}
	c.Disconnect()
	d.note(c)
}

// clientThat makes the initialize arguments of a client that can do more.
func clientThat(flags ...string) map[string]any {
	args := daptest.InitializeArguments()
	for _, flag := range flags {
		args[flag] = true
	}
	return args
}
