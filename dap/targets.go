package dap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/debug"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// TargetOptions describe a target. The zero value works.
type TargetOptions struct {
	// Program names the target in the process event, such as the path of its
	// main script; "": the target's name.
	Program string
	// Dir is the folder that relative paths of clients start in, and whose
	// files they may read; "": the process's working folder.
	Dir string
	// Sandbox, if not nil, bounds which files clients may read by the source
	// request: those of the folders that they may read which it allows too.
	Sandbox *sandbox.Sandbox
	// Stdout and Stderr, where not nil, are what the state writes to: an
	// attached client sees it too.
	Stdout, Stderr *Tap
	// Restart, if not nil, runs the program again: it ends the running execution
	// (State.Cancel), waits for that, and returns the state of the new run, with
	// a function that begins it.
	Restart func(context.Context) (st *runtime.State, begin func(), err error)
	// Launched says that the program runs for its client only: what the state
	// executes ends with the session, unless the client wishes otherwise.
	Launched bool
}

// Target is a Lua state of the program itself that clients can attach to. One
// client debugs it at a time.
type Target struct {
	name   string
	opts   TargetOptions
	server *Server
	first  chan struct{} // closed when the first client has attached
	once   sync.Once

	mu     sync.Mutex
	st     *runtime.State
	run    *run          // of the session that attaches or is attached, or nil
	ready  *run          // likewise, once it is attached
	parked *debug.Engine // left stopped by a client that has gone
	gone   bool
}

// Register offers a Lua state under a name to clients that attach. It may run
// or be idle; nothing changes for it before a client attaches. The program
// calls Unregister (or Exit) before it closes the state.
func (s *Server) Register(name string, st *runtime.State, opts TargetOptions) (*Target, error) {
	if name == "" {
		return nil, errors.New("register a Lua state: it needs a name")
	}
	if opts.Program == "" {
		opts.Program = name
	}
	t := &Target{name: name, st: st, opts: opts, server: s, first: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.targets[name] != nil {
		return nil, fmt.Errorf("register a Lua state: there is a target %q already", name)
	}
	if s.targets == nil {
		s.targets = map[string]*Target{}
	}
	s.targets[name] = t
	return t, nil
}

// Ready is closed when a client has attached for the first time and has sent
// all its breakpoints.
func (t *Target) Ready() <-chan struct{} { return t.first }

// Unregister takes the target off the server. A client that debugs it is told
// that it has terminated; the state runs on without a debugger. Any goroutine.
func (t *Target) Unregister() { t.leave(nil) }

// Exit is Unregister at the end of the program, whose exit code the client is
// told too.
func (t *Target) Exit(code int) { t.leave(&code) }

func (t *Target) leave(code *int) {
	t.server.mu.Lock()
	if t.server.targets[t.name] == t {
		delete(t.server.targets, t.name)
	}
	t.server.mu.Unlock()
	t.mu.Lock()
	r, parked := t.ready, t.parked
	t.gone, t.parked = true, nil
	t.mu.Unlock()
	if parked != nil {
		parked.Detach()
	}
	if r != nil {
		r.targetEnded(code)
	}
}

// target finds what an attach request names.
func (s *Server) target(name string) (*Target, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.targets[name]; t != nil {
		return t, nil
	}
	var names []string
	for n := range s.targets {
		names = append(names, fmt.Sprintf("%q", n))
	}
	slices.Sort(names)
	switch {
	case len(names) == 0:
		return nil, badArguments("attach: nothing to attach to in this process: give \"connect\", the address of a running debug server " +
			"(such as that of llmspell run --debug-listen), or use launch with \"program\"")
	case name != "":
		return nil, badArguments("attach: there is no target %q: this server has %s", name, strings.Join(names, ", "))
	case len(names) > 1:
		return nil, badArguments("attach: give \"target\", one of %s", strings.Join(names, ", "))
	}
	for _, t := range s.targets {
		return t, nil
	}
	return nil, nil
}

// claim attaches an engine for r, or takes over the one that is parked. That
// is stopped already, as the answer tells.
func (t *Target) claim(ctx context.Context, r *run, opts debug.Options) (*debug.Engine, *debug.Stop, error) {
	t.mu.Lock()
	switch {
	case t.gone:
		t.mu.Unlock()
		return nil, nil, wrongState("attach: target %q has ended", t.name)
	case t.run != nil:
		t.mu.Unlock()
		return nil, nil, wrongState("attach: target %q is being debugged by another client: disconnect that one first", t.name)
	}
	t.run = r
	e := t.parked
	t.parked = nil
	t.mu.Unlock()
	if e != nil {
		if stop, ok := e.Stopped(); ok {
			return e, &stop, nil
		}
		return e, nil, nil
	}
	e, err := debug.AttachContext(ctx, t.state(), relay{t}, opts)
	if err != nil {
		t.release(nil)
		return nil, nil, fmt.Errorf("attach to %q: %w", t.name, err)
	}
	return e, nil, nil
}

// replace makes st the state of the target.
func (t *Target) replace(st *runtime.State) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.st = st
}

