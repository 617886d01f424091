package kernel

import (
	"context"
	"time"

	lua "github.com/yuin/gopher-lua"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/llmspell/llmspell/kernel/globals"
	"github.com/llmspell/llmspell/kernel/state"
	"github.com/llmspell/llmspell/tools"
)

// install defines llmspell's globals.
func (s *Session) install() {
	s.hooks.WaitWith(s.wait)
	s.installTools()
	s.installScripting()
	s.installConfig()
	s.installState()
	s.installSession()
	globals.InstallMemory(s.state.L, s.cfg.Services.Memory, s.env())
	globals.InstallContext(s.state.L, s.cfg.Services.Contexts, s.env())
	globals.InstallRAG(s.state.L, s.cfg.Services.Library, s.env())
	globals.InstallHook(s.state.L, s.env())
	globals.InstallEvent(s.state.L, s.env())
}

// env is what most globals need of the session.
func (s *Session) env() globals.Env {
	return globals.Env{
		Context:    s.state.RunContext,
		Sandbox:    s.box,
		Raise:      s.state.Raise,
		Await:      s.state.Await,
		Hooks:      s.hooks,
		Events:     s.cfg.Services.Events,
		Session:    s.cfg.ID,
		Current:    &s.current,
		StateScope: s.cfg.stateScope,
		Protected:  s.protected,
		HookTime:   time.Duration(s.configured().Config.Hooks.TimeoutMs) * time.Millisecond,
		Callable:   func() bool { return s.state.Executing() && !s.state.Ending() },
		Debugged:   s.state.Hooked,
		Wake:       s.state.Wake,
		Serve:      s.state.Serve,
		SafePoint:  func(L *lua.LState) { s.state.Host().Charge(L, 0) },
		OnClose:    func(f func()) { s.closers = append(s.closers, f) },
	}
}

// installState defines State.
func (s *Session) installState() {
	view := state.ViewOptions{Hooks: s.hooks, Changed: s.stateChanged}
	if s.record != nil {
		view.Guard = s.stateGuard
	}
	globals.InstallState(s.state.L, s.cfg.Services.State, view, s.env())
}

// installConfig defines Config.
func (s *Session) installConfig() {
	globals.InstallConfig(s.state.L, globals.ConfigEnv{Host: s.state.Host(), Loaded: s.configured(), Sandbox: s.box})
}

// installScripting defines what needs nothing but the Lua state.
func (s *Session) installScripting() {
	L, host := s.state.L, s.state.Host()
	globals.InstallJSON(L, host)
	s.closeDebug = globals.InstallDebug(L, globals.DebugEnv{State: s.state, Shown: s.shown()})
	globals.InstallStreaming(L, s.state)
	globals.InstallUtils(L, host)
}

// shown tells which of a script's messages go to its stderr: those that the log
// would take for the component "script". Without a log it is up to Debug.
func (s *Session) shown() func(globals.DebugLevel) bool {
	if s.cfg.Log == nil {
		return nil
	}
	log := s.cfg.Log.Named("script")
	return func(level globals.DebugLevel) bool {
		zl := max(zapcore.DebugLevel, zapcore.Level(level)-zapcore.Level(globals.DebugInfo))
		return log.Check(zl, "") != nil
	}
}

// grace is how long a tool may take to return when the script is interrupted:
// all of it has 50 ms.
const grace = 25 * time.Millisecond

func (s *Session) installTools() {
	reg, options := tools.Builtin(), tools.Options{}
	if s.cfg.Tools != nil {
		reg = s.cfg.Tools.Layer() // tools that scripts register are the session's own
	}
	if c := s.cfg.Configuration; c != nil {
		options = ToolOptions(c.Config)
		if !c.Config.Tools.Enabled {
			reg = tools.NewRegistry()
		}
	}
	s.tools = reg
	options.Grace = grace
	options.Panicked = func(name string, value any, stack []byte) {
		s.log.Error("a tool panicked", zap.String("tool", name), zap.Any("panic", value), zap.ByteString("stack", stack))
	}
	s.tools, options.Grace = reg, grace
	options.Hooks = append(options.Hooks, append(s.traceHooks(), s.journalHooks()...)...)
	options.Hooks = append(options.Hooks, toolEvents(s.cfg.Services.Events, s.publishing), ToolHook(s.hooks, "lua"))
	inv := tools.NewInvoker(reg, options)
	s.releaseTools = s.cfg.Services.Tools.Add(inv)
	env := s.env()
	env.Context = s.runContext()
	env.Called = s.state.HostCall
	globals.InstallTool(s.state.L, reg, inv, env)
	s.state.SetHostNames(globals.HostNames(reg))
}

// wait waits on the goroutine that runs Lua, where clients are answered meanwhile.
func (s *Session) wait(ctx context.Context, d time.Duration) error {
	done := make(chan struct{})
	timer := time.AfterFunc(d, func() { close(done) })
	defer timer.Stop()
	return s.state.Await(ctx, done)
}
