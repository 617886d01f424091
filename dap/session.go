package dap

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"

	dap "github.com/google/go-dap"
	"go.uber.org/zap"

	engine "github.com/llmspell/llmspell/runtime/debug"
)

// phase says how far the conversation of a session has got.
type phase int

const (
	phaseNew         phase = iota // before initialize
	phaseInitialized              // the client may configure and launch
	phaseStarted                  // a script was started; it may have ended
)

// session is the conversation with one client. Its fields belong to the
// dispatcher, apart from in, out, callbacks and breakpoints, which have their own locks.
type session struct {
	server *Server
	log    *zap.Logger
	ctx    context.Context
	in     *inbox
	out    *outbox

	callbacks *reverse // what the client was asked

	only       string      // the target that this connection is for; "": any
	known      func()      // is called when the peer has shown the token
	authorized atomic.Bool // the peer has shown the token, or need not
	invited    bool        // the initialized event was sent
	record     recorder    // what the client has configured, for a bridge
	bridge     *bridge     // to the server that debugs the script, or nil
	meeting    *meeting    // where processes that we start call back, or nil
	childToken string      // for scripts that the script runs

	phase       phase
	lastSource  atomic.Int64                   // see references
	client      translator                     // without path mappings, which belong to a launch
	offers      dap.InitializeRequestArguments // what the client supports
	told        capabilities                   // what the client knows of ours
	pending     *pendingLaunch
	configured  bool
	breakpoints *breakpoints
	handles     handles
	memory      memoryRefs
	run         *run   // the latest; nil before the first
	after       func() // what to do once the response is queued
}

// handler answers one kind of request. It returns the body of the response or
// an error, from which exactly one response is made.
type handler struct {
	needs  phase
	handle func(*session, *request) (any, error)
	// cancellable says that the work, once begun, ends when it is cancelled.
	cancellable bool
	// live lets the script's messages pass before the response: for requests
	// that take long, or whose response is the last message.
	live bool
}

func newSession(ctx context.Context, server *Server, log *zap.Logger) *session {
	return &session{
		server:      server,
		log:         log,
		ctx:         ctx,
		in:          newInbox(ctx),
		out:         newOutbox(log),
		callbacks:   newReverse(),
		breakpoints: newBreakpoints(),
		memory:      memoryRefs{},
	}
}

// typed makes a handler from a function of decoded arguments.
func typed[A any](needs phase, f func(*session, A) (any, error)) handler {
	return handler{needs: needs, handle: func(s *session, r *request) (any, error) {
		var args A
		if err := r.decode(&args); err != nil {
			return nil, err
		}
		return f(s, args)
	}}
}

// cancellable is typed for work that ends with a context.
func cancellable[A any](needs phase, f func(*session, context.Context, A) (any, error)) handler {
	return handler{needs: needs, cancellable: true, handle: func(s *session, r *request) (any, error) {
		var args A
		if err := r.decode(&args); err != nil {
			return nil, err
		}
		return f(s, r.ctx, args)
	}}
}

// passing lets the script's messages pass before the response.
func passing(h handler) handler {
	h.live = true
	return h
}

// handlers is the table of requests that the server knows.
func handlers() map[string]handler {
	return map[string]handler{
		"initialize":        {needs: phaseNew, handle: (*session).initialize},
		"launch":            {needs: phaseInitialized, handle: (*session).launch},
		"attach":            {needs: phaseInitialized, handle: (*session).attach},
		"configurationDone": {needs: phaseInitialized, handle: (*session).configurationDone},
		"restart":           {needs: phaseStarted, handle: (*session).restart},
		"terminate":         {needs: phaseInitialized, handle: (*session).terminate},
		"disconnect":        {needs: phaseNew, handle: (*session).disconnect, live: true},
		"cancel":            {needs: phaseInitialized, handle: (*session).cancelled},

		"setBreakpoints":            typed(phaseInitialized, (*session).setBreakpoints),
		"setFunctionBreakpoints":    typed(phaseInitialized, (*session).setFunctionBreakpoints),
		"setExceptionBreakpoints":   typed(phaseInitialized, (*session).setExceptionBreakpoints),
		"setDataBreakpoints":        typed(phaseInitialized, (*session).setDataBreakpoints),
		"setInstructionBreakpoints": typed(phaseInitialized, (*session).setInstructionBreakpoints),
		"dataBreakpointInfo":        typed(phaseStarted, (*session).dataBreakpointInfo),
		"breakpointLocations":       typed(phaseInitialized, (*session).breakpointLocations),

		"continue":         typed(phaseStarted, (*session).resume),
		"next":             typed(phaseStarted, (*session).next),
		"stepIn":           typed(phaseStarted, (*session).stepIn),
		"stepOut":          typed(phaseStarted, (*session).stepOut),
		"pause":            typed(phaseStarted, (*session).pause),
		"stepInTargets":    typed(phaseStarted, (*session).stepInTargets),
		"gotoTargets":      typed(phaseStarted, (*session).gotoTargets),
		"goto":             typed(phaseStarted, (*session).jump),
		"restartFrame":     typed(phaseStarted, (*session).restartFrame),
		"terminateThreads": typed(phaseStarted, (*session).terminateThreads),

		"threads":       {needs: phaseInitialized, handle: (*session).threads},
		"stackTrace":    cancellable(phaseStarted, (*session).stackTrace),
		"exceptionInfo": typed(phaseStarted, (*session).exceptionInfo),
		"scopes":        typed(phaseStarted, (*session).scopes),
		"variables":     cancellable(phaseStarted, (*session).variables),
		"setVariable":   cancellable(phaseStarted, (*session).setVariable),
		"setExpression": passing(cancellable(phaseStarted, (*session).setExpression)),
		"evaluate":      passing(cancellable(phaseStarted, (*session).evaluate)),
		"completions":   cancellable(phaseStarted, (*session).completions),
		"locations":     typed(phaseStarted, (*session).locations),
		"readMemory":    cancellable(phaseStarted, (*session).readMemory),
		"writeMemory":   cancellable(phaseStarted, (*session).writeMemory),
		"disassemble":   cancellable(phaseStarted, (*session).disassemble),
		"source":        cancellable(phaseStarted, (*session).source),
		"loadedSources": {needs: phaseInitialized, handle: (*session).loadedSources},
		"modules":       typed(phaseStarted, (*session).modules),

		// Requests of our own, or of other adapters.
		"toggleSkipFileStatus": typed(phaseStarted, (*session).toggleSkipFileStatus),
		"setStepFilters":       typed(phaseStarted, (*session).setStepFilters),
	}
}

