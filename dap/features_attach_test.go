package dap_test

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
	"github.com/llmspell/llmspell/kernel"
)

// attachFeatures debug what runs elsewhere.
func attachFeatures() []feature {
	return []feature{
		{"attach", "Clients attach to a program's Lua state: one leaves it stopped, the next takes over, the last ends the script.", attachToTarget},
		{"bridge", "A server attaches to another one, and passes on what both sides say.", bridgeToServer},
		{"run in terminal", "The client runs the script in its terminal, where it calls back.", runInTerminal},
		{"child session", "A script that the script runs becomes a session of its own.", childSession},
	}
}

func attachToTarget(s *stage) {
	path := s.file("script.lua", "local n = 0", "while not stop do", "  n = n + 1", "end")
	g := newGame(s, dap.Options{AttachOnly: true}, dap.TargetOptions{Program: path})
	g.run(path)
	c := s.keep(g.client())
	attach(c, map[string]any{"target": "game"}, path, 3)
	c.ExpectStoppedAt("breakpoint", 3)
	c.CallError("restart", nil)
	c.Call("disconnect", map[string]any{"suspendDebuggee": true}, nil)
	c.ExpectClosed()

	c = s.keep(g.client())
	attach(c, map[string]any{}, path)
	c.ExpectStoppedAt("breakpoint", 3)
	c.SetBreakpoints(path, 3)
	c.Continue(1)
	c.ExpectStoppedAt("breakpoint", 3)
	c.Disconnect() // runs on

	c = s.keep(g.client())
	attach(c, map[string]any{"pauseOnAttach": true}, path)
	c.ExpectStopped("pause")
	c.Call("disconnect", map[string]any{"terminateDebuggee": true}, nil)
	c.ExpectClosed()
	if err := g.ended(); err == nil {
		s.Error("the script was not ended")
	}
}

func bridgeToServer(s *stage) {
	path := s.file("script.lua", "for i = 1, 3 do", "  print(i)", "end")
	g := newGame(s, dap.Options{}, dap.TargetOptions{Program: path})
	c := s.client()
	attach(c, map[string]any{"connect": g.address()}, path, 2)
	g.run(path)
	c.ExpectStoppedAt("breakpoint", 2)
	c.SetBreakpoints(path)
	c.Next(1)
	c.ExpectStopped("step")
	c.Disconnect()
	if err := g.ended(); err != nil {
		s.Error(err)
	}
}

func runInTerminal(s *stage) {
	path := s.file("script.lua", "print('in the terminal')")
	c := s.keep(connect(s, dap.Options{RunCommand: []string{"llmspell", "run"}}))
	args := daptest.InitializeArguments()
	args["supportsRunInTerminalRequest"] = true
	c.InitializeWith(args)
	launch := c.Launch(with(path, "console", "integratedTerminal", "cwd", s.dir))
	c.SetBreakpoints(path, 1)
	done := c.Send("configurationDone", nil)
	var asked struct {
		Kind, Cwd string
		Args      []string
		Env       map[string]string
	}
	request := c.ExpectRequest("runInTerminal", &asked)
	equal(s, "kind", asked.Kind, "integrated")
	address := ""
	for i, arg := range asked.Args {
		if arg == "--debug-connect" {
			address = asked.Args[i+1]
		}
	}
	// What the script in the terminal does.
	g := newGame(s, dap.Options{AttachOnly: true}, dap.TargetOptions{Program: path})
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- g.server.ServeCallback(ctx, address, asked.Env[dap.CallbackVariable]) }()
	s.Cleanup(func() {
		cancel()
		<-served
	})
	c.Reply(request, map[string]any{"processId": os.Getpid()})
	c.Succeeds(done, nil)
	c.Succeeds(launch, nil)
	select {
	case <-g.target.Ready():
	case <-time.After(daptest.DefaultTimeout):
		s.Fatal("nobody has attached")
	}
	g.run(path)
	c.ExpectStoppedAt("breakpoint", 1)
	c.Continue(1)
	if err := g.ended(); err != nil {
		s.Error(err)
	}
	g.target.Exit(0)
	c.ExpectExited(0)
	c.ExpectTerminated()
	c.Disconnect()
}

func childSession(s *stage) {
	path := s.file("script.lua", "while not done do end")
	parent := make(chan string, 1)
	c := s.keep(connect(s, dap.Options{NewSession: func(cfg kernel.Config) (*kernel.Session, error) {
		if v := cfg.Env[dap.ParentVariable]; v != nil {
			parent <- *v
		}
		return kernel.NewSession(cfg)
	}}))
	args := daptest.InitializeArguments()
	args["supportsStartDebuggingRequest"] = true
	c.InitializeWith(args)
	launch := c.Launch(with(path, "type", "llmspell"))
	c.ConfigurationDone()
	c.Succeeds(launch, nil)
	c.ExpectEvent("module", nil)
	// What a script does that this one runs.
	g := newGame(s, dap.Options{}, dap.TargetOptions{})
	announced := make(chan error, 1)
	go func() {
		announced <- dap.Announce(context.Background(), <-parent, s.dir+"/child.lua", g.address(), strings.Repeat("0123456789abcdef", 4))
	}()
	var asked struct {
		Request       string
		Configuration map[string]any
	}
	request := c.ExpectRequest("startDebugging", &asked)
	equal(s, "request", asked.Request, "attach")
	equal[any](s, "where", asked.Configuration["connect"], g.address())
	c.Reply(request, map[string]any{})
	if err := <-announced; err != nil {
		s.Error(err)
	}
	c.Terminate()
	c.ExpectEvent("exited", nil)
	c.ExpectTerminated()
	c.Disconnect()
}
