package dap

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	rdebug "runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	dap "github.com/google/go-dap"
	"go.uber.org/zap"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/debug"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// mainThread is the id of the thread that is not a coroutine.
const mainThread = 1

// mainStarted makes the main thread known to clients that ask for the threads
// only when one has started. Without it, nvim-dap cannot pause a script that
// has not stopped yet.
func mainStarted() message {
	return newEvent("thread", dap.ThreadEventBody{Reason: "started", ThreadId: mainThread})
}

// run is one execution of the launched script. It is the engine's Handler, so
// its methods of that interface run on the runner goroutine.
type run struct {
	session    *session
	args       launchArguments
	translator translator
	pid        int
	kernel     *kernel.Session
	box        *sandbox.Sandbox // what an operator lets the client read; nil: all that the folders hold
	target     *Target          // what an attached run is attached to, else nil
	engine     *debug.Engine    // nil with noDebug
	stdout     *outputWriter
	stderr     *outputWriter
	secrets    *secrets
	skip       atomic.Pointer[skipper]
	loading    *progress // until the script's text is compiled
	files      checksums
	loaded     loaded

	ctx     context.Context
	cancel  context.CancelFunc
	done    chan struct{} // closed when all is freed
	once    sync.Once     // done is closed, for an attached run
	quiet   atomic.Bool   // a restart replaces the run: its end is not told
	stopped atomic.Bool   // the client's last news is a stop
	// abandoned: the client has gone and lets the script run on.
	abandoned bool
}

// newRun prepares an execution, with the session's breakpoints set.
func newRun(s *session, args launchArguments) (*run, error) {
	r := &run{session: s, args: args, translator: s.client, pid: os.Getpid(), done: make(chan struct{})}
	r.translator.mappings = args.PathMappings
	r.translator.references = newReferences(&s.lastSource)
	r.stdout = &outputWriter{run: r, category: "stdout"}
	r.stderr = &outputWriter{run: r, category: "stderr"}
	var err error
	if r.secrets, err = newSecrets(args.Secrets, args.Env); err != nil {
		return nil, err
	}
	box, err := s.sandbox(args)
	if err != nil {
		return nil, err
	}
	if s.server.opts.Policy != nil {
		r.box = box
	}
	s.handles.restart()
	env := s.childEnvironment(args)
	_, follows := env[ParentVariable]
	r.kernel, err = s.server.opts.NewSession(kernel.Config{
		Stdout: r.stdout,
		Stderr: r.stderr,
		// The server's own stdin may be the protocol stream.
		Stdin:   strings.NewReader(""),
		Dir:     args.Cwd,
		Env:     env,
		Sandbox: box,
		// Scripts that it runs report to this session, and are debugged, over the
		// network. Where an operator has set limits, these come first.
		ShellNetwork: follows && s.server.opts.Policy == nil,
		Limits: runtime.Limits{
			Time:         time.Duration(args.Timeout * float64(time.Second)),
			Instructions: args.Budget,
		},
		Log: s.log.Named("script"),
	})
	if err != nil {
		return nil, fmt.Errorf("create a Lua session: %w", err)
	}
	r.ctx, r.cancel = context.WithCancel(s.ctx)
	if args.NoDebug {
		return r, nil
	}
	r.engine, err = debug.Attach(r.kernel.State(), r, debug.Options{StopOnEntry: args.StopOnEntry, Readable: r.readable()})
	if err != nil {
		r.cancel()
		return nil, errors.Join(fmt.Errorf("attach the debugger: %w", err), r.kernel.Close())
	}
	if err := s.configure(r); err != nil {
		r.cancel()
		return nil, errors.Join(err, r.kernel.Close())
	}
	return r, nil
}

// configure sets in the engine of r what the client has asked for.
func (s *session) configure(r *run) error {
	r.secrets.install(r.engine)
	skip, err := newSkipper(r.args.SkipFiles, r.args.StepFilters, r.folder(), r.translator)
	if err != nil {
		return err
	}
	r.setSkipper(skip)
	s.breakpoints.install(s, r)
	return nil
}

// folder is where relative paths start.
func (r *run) folder() string {
	if r.args.Cwd != "" {
		return r.args.Cwd
	}
	dir, err := os.Getwd()
	if err != nil {
		return filepath.Dir(r.args.Program)
	}
	return dir
}

// start executes the script on a goroutine of its own, the runner.
func (r *run) start() { go r.execute() }

