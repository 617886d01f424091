package dap

import (
	"context"
	"fmt"
	"path/filepath"

	dap "github.com/google/go-dap"
)

// pendingLaunch is a launch or attach request that waits for configurationDone.
type pendingLaunch struct {
	request *request
	args    launchArguments
	attach  *attachArguments // for an attach request, else nil
}

func (s *session) initialize(r *request) (any, error) {
	if s.phase != phaseNew {
		return nil, wrongState("initialize: the session is already initialized")
	}
	args := dap.InitializeRequestArguments{LinesStartAt1: true, ColumnsStartAt1: true}
	if err := r.decode(&args); err != nil {
		return nil, err
	}
	switch args.PathFormat {
	case "", "path":
	case "uri":
		s.client.uri = true
	default:
		return nil, badArguments("initialize: pathFormat %q is not supported: use \"path\" or \"uri\"", args.PathFormat)
	}
	if args.LinesStartAt1 {
		s.client.lineBase = 1
	}
	if args.ColumnsStartAt1 {
		s.client.columnBase = 1
	}
	s.offers = args
	s.phase = phaseInitialized
	// Breakpoints are kept until launch, so the client may send them at once.
	s.invite()
	s.told = s.capabilities()
	return s.told, nil
}

func (s *session) launch(r *request) (any, error) {
	if s.pending != nil || s.phase == phaseStarted {
		return nil, wrongState("launch: a script was already launched in this session: use restart, or a new connection")
	}
	var args launchArguments
	if err := r.decode(&args); err != nil {
		return nil, showUser(err)
	}
	if err := args.resolve(s.client); err != nil {
		return nil, showUser(err)
	}
	if _, err := s.sandbox(args); err != nil {
		return nil, showUser(err)
	}
	s.pending = &pendingLaunch{request: r, args: args}
	if s.configured {
		s.start(r.ctx)
	}
	return nil, errLater
}

func (s *session) configurationDone(r *request) (any, error) {
	if s.configured {
		return nil, wrongState("configurationDone was already sent")
	}
	s.configured = true
	if s.pending != nil {
		s.start(r.ctx)
	}
	return nil, nil
}

// start runs the launched script, now that both requests were seen, and
// answers launch.
func (s *session) start(ctx context.Context) {
	p := s.pending
	s.pending = nil
	switch {
	case p.attach != nil && p.attach.Kernel != "":
		s.startBridge(p, func() error { return s.connectKernel(ctx, p) })
		return
	case p.attach != nil && p.attach.Connect != nil:
		s.startBridge(p, func() error { return s.connect(ctx, p) })
		return
	case p.attach != nil:
		s.startAttach(ctx, p)
		return
	case s.wantsTerminal(p.args):
		s.startBridge(p, func() error { return s.runInTerminal(ctx, p) })
		return
	}
	run, err := s.prepare(p.args)
	s.out.emit(func() message { return newResponse(p.request, nil, err) })
	if err == nil {
		s.begin(run)
	}
}

// prepare makes a run. It does not panic, because start must answer launch,
// which is not the request that is being handled.
func (s *session) prepare(args launchArguments) (r *run, err error) {
	defer s.recovered("launch", &err)
	if r, err = newRun(s, args); err != nil {
		return nil, showUser(err)
	}
	return r, nil
}

// begin makes r the present run and starts it, once the response is queued.
func (s *session) begin(r *run) {
	s.run = r
	s.phase = phaseStarted
	clear(s.memory)
	if r.engine == nil {
		s.announce(noDebugCapabilities())
	} else {
		s.announce(s.capabilities())
	}
	s.emit("process", dap.ProcessEventBody{
		Name: r.args.Program, SystemProcessId: r.pid, IsLocalProcess: true, StartMethod: "launch",
	})
	s.out.emit(mainStarted)
	r.loading = s.progress(dap.ProgressStartEventBody{
		ProgressId: fmt.Sprintf("load-%d", s.handles.run), Title: "Loading " + filepath.Base(r.args.Program),
	})
	s.later(r.start)
}

// restart runs the script again, with the launch arguments of the request or
// the ones before, and with all breakpoints.
func (s *session) restart(r *request) (any, error) {
	if s.run.target != nil {
		return s.restartTarget(r)
	}
	args, err := s.restartArguments(r)
	if err != nil {
		return nil, showUser(err)
	}
	s.run.quiet.Store(true)
	s.run.stop()
	if !s.run.wait(abandonTimeout) {
		s.run.quiet.Store(false)
		return nil, showUser(wrongState("restart: the script has not stopped within %v: a Go function that it called ignores its context", abandonTimeout))
	}
	if s.run.stopped.Load() {
		// The client still shows the stop of the run that is gone.
		s.emit("continued", continuedBody{ThreadID: mainThread, AllThreadsContinued: true})
	}
	s.run.sourcesGone()
	run, err := s.prepare(args)
	if err != nil {
		s.emit("terminated", nil)
		return nil, err
	}
	s.begin(run)
	return nil, nil
}

// restartArguments are those that the request brings, or the ones before.
func (s *session) restartArguments(r *request) (launchArguments, error) {
	var body struct {
		Arguments *launchArguments `json:"arguments"`
		Program   string           `json:"program"`
	}
	if err := r.decode(&body); err != nil {
		return launchArguments{}, err
	}
	if body.Arguments == nil && body.Program != "" {
		// nvim-dap sends the configuration itself.
		body.Arguments = new(launchArguments)
		if err := r.decode(body.Arguments); err != nil {
			return launchArguments{}, err
		}
	}
	if body.Arguments == nil {
		return s.run.args, nil
	}
	err := body.Arguments.resolve(s.client)
	return *body.Arguments, err
}

// terminate asks the script to end; the terminated event follows when it has.
func (s *session) terminate(*request) (any, error) {
	if s.run == nil {
		s.pending = s.answerPending("terminate")
		s.emit("terminated", nil)
		return nil, nil
	}
	if s.run.target != nil {
		s.run.kill()
		return nil, nil
	}
	s.run.stop()
	return nil, nil
}

// answerPending answers a launch that will never start.
func (s *session) answerPending(by string) *pendingLaunch {
	if s.pending != nil {
		r := s.pending.request
		s.out.emit(func() message {
			return newResponse(r, nil, wrongState("%s: ended by %s before configurationDone", r.command, by))
		})
	}
	return nil
}

// cancelNow takes effect on the reader, before the request it cancels is done.
func (s *session) cancelNow(r *request) {
	var args dap.CancelArguments
	if r.decode(&args) != nil {
		return
	}
	for _, seq := range []int{args.RequestId, progressRequest(args.ProgressId)} {
		if seq != 0 {
			s.in.cancel(seq)
		}
	}
}

// cancelled answers a cancel request, whose work cancelNow has done.
func (s *session) cancelled(r *request) (any, error) {
	var args dap.CancelArguments
	return nil, r.decode(&args)
}

// note writes a line to the client's console.
func (s *session) note(text string) {
	s.emit("output", outputBody{Category: "console", Output: text + "\n"})
}

// emit queues an event that must not be lost.
func (s *session) emit(name string, body any) {
	s.out.emit(func() message { return newEvent(name, body) })
}