// state returns the state of the target.
func (t *Target) state() *runtime.State {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.st
}

// settle says that r is attached. It is false if the target has gone meanwhile.
func (t *Target) settle(r *run) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ready = r
	return !t.gone
}

// release lets the next client attach. keep, if not nil, stays parked at its
// stop for it; else the caller detaches the engine first.
func (t *Target) release(keep *debug.Engine) {
	t.opts.Stdout.connect(nil)
	t.opts.Stderr.connect(nil)
	t.mu.Lock()
	t.run, t.ready = nil, nil
	gone := t.gone
	if !gone {
		t.parked = keep
	}
	t.mu.Unlock()
	if gone && keep != nil {
		keep.Detach()
	}
}

// attached tells who waits for a client that one is there.
func (t *Target) attached() { t.once.Do(func() { close(t.first) }) }

// relay hands the news of an engine to the session that is attached now: a
// parked engine outlives its session.
type relay struct{ target *Target }

func (y relay) run() *run {
	y.target.mu.Lock()
	defer y.target.mu.Unlock()
	return y.target.run
}

// tell calls f with the present session's run, if there is one.
func (y relay) tell(f func(*run)) {
	if r := y.run(); r != nil {
		f(r)
	}
}

func (y relay) Stopped(s debug.Stop)          { y.tell(func(r *run) { r.Stopped(s) }) }
func (y relay) StopEnded()                    { y.tell((*run).StopEnded) }
func (y relay) ThreadStarted(t debug.Thread)  { y.tell(func(r *run) { r.ThreadStarted(t) }) }
func (y relay) ThreadExited(t debug.Thread)   { y.tell(func(r *run) { r.ThreadExited(t) }) }
func (y relay) SourceLoaded(src debug.Source) { y.tell(func(r *run) { r.SourceLoaded(src) }) }
func (y relay) ModuleLoaded(m debug.Module, again bool) {
	y.tell(func(r *run) { r.ModuleLoaded(m, again) })
}
func (y relay) BreakpointChanged(b debug.Breakpoint) { y.tell(func(r *run) { r.BreakpointChanged(b) }) }
func (y relay) LogPoint(text string, src debug.Source, line int) {
	y.tell(func(r *run) { r.LogPoint(text, src, line) })
}

// Tap is a Lua state's output that an attached client sees too. Only the
// goroutine that runs Lua may write to it.
type Tap struct {
	out io.Writer

	mu     sync.Mutex
	client io.Writer
}

// NewTap returns a Tap on what is written to out.
func NewTap(out io.Writer) *Tap { return &Tap{out: out} }

// Write implements io.Writer. The client gets what out took.
func (t *Tap) Write(p []byte) (int, error) {
	n, err := t.out.Write(p)
	t.mu.Lock()
	client := t.client
	t.mu.Unlock()
	if client != nil {
		_, _ = client.Write(p[:n]) // an outputWriter never fails
	}
	return n, err
}

// Flush flushes out, if it has a buffer.
func (t *Tap) Flush() error {
	if f, ok := t.out.(interface{ Flush() error }); ok {
		return f.Flush()
	}
	return nil
}

// connect lets a client see the output from now on; nil ends that.
func (t *Tap) connect(client io.Writer) {
	if t == nil {
		return
	}
	t.mu.Lock()
	t.client = client
	t.mu.Unlock()
}
