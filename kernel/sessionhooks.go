package kernel

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel/events"
	"github.com/llmspell/llmspell/kernel/hooks"
	"github.com/llmspell/llmspell/kernel/state"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// afterTime is how long hooks may take that run when an execution has ended.
const afterTime = time.Second

// closeGlobals ends what the globals have begun, and the session's hooks.
func (s *Session) closeGlobals() {
	for _, f := range slices.Backward(s.closers) {
		f()
	}
	s.hooks.Close()
}

// protected calls a function of the script's for the globals.
func (s *Session) protected(L *lua.LState, limit time.Duration, fn *lua.LFunction, args ...lua.LValue) ([]lua.LValue, error) {
	values, err := s.state.Protected(L, limit, fn, args...)
	if err != nil { // a nil *runtime.Error is no nil error
		return nil, err
	}
	return values, nil
}

// publishing is how the session's own events are published.
func (s *Session) publishing(thread any) events.PublishOptions {
	return events.PublishOptions{Hooks: s.hooks, Thread: thread, Meta: events.Metadata{Source: s.cfg.ID}}
}

// executing publishes the beginning of an execution, and returns what publishes its
// end.
func (s *Session) executing(ctx context.Context, script string) (ended func(error)) {
	b := s.cfg.Services.Events
	start := time.Now()
	publish := func(eventType string, data map[string]any) {
		data["session"], data["script"] = s.cfg.ID, script
		_, _ = b.Publish(context.WithoutCancel(ctx), eventType, data, s.publishing(nil)) // the execution does not depend on who listens
	}
	if b.Wanted(events.ExecutionStarted) {
		publish(events.ExecutionStarted, map[string]any{})
	}
	return func(err error) {
		data := map[string]any{"duration_ms": float64(time.Since(start)) / float64(time.Millisecond)}
		if err == nil {
			if b.Wanted(events.ExecutionCompleted) {
				publish(events.ExecutionCompleted, data)
			}
			return
		}
		if b.Wanted(events.ExecutionFailed) {
			data["kind"], data["message"] = "kernel", err.Error()
			if lerr, ok := errors.AsType[*runtime.Error](err); ok {
				data["kind"], data["message"] = kindName(lerr.Kind), lerr.Message
				if lerr.Line > 0 {
					data["line"] = lerr.Line
				}
			}
			publish(events.ExecutionFailed, data)
		}
	}
}

// stateChanged publishes a change of the state, if the configuration wants that.
func (s *Session) stateChanged(c state.Change) {
	if l := s.cfg.Services.Learner; l != nil {
		l.changed(s.cfg.ID, c)
	}
	b := s.cfg.Services.Events
	if !s.configured().Config.Events.EmitStateEvents || !b.Wanted(events.StateChanged) {
		return
	}
	data := map[string]any{"scope": c.Scope.String(), "key": c.Key, "action": c.Operation}
	_, _ = b.Publish(context.Background(), events.StateChanged, data, s.publishing(nil)) // the write was made, whoever listens
}

func kindName(k runtime.ErrorKind) string {
	if names := [...]string{"script", "syntax", "file", "cancelled", "timeout", "budget", "exit"}; int(k) < len(names) {
		return names[k]
	}
	return "script"
}

// afterwards runs the hooks that wait for the end of an execution: those of a limit
// that it has reached, and of denials that it has come to at its very end.
func (s *Session) afterwards(ctx context.Context, err *runtime.Error) {
	var calls []*hooks.Call
	if name, ok := exceeded(err); ok && s.hooks.Has(hooks.ResourceLimitExceeded) {
		calls = append(calls, &hooks.Call{Point: hooks.ResourceLimitExceeded, Component: s.component(),
			Data: map[string]any{"resource": name, "message": err.Message, "line": err.Line, "chunk": err.Chunk}})
	}
	s.runAfter(ctx, calls)
}

