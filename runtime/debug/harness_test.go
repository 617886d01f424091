package debug_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/debug"
	"github.com/llmspell/llmspell/runtime/lualib"
)

// deadline bounds every wait of a test: what has not come by then never will.
const deadline = 2 * time.Minute

// session is a script under the debugger. Its methods fail the test when
// something else happens than what the test says, so that a test reads like
// the script of a conversation.
type session struct {
	t    testing.TB
	e    *debug.Engine
	st   *runtime.State
	dir  string
	file string // the main script

	stops chan debug.Stop
	ended chan error
	stop  func() // cancels the context of the run

	broken atomic.Int32 // how many stops were ended by others

	mu      sync.Mutex
	out     bytes.Buffer
	logs    []string
	changed []debug.Breakpoint
	loaded  []debug.Source
	threads []string
	modules []string
}

// Write collects what the script prints.
func (s *session) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.Write(p)
}

func (s *session) output() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.String()
}

func (s *session) Stopped(x debug.Stop) { s.stops <- x }
func (s *session) StopEnded()           { s.broken.Add(1) }

func (s *session) ThreadStarted(th debug.Thread) { s.note(&s.threads, "+"+th.Name) }
func (s *session) ThreadExited(th debug.Thread) {
	s.note(&s.threads, fmt.Sprintf("-coroutine %d", th.ID))
}

func (s *session) SourceLoaded(src debug.Source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loaded = append(s.loaded, src)
}

func (s *session) ModuleLoaded(m debug.Module, again bool) {
	s.note(&s.modules, fmt.Sprintf("%s by %s %v", m.Name, m.By, again))
}

func (s *session) BreakpointChanged(b debug.Breakpoint) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed = append(s.changed, b)
}

func (s *session) LogPoint(text string, src debug.Source, line int) {
	s.note(&s.logs, fmt.Sprintf("%d: %s", line, text))
}

func (s *session) note(list *[]string, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*list = append(*list, text)
}

func (s *session) logged() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.logs, "\n")
}

// open makes a state with a debugger and writes the script, which does not run
// yet. A leading newline of the script is not part of it.
func open(t testing.TB, script string, opts debug.Options) *session {
	t.Helper()
	return openLimited(t, script, opts, runtime.Limits{})
}

func openLimited(t testing.TB, script string, opts debug.Options, limits runtime.Limits) *session {
	t.Helper()
	s := &session{t: t, dir: t.TempDir(), stops: make(chan debug.Stop, 1), ended: make(chan error, 1)}
	s.file = s.write("main.lua", script)
	host := lualib.NewHost()
	host.Stdout, host.Stderr, host.Dir = s, s, s.dir
	st, err := runtime.New(runtime.Options{Host: host, Limits: limits, Shapes: testShapes})
	if err != nil {
		t.Fatal(err)
	}
	s.st = st
	if s.e, err = debug.Attach(st, s, opts); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	return s
}

func (s *session) write(name, text string) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(strings.TrimPrefix(text, "\n")), 0o644); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// run starts the script on a goroutine of its own.
func (s *session) run() {
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		_, err := s.st.CallLoaded(ctx, func() (lua.LValue, []lua.LValue, error) {
			fn, err := s.st.LoadFile("main.lua")
			return fn, nil, err
		})
		s.ended <- err
	}()
	s.t.Cleanup(func() { // a failed test leaves no goroutine behind
		cancel()
		select {
		case <-finished:
		case <-time.After(deadline):
			s.t.Error("the script does not end when it is cancelled")
		}
	})
}

// breakAt is open, breakpoints at lines, run.
func breakAt(t testing.TB, script string, lines ...int) *session {
	t.Helper()
	s := open(t, script, debug.Options{})
	var specs []debug.BreakpointSpec
	for _, l := range lines {
		specs = append(specs, debug.BreakpointSpec{Line: l})
	}
	s.setBreakpoints(specs...)
	s.run()
	return s
}

func (s *session) setBreakpoints(specs ...debug.BreakpointSpec) []debug.Breakpoint {
	return s.e.SetBreakpoints(debug.Source{Path: s.file}, specs)
}

