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
	"sync/atomic"

	lua "github.com/yuin/gopher-lua"
	"go.uber.org/zap"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/kernel/globals"
	"github.com/llmspell/llmspell/kernel/hooks"
	"github.com/llmspell/llmspell/kernel/state"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/debug"
	"github.com/llmspell/llmspell/runtime/lualib"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

// Config of a session. The zero value discards output and reads nothing.
type Config struct {
	// ID names the session in events, hooks, logs and traces. "": one is made.
	ID             string
	Stdout, Stderr io.Writer
	Stdin          io.Reader
	Dir            string             // working folder; empty: the process's
	Env            map[string]*string // laid over the environment; nil removes a variable
	// BaseEnv is the environment; nil: the process's. Unlike those of Env, the sandbox
	// decides which of its variables scripts may read.
	BaseEnv map[string]string
	Limits  runtime.Limits
	Cache   *runtime.Cache  // compiled chunks to share; nil: none shared
	Tools   *tools.Registry // nil: the built-in ones
	// Sandbox is what scripts may touch, by tools and by Lua's own libraries.
	// Nil: sandbox.Restricted(Dir).
	Sandbox *sandbox.Sandbox
	// ShellNetwork leaves the network open to commands of the shell, whatever the
	// Sandbox allows: scripts that they run can be debugged only then.
	ShellNetwork bool
	// Services are what the session shares with others. Nil: services of its own
	// that keep nothing.
	Services *Services
	// Configuration is what the user has configured: how tools are called, and what
	// the global Config shows. Nil: the defaults. Limits and Sandbox are not taken
	// from it.
	Configuration *config.Loaded
	// SessionID is the id of the session's record in Services.Archive, which must be
	// active: executions are journaled there, and the globals that scripts set are
	// kept. Empty: nothing is recorded.
	SessionID string
	// Loading ends the making of the session when it is done: what it has kept may be much.
	// nil: nothing does.
	Loading context.Context
	// OnClose, if not nil, is called when the session is closed: to free what was
	// made for it alone, such as Tools.
	OnClose func()
	Log     *zap.Logger // nil: no log

	currentID string // what Session.get_current begins with, if not SessionID
	replays   bool   // it runs recorded executions again
	// stateScope is the scope that a scope of State stands for. nil: itself.
	stateScope func(state.Scope) (state.Scope, error)
	toolHooks  []tools.Hook // of a replay
}

// Session is one Lua state with its globals. Its methods belong to one
// goroutine at a time, except State().Do and what goes through it.
type Session struct {
	cfg   Config
	state *runtime.State
	box   *sandbox.Sandbox
	guard guard
	tools *tools.Registry
	log   *zap.Logger
	// hooks are the session's own, over those of the kernel.
	hooks   *hooks.Registry
	later   laterCalls      // hooks that wait for a safe point
	closers []func()        // what the globals do when the session ends
	loaded  *config.Loaded  // Config.Configuration, or the defaults
	current globals.Current // the session that scripts mean when they name none

	releaseTools func() // ends the counting of the calls of tools
	closeDebug   func()

	inspector atomic.Pointer[debug.Inspector] // nil until it is needed
	record    *record                         // nil: nothing is recorded
	stock     map[string]lua.LValue           // the globals that there are before a script runs
}

// NewSession makes a session. If Config.Loading was done first, the error is a
// *runtime.Error of KindCancelled.
func NewSession(cfg Config) (*Session, error) {
	if cfg.Loading == nil {
		cfg.Loading = context.Background()
	}
	s, err := newSession(cfg)
	if err != nil && cfg.Loading.Err() != nil {
		return nil, cancelled(context.Cause(cfg.Loading))
	}
	return s, err
}