// runAfter runs hooks where no execution goes on, those that have waited for it
// first.
func (s *Session) runAfter(ctx context.Context, last []*hooks.Call) {
	calls := s.later.take()
	for _, call := range last {
		calls = append(calls, laterCall{Call: call})
	}
	if len(calls) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), afterTime)
	defer cancel()
	run := func(L *lua.LState) int { // inside an execution, so that hooks can be functions of the script
		for _, call := range calls {
			call.Thread = L
			s.runLater(s.state.RunContext(), call)
		}
		calls = nil
		return 0
	}
	_, _ = s.state.Call(ctx, s.state.L.NewFunction(run)) // the hooks' failures are logged, and nothing else can fail
	for _, call := range calls {                         // the state is closed: those that are Go functions
		call.Thread = nil
		s.runLater(ctx, call)
	}
}

func (s *Session) runLater(ctx context.Context, call laterCall) {
	if call.own {
		s.hooks.RunOwn(ctx, call.Call)
		return
	}
	s.hooks.Run(ctx, call.Call)
}

// tell runs the session's own hooks for something that has happened elsewhere in
// the kernel, on any goroutine: at the next safe point of the script that runs, or
// else at the end of the session's next execution.
func (s *Session) tell(call *hooks.Call) {
	if !s.hooks.HasOwn(call.Point) {
		return
	}
	s.later.add(laterCall{call, true})
	s.runSoon()
}

// ended runs the hooks of a hosted session's end.
func (s *Session) ended(name, reason string) {
	var last []*hooks.Call
	if s.hooks.Has(hooks.SessionEnd) {
		last = append(last, &hooks.Call{Point: hooks.SessionEnd, Component: s.component(),
			Data: map[string]any{"session_id": s.cfg.ID, "name": name, "status": "closed", "reason": reason}})
	}
	s.runAfter(context.Background(), last)
}

// exceeded names the limit that has ended an execution.
func exceeded(err *runtime.Error) (string, bool) {
	switch {
	case err == nil:
	case err.Kind == runtime.KindTimeout:
		return "time", true
	case err.Kind == runtime.KindBudget:
		return "instructions", true
	case err.Kind == runtime.KindScript && strings.HasSuffix(err.Message, "not enough memory"):
		return "memory", true
	}
	return "", false
}

func (s *Session) component() hooks.Component {
	return hooks.Component{Type: "session", Name: s.cfg.ID}
}

// laterCall is a call of hooks that waits for a safe point. Own: of those of the
// session alone.
type laterCall struct {
	*hooks.Call
	own bool
}

// laterCalls are those that have not run yet.
type laterCalls struct {
	mu    sync.Mutex
	calls []laterCall
}

// maxLater bounds those that wait: a script can try again and again what it may
// not before it comes to a safe point.
const maxLater = 100

func (v *laterCalls) add(call laterCall) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if n := len(v.calls); n > 0 && call.Point == hooks.SecurityViolation && v.calls[n-1].Point == call.Point && v.calls[n-1].Data["message"] == call.Data["message"] {
		return // one call of a library function may look at a file twice
	}
	if len(v.calls) < maxLater {
		v.calls = append(v.calls, call)
	}
}

func (v *laterCalls) take() []laterCall {
	v.mu.Lock()
	defer v.mu.Unlock()
	calls := v.calls
	v.calls = nil
	return calls
}

// violated is told of a denial that a library function has come to, on any
// goroutine. The hooks run at the next safe point, on the one that runs Lua.
func (s *Session) violated(denied *sandbox.DeniedError) {
	if !s.hooks.Has(hooks.SecurityViolation) {
		return
	}
	s.later.add(laterCall{Call: &hooks.Call{Point: hooks.SecurityViolation, Component: s.component(), Language: "lua",
		Data: violation("script", denied.Error(), denied.Details())}})
	s.runSoon()
}

// runSoon runs the hooks that wait at the next safe point, if a script runs.
func (s *Session) runSoon() {
	s.state.Post(func(L *lua.LState) {
		if !s.state.Executing() || s.state.Ending() || s.state.Evaluating() {
			return // later, or afterwards
		}
		for _, call := range s.later.take() {
			call.Thread = L
			s.runLater(s.state.RunContext(), call)
		}
	})
}