func (r *run) execute() {
	defer close(r.done)
	defer r.cancel()
	err := r.runFile()
	r.loading.end()
	r.stdout.flush()
	r.stderr.flush()
	code := r.report(err)
	if r.engine != nil {
		r.engine.Detach()
	}
	if cerr := r.kernel.Close(); cerr != nil {
		r.session.log.Warn("closing the Lua session failed", zap.Error(cerr))
	}
	if r.quiet.Load() {
		return
	}
	r.session.emit("exited", dap.ExitedEventBody{ExitCode: code})
	r.session.emit("terminated", nil)
}

// runFile runs the script. A Go panic ends this script only.
func (r *run) runFile() (err error) {
	defer func() {
		if p := recover(); p != nil {
			r.session.log.Error("panic while running a script", zap.String("program", r.args.Program), zap.Any("panic", p), zap.ByteString("stack", rdebug.Stack()))
			err = fmt.Errorf("internal error: %v (please report this)", p)
		}
	}()
	script := kernel.Script{File: r.args.Program, Args: r.args.Args}
	if r.args.Function != "" {
		if script.Source, err = r.withCall(r.args.Function); err != nil {
			return err
		}
	}
	_, err = r.kernel.Run(r.ctx, script)
	return err
}

// report tells the client of an error that ended the script, and returns the
// exit code.
func (r *run) report(err error) int {
	if err == nil {
		return 0
	}
	code, text, traceback := 1, err.Error(), ""
	var src debug.Source
	line := 0
	if e, ok := errors.AsType[*runtime.Error](err); ok {
		code, traceback = e.ExitCode(), e.Traceback()
		if e.Kind == runtime.KindExit {
			return code // the script said itself what there was to say
		}
		if e.Chunk == runtime.FileChunk(r.args.Program) {
			src, line = debug.Source{Path: r.args.Program}, e.Line
		}
	}
	if r.ctx.Err() != nil {
		return code // ended by the client's or the server's wish: no news
	}
	if traceback != "" {
		text += "\n" + traceback
	}
	r.writeAt("stderr", []byte(strings.TrimRight(text, "\n")+"\n"), src, line)
	return code
}

// stop asks the script to end, or detaches from one that is not ours. It does
// not wait.
func (r *run) stop() {
	switch {
	case r.target == nil:
		r.cancel()
	case r.target.opts.Launched:
		r.kill()
	default:
		r.detach()
	}
}

// wait reports whether the run was over and freed within d.
func (r *run) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-r.done:
		return true
	case <-timer.C:
		return false
	}
}

// over reports whether the script has ended.
func (r *run) over() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// Stopped implements debug.Handler.
func (r *run) Stopped(st debug.Stop) {
	r.loading.end()
	r.stdout.flush()
	r.stderr.flush()
	r.stopped.Store(true)
	r.session.out.emit(func() message {
		if r.quiet.Load() {
			return nil
		}
		return newEvent("stopped", dap.StoppedEventBody{
			Reason:            string(st.Reason),
			Description:       st.Description,
			ThreadId:          st.Thread,
			Text:              st.Text,
			AllThreadsStopped: true,
			HitBreakpointIds:  r.session.breakpoints.clientIDs(st.Breakpoints),
		})
	})
}

// StopEnded implements debug.Handler. Where the program is over with the script, the
// client hears of that.
func (r *run) StopEnded() {
	if r.target == nil || r.target.opts.Launched {
		return
	}
	r.session.out.emit(func() message {
		if r.quiet.Load() {
			return nil
		}
		r.stopped.Store(false)
		return newEvent("continued", continuedBody{ThreadID: mainThread, AllThreadsContinued: true})
	})
}

// ThreadStarted implements debug.Handler.
func (r *run) ThreadStarted(t debug.Thread) { r.notifyThread("started", t) }

// ThreadExited implements debug.Handler.
func (r *run) ThreadExited(t debug.Thread) { r.notifyThread("exited", t) }

func (r *run) notifyThread(reason string, t debug.Thread) {
	if !r.quiet.Load() {
		r.session.out.notify(newEvent("thread", dap.ThreadEventBody{Reason: reason, ThreadId: t.ID}))
	}
}

// BreakpointChanged implements debug.Handler.
func (r *run) BreakpointChanged(b debug.Breakpoint) {
	r.session.out.emit(func() message {
		if changed := r.session.breakpoints.changed(r, b); changed != nil {
			return newEvent("breakpoint", breakpointEventBody{Reason: "changed", Breakpoint: *changed})
		}
		return nil
	})
}

// LogPoint implements debug.Handler.
func (r *run) LogPoint(text string, src debug.Source, line int) {
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	r.writeAt("console", []byte(text), src, line)
}