// stopped waits for the next stop.
func (s *session) stopped(reason debug.StopReason, line int) debug.Stop {
	s.t.Helper()
	select {
	case x := <-s.stops:
		if x.Reason != reason || x.Line != line {
			s.t.Fatalf("stopped at line %d (%s %s), want line %d (%s)", x.Line, x.Reason, x.Text, line, reason)
		}
		return x
	case err := <-s.ended:
		s.t.Fatalf("the script ended (%v), want a stop at line %d (%s)\noutput: %s", err, line, reason, s.output())
	case <-time.After(deadline):
		s.t.Fatalf("no stop, want one at line %d (%s)\noutput: %s", line, reason, s.output())
	}
	return debug.Stop{}
}

// end waits for the script to end without another stop.
func (s *session) end() error {
	s.t.Helper()
	select {
	case x := <-s.stops:
		s.t.Fatalf("stopped at line %d (%s %s), want the script to end", x.Line, x.Reason, x.Text)
	case err := <-s.ended:
		return err
	case <-time.After(deadline):
		s.t.Fatal("the script does not end")
	}
	return nil
}

// finish continues to the end and compares what the script has printed.
func (s *session) finish(output string) {
	s.t.Helper()
	s.do(s.e.Continue())
	s.ends(output)
}

func (s *session) ends(output string) {
	s.t.Helper()
	if err := s.end(); err != nil {
		s.t.Fatalf("the script failed: %v", err)
	}
	if got := s.output(); got != output {
		s.t.Fatalf("output %q, want %q", got, output)
	}
}

func (s *session) do(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *session) frames(thread int) []debug.Frame {
	s.t.Helper()
	fs, total, err := s.e.StackTrace(thread, 0, 0)
	if err != nil || total != len(fs) {
		s.t.Fatalf("stack of thread %d: %d frames of %d, %v", thread, len(fs), total, err)
	}
	return fs
}

// stack is the stack as "name:line name:line", innermost first.
func (s *session) stack(thread int) string {
	s.t.Helper()
	var out []string
	for _, f := range s.frames(thread) {
		out = append(out, fmt.Sprintf("%s:%d", f.Name, f.Line))
	}
	return strings.Join(out, " ")
}

func (s *session) scope(frame int, kind debug.ScopeKind) debug.Scope {
	s.t.Helper()
	scopes, err := s.e.Scopes(frame)
	s.do(err)
	for _, sc := range scopes {
		if sc.Kind == kind {
			return sc
		}
	}
	s.t.Fatalf("frame %d has no scope %q: %v", frame, kind, scopes)
	return debug.Scope{}
}

func (s *session) children(ref int) []debug.Variable {
	s.t.Helper()
	vs, err := s.e.Variables(ref, debug.FilterAll, 0, 0)
	s.do(err)
	return vs
}

// locals are the locals of a frame as "a=1 b=2".
func (s *session) locals(frame int) string {
	s.t.Helper()
	return list(s.children(s.scope(frame, debug.ScopeLocals).Ref))
}

func list(vs []debug.Variable) string {
	var out []string
	for _, v := range vs {
		out = append(out, v.Name+"="+v.Value)
	}
	return strings.Join(out, " ")
}

func named(t testing.TB, vs []debug.Variable, name string) debug.Variable {
	t.Helper()
	for _, v := range vs {
		if v.Name == name {
			return v
		}
	}
	t.Fatalf("no variable %q among %s", name, list(vs))
	return debug.Variable{}
}

// top is the innermost frame's handle.
func (s *session) top() int {
	s.t.Helper()
	return s.frames(s.thread())[0].ID
}

// thread is the one that runs.
func (s *session) thread() int {
	s.t.Helper()
	for _, th := range s.e.Threads() {
		if th.Status == "running" {
			return th.ID
		}
	}
	s.t.Fatal("no thread is running")
	return 0
}

// eval evaluates in the innermost frame; a failure is "error: …".
func (s *session) eval(expr string) string {
	s.t.Helper()
	return s.evalIn(s.top(), expr)
}

func (s *session) evalIn(frame int, expr string) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	v, err := s.e.Evaluate(ctx, frame, expr, debug.EvalRepl)
	if err != nil {
		return "error: " + err.Error()
	}
	return v.Value
}

func wantError(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error %v, want %v", err, want)
	}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n got  %v\n want %v", what, got, want)
	}
}