// errLater says that the response to a request comes with a later one.
var errLater = errors.New("answered later")

// dispatch answers requests in order until the client disconnects or its
// stream ends.
func (s *session) dispatch() {
	for {
		r := s.in.get()
		if r == nil {
			return
		}
		if r.inside != nil {
			r.inside(r.ctx)
			continue
		}
		s.log.Debug("request", zap.Int("seq", r.seq), zap.String("command", r.command))
		if s.bridge.forward(r) {
			continue
		}
		if !s.server.handlers[r.command].live {
			s.out.hold()
		}
		progress := s.watch(r, s.server.handlers[r.command])
		body, err := s.call(r)
		progress.end()
		if err != nil && err != errLater {
			s.log.Debug("request failed", zap.Int("seq", r.seq), zap.String("command", r.command), zap.Error(err))
		}
		switch {
		case r.command == "disconnect" || s.refused(err):
			s.out.close(newResponse(r, body, err))
			return
		case err == errLater:
			s.out.release(nil)
		default:
			s.out.release(newResponse(r, body, err))
		}
		if after := s.after; after != nil {
			s.after = nil
			after()
		}
	}
}

// later does something once the response is queued.
func (s *session) later(do func()) {
	before := s.after
	s.after = func() {
		if before != nil {
			before()
		}
		do()
	}
}

// call finds and runs the handler of r. A panic becomes an error: one bad
// request must not end a session, nor the server's other sessions.
func (s *session) call(r *request) (body any, err error) {
	defer s.recovered(r.command, &err)
	if r.problem != nil {
		return nil, r.problem
	}
	if err := s.admit(r); err != nil {
		return nil, err
	}
	h, ok := s.server.handlers[r.command]
	if !ok {
		return nil, &requestError{kind: kindUnknownCommand, text: fmt.Sprintf("unknown command %q", r.command)}
	}
	if s.phase < h.needs {
		if s.phase == phaseNew {
			return nil, wrongState("%s: initialize must be the first request", r.command)
		}
		return nil, wrongState("%s: no script was started yet: send launch and configurationDone first", r.command)
	}
	if err := r.ctx.Err(); err != nil && r.command != "disconnect" {
		if s.ctx.Err() != nil { // nobody has cancelled the request itself
			err = sessionEnds(r)
		}
		return nil, err
	}
	if body, err = h.handle(s, r); err == nil {
		s.record.note(r, body)
	}
	return body, err
}

// recovered, deferred, turns a panic of a request into its error.
func (s *session) recovered(command string, err *error) {
	if p := recover(); p != nil {
		s.log.Error("panic while answering a request", zap.String("command", command), zap.Any("panic", p), zap.ByteString("stack", debug.Stack()))
		*err = &requestError{kind: kindInternal, text: fmt.Sprintf("%s: internal error: %v (please report this)", command, p), show: true}
	}
}

// engine returns the engine of the present run, for requests that need one.
func (s *session) engine() (*engine.Engine, error) {
	if s.run.engine == nil {
		return nil, wrongState("debugging is off: the script was launched with noDebug")
	}
	return s.run.engine, nil
}

// engineFor is engine, with the number that the client's id of a frame, or
// another handle, has there.
func (s *session) engineFor(id int) (*engine.Engine, int, error) {
	e, err := s.engine()
	if err != nil {
		return nil, 0, err
	}
	n, err := s.handles.toEngine(id)
	return e, n, err
}

// end stops the script and closes the outbox. A client that has not left by itself
// is told all that it waits for.
func (s *session) end() error {
	var err error
	for _, r := range s.in.unanswered() {
		if r.inside != nil {
			continue
		}
		if r.command == "disconnect" {
			s.out.reply(newResponse(r, nil, nil))
		} else {
			s.out.reply(newResponse(r, nil, sessionEnds(r)))
		}
	}
	s.pending = s.answerPending("the server")
	if s.run != nil && !s.run.abandoned {
		if s.ctx.Err() != nil {
			s.run.leaveClient()
		}
		s.run.stop()
		if !s.run.wait(abandonTimeout) {
			err = fmt.Errorf("script %s did not stop: a Go function that it called ignores its context", s.run.args.Program)
		}
	}
	s.bridge.close()
	s.meeting.close()
	s.out.close(nil)
	return err
}

// linger waits for a script that the client has let run on.
func (s *session) linger() {
	if s.run == nil || !s.run.abandoned {
		return
	}
	<-s.run.done
}
