package kernel

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
	"go.uber.org/zap"

	"github.com/llmspell/llmspell/kernel/globals"
	"github.com/llmspell/llmspell/kernel/hooks"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/lualib"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// Config of a session. The zero value discards output and reads nothing.
type Config struct {
	// ID names the session in events and hooks. "": one is made.
	ID             string
	Stdout, Stderr io.Writer
	Stdin          io.Reader
	Dir            string             // working folder; empty: the process's
	Env            map[string]*string // laid over the process's environment; nil removes a variable
	Limits         runtime.Limits
	Cache          *runtime.Cache  // compiled chunks to share; nil: none shared
	Tools          *tools.Registry // nil: the built-in ones
	// Sandbox is what scripts may touch, by tools and by Lua's own libraries.
	// Nil: sandbox.Restricted(Dir).
	Sandbox *sandbox.Sandbox
	// ShellNetwork leaves the network open to commands of the shell, whatever the
	// Sandbox allows: scripts that they run can be debugged only then.
	ShellNetwork bool
	// Services are what the session shares with others. Nil: services of its own
	// that keep nothing.
	Services *Services
	// OnClose, if not nil, is called when the session is closed: to free what was
	// made for it alone, such as Tools.
	OnClose func()
	Log     *zap.Logger // nil: no log
}

// Session is one Lua state with its globals. Its methods belong to one
// goroutine at a time, except State().Do and what goes through it.
type Session struct {
	cfg   Config
	state *runtime.State
	box   *sandbox.Sandbox
	guard guard
	log   *zap.Logger
	// hooks are the session's own, over those of the kernel.
	hooks      *hooks.Registry
	violations violations
	closers    []func() // what the globals do when the session ends
}

// NewSession makes a session.
func NewSession(cfg Config) (*Session, error) {
	if cfg.Services == nil {
		cfg.Services = NewServices(Openers{})
	}
	if cfg.ID == "" {
		cfg.ID = "session-" + strings.ToLower(rand.Text()[:12])
	}
	s := &Session{cfg: cfg, log: cfg.Log, hooks: cfg.Services.Hooks.Layer()}
	if s.log == nil {
		s.log = zap.NewNop()
	}
	if cfg.Dir != "" {
		info, err := os.Stat(cfg.Dir)
		if err != nil {
			return nil, fmt.Errorf("working folder: %w", err)
		}
		if !info.IsDir() {
			return nil, fmt.Errorf("working folder: %s is not a folder", cfg.Dir)
		}
	}
	if err := s.openSandbox(); err != nil {
		return nil, err
	}
	host := lualib.NewHost()
	host.System = &s.guard
	host.Dir = cfg.Dir
	host.LookupEnv = s.lookupEnv
	host.EnvNames = func() []string { return slices.Collect(maps.Keys(cfg.Env)) }
	if cfg.Stdout != nil {
		host.Stdout = cfg.Stdout
	}
	if cfg.Stderr != nil {
		host.Stderr = cfg.Stderr
	}
	if cfg.Stdin != nil {
		host.Stdin = cfg.Stdin
	}
	state, err := runtime.New(runtime.Options{Host: host, Limits: cfg.Limits, Cache: cfg.Cache})
	if err != nil {
		return nil, fmt.Errorf("create a Lua state: %w", err)
	}
	s.state = state
	s.install()
	s.log.Debug("session created", zap.String("dir", cfg.Dir))
	return s, nil
}

// install defines llmspell's globals.
func (s *Session) install() {
	env := globals.Env{
		Context:   s.state.RunContext,
		Sandbox:   s.box,
		Raise:     s.state.Raise,
		Called:    s.state.HostCall,
		Hooks:     s.hooks,
		Events:    s.cfg.Services.Events,
		Session:   s.cfg.ID,
		Protected: s.protected,
		Callable:  func() bool { return s.state.Executing() && !s.state.Ending() },
		Debugged:  s.state.Hooked,
		Wake:      s.state.Wake,
		Serve:     func(L *lua.LState) { s.state.Host().Charge(L, 0) },
		OnClose:   func(f func()) { s.closers = append(s.closers, f) },
	}
	s.installTools(env)
	globals.InstallHook(s.state.L, env)
	globals.InstallEvent(s.state.L, env)
}

func (s *Session) installTools(env globals.Env) {
	reg := tools.Builtin()
	if s.cfg.Tools != nil {
		reg = s.cfg.Tools.Layer() // tools that scripts register are the session's own
	}
	inv := tools.NewInvoker(reg, tools.Options{
		Hooks: []tools.Hook{toolEvents(env.Events, s.publishing), ToolHook(s.hooks, "lua")},
		Panicked: func(name string, value any, stack []byte) {
			s.log.Error("a tool panicked", zap.String("tool", name), zap.Any("panic", value), zap.ByteString("stack", stack))
		},
	})
	globals.InstallTool(s.state.L, reg, inv, env)
	s.state.SetHostNames(globals.HostNames(reg))
}

// openSandbox sets the session's sandbox. The variables that were given to the
// session may be read in it.
func (s *Session) openSandbox() error {
	box := s.cfg.Sandbox
	if box == nil {
		var err error
		if box, err = sandbox.New(s.cfg.Dir, sandbox.Restricted(".")); err != nil {
			return err
		}
	}
	if len(s.cfg.Env) > 0 {
		var err error
		box, err = box.With(func(p *sandbox.Policy) {
			for name, value := range s.cfg.Env {
				if value != nil && name != "" && !strings.ContainsAny(name, "*=\x00") {
					p.Env.Allow = append(p.Env.Allow, name)
				}
			}
		}, sandbox.WithEnvironment(sandbox.Environment{Lookup: s.lookupEnv, List: s.environ}))
		if err != nil {
			return err
		}
	}
	s.box, s.guard.box, s.guard.network, s.guard.violated = box, box, s.cfg.ShellNetwork, s.violated
	return nil
}

