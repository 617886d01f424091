package dap

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	dap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/runtime/debug"
)

// attachArguments are the arguments of attach: those of launch that concern
// debugging, and what to attach to.
type attachArguments struct {
	launchArguments
	// Target names a Lua state of this process; it may be left out when there
	// is one only.
	Target string `json:"target"`
	// Connect is the address of another debug server, to which this one becomes
	// a bridge.
	Connect *connectArguments `json:"connect"`
	// Token is that of the other server. It may stand in connect too.
	Token string `json:"token"`
	// Kernel names a kernel to which this server becomes a bridge, by its id, the path
	// of its socket or HOST:PORT; Session is the session there that is debugged. It may
	// be left out when there is one only.
	Kernel  string `json:"kernel"`
	Session string `json:"session"`
	// PauseOnAttach stops the script wherever it is.
	PauseOnAttach bool `json:"pauseOnAttach"`
}

// attachTimeout is how long a state may be inside a Go function before an
// attach fails.
const attachTimeout = 20 * time.Second

func (s *session) attach(r *request) (any, error) {
	if s.pending != nil || s.phase == phaseStarted {
		return nil, wrongState("attach: a script is being debugged in this session already: use a new connection")
	}
	var args attachArguments
	if err := r.decode(&args); err != nil {
		return nil, showUser(err)
	}
	if err := args.check(); err != nil {
		return nil, showUser(err)
	}
	if err := s.aim(&args); err != nil {
		return nil, showUser(err)
	}
	if !args.bridged() {
		if _, err := s.server.target(args.Target); err != nil {
			return nil, showUser(err)
		}
	}
	s.pending = &pendingLaunch{request: r, args: args.launchArguments, attach: &args}
	if s.configured {
		s.start(r.ctx)
	}
	return nil, errLater
}

// bridged tells whether it is another server that debugs.
func (a *attachArguments) bridged() bool { return a.Connect != nil || a.Kernel != "" }

// aim checks what an attach names: one thing, and on a connection that is for one
// target, that.
func (s *session) aim(args *attachArguments) error {
	switch {
	case args.Connect != nil && args.Kernel != "":
		return badArguments("attach: \"connect\" and \"kernel\" exclude each other: give the one that runs the script")
	case args.Kernel != "" && s.server.opts.DialKernel == nil:
		return badArguments("attach: this server knows no kernels: use the one of llmspell dap, or \"connect\"")
	case s.only == "" && args.Session != "" && args.Kernel == "":
		return badArguments("attach: \"session\" needs \"kernel\", the kernel that it belongs to")
	case s.only == "":
		return nil
	case args.bridged():
		return badArguments("attach: this connection debugs session %q of a kernel, and no other server", s.only)
	case args.Target != "" && args.Target != s.only, args.Session != "" && args.Session != s.only:
		return badArguments("attach: this connection debugs session %q: leave out \"target\" and \"session\", or connect to the other", s.only)
	}
	args.Target = s.only
	return nil
}

// startAttach attaches, now that attach and configurationDone were seen, and
// answers attach. The script may run all the while: its news come behind the
// response, because that is in the queue first and made last.
func (s *session) startAttach(ctx context.Context, p *pendingLaunch) {
	var err error
	var r *run
	s.out.emit(func() message { return newResponse(p.request, nil, err) })
	s.out.emit(func() message {
		if r == nil {
			return nil
		}
		return newEvent("process", dap.ProcessEventBody{
			Name: r.args.Program, SystemProcessId: r.pid, IsLocalProcess: true, StartMethod: "attach",
		})
	})
	s.out.emit(func() message {
		if r == nil {
			return nil
		}
		return mainStarted()
	})
	r, err = s.attachTarget(ctx, p.attach)
}

func (s *session) attachTarget(ctx context.Context, args *attachArguments) (r *run, err error) {
	defer s.recovered("attach", &err)
	t, err := s.server.target(args.Target)
	if err == nil {
		r, err = newAttached(ctx, s, args, t)
	}
	if err != nil {
		return nil, showUser(err)
	}
	s.run = r
	s.phase = phaseStarted
	if r.engine == nil {
		c := noDebugCapabilities()
		c.Restart = t.opts.Restart != nil
		s.announce(c)
	} else {
		s.announce(s.capabilities())
	}
	s.later(t.attached)
	return r, nil
}

// newAttached attaches to a target, with the session's breakpoints set.
func newAttached(ctx context.Context, s *session, args *attachArguments, t *Target) (*run, error) {
	r := &run{session: s, args: args.launchArguments, translator: s.client, pid: os.Getpid(), target: t, box: t.opts.Sandbox, done: make(chan struct{})}
	r.translator.mappings = args.PathMappings
	r.translator.references = newReferences(&s.lastSource)
	r.args.Program, r.args.Cwd = t.opts.Program, t.opts.Dir
	r.stdout = &outputWriter{run: r, category: "stdout"}
	r.stderr = &outputWriter{run: r, category: "stderr"}
	var err error
	if r.secrets, err = newSecrets(args.Secrets, nil); err != nil {
		return nil, err
	}
	r.ctx, r.cancel = context.WithCancel(s.ctx)
	ctx, cancel := context.WithTimeout(ctx, attachTimeout)
	defer cancel()
	e, stop, err := t.claim(ctx, r, debug.Options{StopOnEntry: args.StopOnEntry, Readable: r.readable()})
	if err != nil {
		return nil, err
	}
	if args.NoDebug {
		e.Detach()
	} else {
		r.engine = e
	}
	s.handles.restart()
	if r.engine != nil {
		err = s.configure(r)
	}
	if err != nil {
		r.detach()
		return nil, err
	}
	if !t.settle(r) {
		r.detach()
		return nil, wrongState("attach: target %q has ended", t.name)
	}
	t.opts.Stdout.connect(r.stdout)
	t.opts.Stderr.connect(r.stderr)
	switch {
	case r.engine == nil:
	case stop != nil:
		r.Stopped(*stop)
	case args.PauseOnAttach:
		err = e.Pause()
	}
	return r, err
}