func newSession(cfg Config) (*Session, error) {
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
	if s.loaded = cfg.Configuration; s.loaded == nil {
		s.loaded = &config.Loaded{Config: config.Default()}
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
	if err := s.openRecord(); err != nil {
		return nil, err
	}
	host := lualib.NewHost()
	host.System = &s.guard
	host.Dir = cfg.Dir
	host.LookupEnv = s.lookupEnv
	host.EnvNames = func() []string {
		return slices.AppendSeq(slices.Collect(maps.Keys(cfg.BaseEnv)), maps.Keys(cfg.Env))
	}
	if cfg.Stdout != nil {
		host.Stdout = cfg.Stdout
	}
	if cfg.Stderr != nil {
		host.Stderr = cfg.Stderr
	}
	if cfg.Stdin != nil {
		host.Stdin = cfg.Stdin
	}
	host.Stdout, host.Stderr = s.recorded(host.Stdout), s.recorded(host.Stderr)
	state, err := runtime.New(runtime.Options{Host: host, Limits: cfg.Limits, Cache: cfg.Cache, Shapes: globals.Shapes()})
	if err != nil {
		return nil, fmt.Errorf("create a Lua state: %w", err)
	}
	s.state = state
	s.hooks.SetEnabled(s.configured().Config.Hooks.Enabled)
	s.install()
	s.noteGlobals()
	if err := s.restore(); err != nil {
		s.free()
		return nil, err
	}
	s.cfg.Loading = nil // it is over
	s.log.Debug("session created", zap.String("dir", cfg.Dir))
	return s, nil
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
	if len(s.cfg.Env) > 0 || s.cfg.BaseEnv != nil {
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
	add := func(name, pair string) {
		if _, changed := s.cfg.Env[name]; !changed {
			out = append(out, pair)
		}
	}
	if s.cfg.BaseEnv != nil {
		for name, value := range s.cfg.BaseEnv {
			add(name, name+"="+value)
		}
	} else {
		for _, pair := range os.Environ() {
			name, _, _ := strings.Cut(pair, "=")
			add(name, pair)
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
	if s.cfg.BaseEnv != nil {
		v, ok := s.cfg.BaseEnv[name]
		return v, ok
	}
	return os.LookupEnv(name)
}

// Sandbox returns what the session's scripts may touch.
func (s *Session) Sandbox() *sandbox.Sandbox { return s.box }

// OwnTools returns the tools that the session's scripts have registered, sorted by name.
// Any goroutine may ask.
func (s *Session) OwnTools() []*tool.Descriptor {
	if s.cfg.Tools == nil || s.tools == nil {
		return nil
	}
	return s.tools.Own()
}

// ID names the session in events and hooks.
func (s *Session) ID() string { return s.cfg.ID }

// Hooks returns the session's own hooks, over those of the kernel. Runs that carry
// the Lua thread, as all of its scripts' do, belong to the goroutine that runs Lua.
func (s *Session) Hooks() *hooks.Registry { return s.hooks }

// State returns the session's Lua state, for a debugger to attach to.
func (s *Session) State() *runtime.State { return s.state }

// Script is what Session.Run executes.
type Script struct {
	// File is a path, relative to the session's working folder. Modules are
	// searched in the script's folder, then in the working folder.
	File string
	// Source is what the file holds; nil: it is read.
	Source *string
	Code   string // if File is ""; if it is an expression its value is the result
	Name   string // chunk name of Code, such as "=(command line)"
	Args   []string
	// Texts and Values ask for the results in these forms, MaxBytes of both
	// together at most; 0: however large they are.
	Texts, Values bool
	MaxBytes      int
	// Pretty makes the texts as Debug.dump does, for people: strings are quoted,
	// tables unfolded, and a __tostring is called.
	Pretty bool

	use func(*lua.LState, []lua.LValue) // of a replay: gets the results
}

// RunFile runs a script file with arguments until it ends, or ctx is done.
// Modules are searched in the script's folder, then in the working folder.
// Errors are *runtime.Error.
func (s *Session) RunFile(ctx context.Context, path string, args []string) (Result, error) {
	return s.Run(ctx, Script{File: path, Args: args})
}

// RunString runs code under a chunk name such as "=(command line)". If the
// code is an expression its value is the result. The results have their texts.
func (s *Session) RunString(ctx context.Context, code, name string, args []string) (Result, error) {
	return s.Run(ctx, Script{Code: code, Name: name, Args: args, Texts: true})
}

// Run runs a script until it ends, or ctx is done. Texts and values of the results
// are made while the execution goes on, under its limits: the error of a
// __tostring is the execution's. Errors are *runtime.Error.
func (s *Session) Run(ctx context.Context, script Script) (Result, error) {
	name := script.File
	if name == "" {
		name = strings.TrimPrefix(script.Name, "=")
	}
	s.log.Debug("execution starts", zap.String("script", name))
	published := s.executing(ctx, name)
	ctx, ended := s.trace(ctx, name)
	var result Result
	var use func(*lua.LState, []lua.LValue)
	rec, err := s.begin(ctx, &script, name)
	if err != nil {
		ended(err)
		published(err)
		return Result{}, err
	}
	if script.Texts || script.Values || rec != nil || script.use != nil {
		use = func(L *lua.LState, values []lua.LValue) {
			if script.Texts || script.Values {
				result.show(s, L, &script, values)
			}
			if rec != nil {
				s.noteResult(L, values)
			}
			if script.use != nil {
				script.use(L, values)
			}
		}
	}
	values, err := s.state.CallUsing(ctx, func() (lua.LValue, []lua.LValue, error) {
		fn, err := s.load(&script)
		if err != nil {
			return nil, nil, err
		}
		return fn, s.setArguments(name, script.Args), nil
	}, use)
	if err != nil {
		result = Result{}
	}
	result.Values = values
	lerr, _ := errors.AsType[*runtime.Error](err)
	if lerr != nil {
		s.guard.blame(lerr)
	}
	s.afterwards(ctx, lerr)
	ended(err)
	published(err)
	if lerr != nil && lerr.Kind != runtime.KindExit {
		s.log.Debug("execution failed", zap.String("script", name), zap.Error(err), zap.NamedError("cause", lerr.Cause))
	} else {
		s.log.Debug("execution ended", zap.String("script", name))
	}
	return result, s.end(ctx, rec, err)
}

// load compiles a script.
func (s *Session) load(script *Script) (*lua.LFunction, error) {
	if script.File == "" {
		if !beginsStatement(script.Code) {
			if fn, err := s.state.LoadString("return "+script.Code, script.Name, ""); err == nil {
				return fn, nil
			}
		}
		return s.state.LoadString(script.Code, script.Name, "")
	}
	dir := filepath.ToSlash(filepath.Dir(script.File))
	templates := []string{dir + "/?.lua", dir + "/?/init.lua"}
	if dir != "." {
		templates = append(templates, "./?.lua", "./?/init.lua")
	}
	s.state.SetPath(templates)
	if script.Source != nil {
		path := script.File
		if !filepath.IsAbs(path) {
			path = filepath.Join(s.workingDir(), path)
		}
		return s.state.LoadString(runtime.FileSource(*script.Source), "@"+script.File, path)
	}
	return s.state.LoadFile(script.File)
}

// beginsStatement tells that code cannot be an expression, by its first word.
func beginsStatement(code string) bool {
	code = strings.TrimLeft(code, " \t\r\n")
	n := 0
	for n < len(code) && code[n] >= 'a' && code[n] <= 'z' {
		n++
	}
	switch code[:n] {
	case "return", "local", "for", "while", "if", "do", "repeat":
		return n == len(code) || code[n] == ' ' || code[n] == '\t' || code[n] == '\n' || code[n] == '\r'
	}
	return false
}

// setArguments sets the globals arg (as lua does: arg[0] is the script) and
// ARGS (as the original llmspell does: also --key value and --flag by name).
func (s *Session) setArguments(script string, args []string) []lua.LValue {
	L := s.state.L
	arg, named := L.CreateTable(len(args), 1), L.CreateTable(len(args), 1)
	arg.RawSetInt(0, lua.LString(script))
	named.RawSetString("0", lua.LString(script))
	values := make([]lua.LValue, len(args))
	for i, a := range args {
		values[i] = lua.LString(a)
		arg.RawSetInt(i+1, values[i])
		named.RawSetInt(i+1, values[i])
	}
	for _, a := range NamedArguments(script, args) {
		named.RawSetString(a.Name, lua.LString(a.Value))
	}
	L.SetGlobal("arg", arg)
	L.SetGlobal("ARGS", named)
	return values
}

// NamedArgument is a member of ARGS that has a text as its key.
type NamedArgument struct{ Name, Value string }

// NamedArguments are the members of ARGS that have texts as keys, in the order in which
// they are set: "0" is the script, "1" and so on are its arguments, and what follows --key,
// or --key=, has its name; one that is alone is "true".
func NamedArguments(script string, args []string) []NamedArgument {
	named := make([]NamedArgument, 1, len(args)+1)
	named[0] = NamedArgument{"0", script}
	for i, a := range args {
		named = append(named, NamedArgument{strconv.Itoa(i + 1), a})
		key, isFlag := strings.CutPrefix(a, "--")
		if !isFlag || key == "" {
			continue
		}
		if k, v, ok := strings.Cut(key, "="); ok {
			named = append(named, NamedArgument{k, v})
		} else if i+1 < len(args) && !strings.HasPrefix(args[i+1], "--") {
			named = append(named, NamedArgument{key, args[i+1]})
		} else {
			named = append(named, NamedArgument{key, "true"})
		}
	}
	return named
}

// Close frees the session. Call it when nothing runs in it.
func (s *Session) Close() error {
	s.keepLate()
	s.closeGlobals()
	s.free()
	if s.cfg.OnClose != nil {
		s.cfg.OnClose()
	}
	return nil
}

// free releases what the session has made itself.
func (s *Session) free() {
	s.closeDebug()
	s.state.Close()
	s.releaseTools()
}