// environ lists the session's environment, each variable as "NAME=value".
func (s *Session) environ() []string {
	var out []string
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); s.cfg.Env[name] == nil {
			if _, changed := s.cfg.Env[name]; !changed {
				out = append(out, pair)
			}
		}
	}
	for name, value := range s.cfg.Env {
		if value != nil {
			out = append(out, name+"="+*value)
		}
	}
	return out
}

func (s *Session) lookupEnv(name string) (string, bool) {
	if v, ok := s.cfg.Env[name]; ok {
		if v == nil {
			return "", false
		}
		return *v, true
	}
	return os.LookupEnv(name)
}

// Sandbox returns what the session's scripts may touch.
func (s *Session) Sandbox() *sandbox.Sandbox { return s.box }

// ID names the session in events and hooks.
func (s *Session) ID() string { return s.cfg.ID }

// Hooks returns the session's own hooks, over those of the kernel. Runs that carry
// the Lua thread, as all of its scripts' do, belong to the goroutine that runs Lua.
func (s *Session) Hooks() *hooks.Registry { return s.hooks }

// State returns the session's Lua state, for a debugger to attach to.
func (s *Session) State() *runtime.State { return s.state }

// Result of an execution: what the chunk returned.
type Result struct{ Values []lua.LValue }

// Texts returns the values as tostring would show them.
func (r Result) Texts(s *Session) []string {
	out := make([]string, len(r.Values))
	for i, v := range r.Values {
		out[i] = lualib.ToString(s.state.L, v)
	}
	return out
}

// RunFile runs a script file with arguments until it ends, or ctx is done.
// Modules are searched in the script's folder, then in the working folder.
// Errors are *runtime.Error.
func (s *Session) RunFile(ctx context.Context, path string, args []string) (Result, error) {
	dir := filepath.ToSlash(filepath.Dir(path))
	templates := []string{dir + "/?.lua", dir + "/?/init.lua"}
	if dir != "." {
		templates = append(templates, "./?.lua", "./?/init.lua")
	}
	return s.run(ctx, path, args, func() (*lua.LFunction, error) {
		s.state.SetPath(templates)
		return s.state.LoadFile(path)
	})
}

// RunString runs code under a chunk name such as "=(command line)". If the
// code is an expression its value is the result.
func (s *Session) RunString(ctx context.Context, code, name string, args []string) (Result, error) {
	return s.run(ctx, strings.TrimPrefix(name, "="), args, func() (*lua.LFunction, error) {
		if fn, err := s.state.LoadString("return "+code, name, ""); err == nil {
			return fn, nil
		}
		return s.state.LoadString(code, name, "")
	})
}

func (s *Session) run(ctx context.Context, script string, args []string, load func() (*lua.LFunction, error)) (Result, error) {
	s.log.Debug("execution starts", zap.String("script", script))
	ended := s.executing(ctx, script)
	out, err := s.state.CallLoaded(ctx, func() (lua.LValue, []lua.LValue, error) {
		fn, err := load()
		if err != nil {
			return nil, nil, err
		}
		return fn, s.setArguments(script, args), nil
	})
	var lerr *runtime.Error
	if errors.As(err, &lerr) {
		s.guard.blame(lerr)
	}
	if lerr != nil && lerr.Kind != runtime.KindExit {
		s.log.Debug("execution failed", zap.String("script", script), zap.Error(err), zap.NamedError("cause", lerr.Cause))
	} else {
		s.log.Debug("execution ended", zap.String("script", script))
	}
	s.afterwards(ctx, lerr)
	ended(lerr)
	return Result{Values: out}, err
}

// setArguments sets the globals arg (as lua does: arg[0] is the script) and
// ARGS (as the original llmspell does: also --key value and --flag by name).
func (s *Session) setArguments(script string, args []string) []lua.LValue {
	L := s.state.L
	arg, named := L.NewTable(), L.NewTable()
	arg.RawSetInt(0, lua.LString(script))
	named.RawSetString("0", lua.LString(script))
	values := make([]lua.LValue, len(args))
	for i, a := range args {
		values[i] = lua.LString(a)
		arg.RawSetInt(i+1, values[i])
		named.RawSetInt(i+1, values[i])
		named.RawSetString(strconv.Itoa(i+1), values[i])
		key, isFlag := strings.CutPrefix(a, "--")
		if !isFlag || key == "" {
			continue
		}
		if k, v, ok := strings.Cut(key, "="); ok {
			named.RawSetString(k, lua.LString(v))
		} else if i+1 < len(args) && !strings.HasPrefix(args[i+1], "--") {
			named.RawSetString(key, lua.LString(args[i+1]))
		} else {
			named.RawSetString(key, lua.LString("true"))
		}
	}
	L.SetGlobal("arg", arg)
	L.SetGlobal("ARGS", named)
	return values
}

// Close frees the session. Call it when nothing runs in it.
func (s *Session) Close() error {
	for _, f := range slices.Backward(s.closers) {
		f()
	}
	s.hooks.Close()
	s.state.Close()
	if s.cfg.OnClose != nil {
		s.cfg.OnClose()
	}
	return nil
}