// restartTarget has the attached program run again, with all breakpoints.
func (s *session) restartTarget(request *request) (any, error) {
	old := s.run
	t := old.target
	if t.opts.Restart == nil {
		return nil, showUser(wrongState("restart: program %q cannot be restarted from here", t.name))
	}
	if old.over() {
		return nil, showUser(wrongState("restart: program %q has ended", t.name))
	}
	var body struct {
		Arguments *attachArguments `json:"arguments"`
	}
	if err := request.decode(&body); err != nil {
		return nil, showUser(err)
	}
	args := body.Arguments
	if args == nil {
		args = &attachArguments{launchArguments: old.args}
	}
	if err := args.check(); err != nil {
		return nil, showUser(err)
	}
	ctx, cancel := context.WithTimeout(request.ctx, attachTimeout)
	defer cancel()
	old.quiet.Store(true)
	st, begin, err := t.opts.Restart(ctx)
	if old.stopped.Load() {
		// The client still shows the stop of the run that is gone.
		s.emit("continued", continuedBody{ThreadID: mainThread, AllThreadsContinued: true})
	}
	old.sourcesGone()
	old.detach()
	if err == nil {
		t.replace(st)
		s.run, err = newAttached(ctx, s, args, t)
	}
	if err != nil {
		s.run = old
		s.emit("terminated", nil)
		return nil, showUser(fmt.Errorf("restart: %w", err))
	}
	s.emit("process", dap.ProcessEventBody{
		Name: s.run.args.Program, SystemProcessId: s.run.pid, IsLocalProcess: true, StartMethod: "attach",
	})
	s.out.emit(mainStarted)
	s.later(begin)
	return nil, nil
}

// targetEnded tells the client that the program it is attached to takes no
// more clients, or has ended with an exit code.
func (r *run) targetEnded(code *int) {
	r.leave(func() {
		r.unhook()
		if code != nil {
			r.stdout.flush()
			r.stderr.flush()
			r.session.emit("exited", dap.ExitedEventBody{ExitCode: *code})
		}
		r.session.emit("terminated", nil)
	})
}

// leaveClient tells the client of an attached program that it is not debugged any
// more: the server ends, and the program may run on.
func (r *run) leaveClient() {
	if r.target != nil && !r.target.opts.Launched {
		r.targetEnded(nil)
	}
}

// detach lets the program run on without a debugger.
func (r *run) detach() {
	r.leave(func() {
		r.unhook()
	})
}

// kill ends what the attached state executes, and detaches from it.
func (r *run) kill() {
	r.leave(func() {
		r.target.state().Cancel(errTerminated)
		r.unhook()
		r.session.emit("terminated", nil)
	})
}

// park leaves the script at its stop for the next client, without breakpoints.
// One that runs is let run.
func (r *run) park() {
	stopped := false
	if r.engine != nil {
		_, stopped = r.engine.Stopped()
	}
	if !stopped {
		r.detach()
		return
	}
	r.leave(func() {
		r.engine.Reset()
		r.target.release(r.engine)
	})
}

// unhook detaches the engine and lets others attach.
func (r *run) unhook() {
	if r.engine != nil {
		r.engine.Detach()
	}
	r.target.release(nil)
}

// leave ends an attached run once.
func (r *run) leave(how func()) {
	r.once.Do(func() {
		how()
		r.cancel()
		close(r.done)
	})
}

// errTerminated is the cause of an execution's end that a client asked for.
var errTerminated = errors.New("terminated by the debugger")

// disconnect ends the session. A launched script ends with it and an attached
// one runs on, unless the client wishes otherwise.
func (s *session) disconnect(request *request) (any, error) {
	var args struct {
		TerminateDebuggee *bool `json:"terminateDebuggee"`
		SuspendDebuggee   bool  `json:"suspendDebuggee"`
	}
	if request.decode(&args) != nil {
		args.TerminateDebuggee = nil // whatever it says, the client goes
	}
	s.pending = s.answerPending("disconnect")
	r := s.run
	terminate := args.TerminateDebuggee != nil && *args.TerminateDebuggee
	stay := args.TerminateDebuggee != nil && !terminate
	switch {
	case s.bridge != nil:
		s.bridge.disconnect(request)
	case r == nil:
	case r.target == nil && stay:
		r.abandon()
	case r.target == nil:
		r.stop()
		r.wait(stopTimeout)
	case terminate:
		r.kill()
	case args.SuspendDebuggee:
		r.park()
	case stay:
		r.detach()
	default:
		r.stop()
	}
	return nil, nil
}

// abandon lets a launched script run on to its end without a debugger. Its
// output goes nowhere.
func (r *run) abandon() {
	r.quiet.Store(true)
	r.abandoned = true
	if r.engine != nil {
		r.engine.Detach()
	}
}
