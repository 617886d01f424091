package hooks

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/kernel/internal/glob"
)

// maxDepth is how many points may be under way inside each other: hooks that do
// things at which hooks run.
const maxDepth = 8

// frame is a point that is under way, and the context of its hooks.
type frame struct {
	context.Context
	point Point
	depth int
	up    *frame
}

type frameKey struct{}

// Value finds the innermost frame, for a run that a hook causes.
func (f *frame) Value(key any) any {
	if key == (frameKey{}) {
		return f
	}
	return f.Context.Value(key)
}

// Run runs the hooks of call.Point in order until one of them decides, and
// returns what it has come to; call.Data then holds what Modified has made of it.
// What a hook does runs no hooks at the same point, and none beyond a certain
// depth. Run never fails and never panics; it waits for hooks, but not for what
// they ask for.
func (r *Registry) Run(ctx context.Context, call *Call) Outcome {
	return r.run(ctx, call, r.at(call.Point))
}

// RunOwn is Run without the hooks of the registries below: those have seen the
// call elsewhere.
func (r *Registry) RunOwn(ctx context.Context, call *Call) Outcome {
	return r.run(ctx, call, r.own(call.Point))
}

// HasOwn is Has for RunOwn.
func (r *Registry) HasOwn(p Point) bool { return len(r.own(p)) > 0 }

// own returns the hooks of a point that this registry itself has.
func (r *Registry) own(p Point) []*Hook {
	if t := r.table.Load(); t != nil && !r.off.Load() {
		return t.hooks[p]
	}
	return nil
}

func (r *Registry) run(ctx context.Context, call *Call, hooks []*Hook) Outcome {
	if len(hooks) == 0 {
		return Outcome{}
	}
	up, _ := ctx.Value(frameKey{}).(*frame)
	if call.Thread != nil && r.chain != nil {
		up = r.chain
	}
	f := &frame{Context: ctx, point: call.Point, up: up, depth: 1}
	if up != nil {
		f.depth = up.depth + 1
		for ; up != nil; up = up.up {
			if up.point == call.Point || f.depth > maxDepth {
				r.shared.totals.recursions.Add(1)
				return Outcome{}
			}
		}
	}
	if call.Thread != nil {
		outer := r.chain
		r.chain = f
		defer func() { r.chain = outer }()
	}
	var out Outcome
	for _, h := range hooks {
		if h.disabled.Load() || h.gone.Load() || !h.selects(call) {
			continue
		}
		switch res := r.one(f, h, call); res.Kind {
		case Continue, Skip:
		case Modified:
			data := maps.Clone(call.Data)
			if data == nil {
				data = make(map[string]any, len(res.Data))
			}
			maps.Copy(data, res.Data)
			call.Data = data
			if out.Kind == Modified { // what all of them have changed
				all := make(map[string]any, len(out.Data)+len(res.Data))
				maps.Copy(all, out.Data)
				maps.Copy(all, res.Data)
				res.Data = all
			}
			out = Outcome{Result: res, Hook: h.def.Name}
		default:
			return Outcome{Result: res, Hook: h.def.Name}
		}
	}
	return out
}

// at returns the hooks of a point, of all layers, in order.
func (r *Registry) at(p Point) []*Hook {
	var first, merged []*Hook
	for ; r != nil; r = r.below {
		t := r.table.Load()
		if t == nil || r.off.Load() {
			continue
		}
		switch list := t.hooks[p]; {
		case len(list) == 0:
		case first == nil:
			first = list
		default:
			if merged == nil {
				merged = slices.Clone(first)
			}
			merged = append(merged, list...)
		}
	}
	if merged == nil {
		return first
	}
	slices.SortFunc(merged, order)
	return merged
}

func (h *Hook) selects(call *Call) bool {
	want := &h.def.Component
	return (want.Type == "" || want.Type == call.Component.Type) &&
		(want.Name == "" || want.Name == call.Component.Name || glob.Match(want.Name, call.Component.Name))
}

// one calls a hook, and settles what becomes of its failures.
func (r *Registry) one(ctx *frame, h *Hook, call *Call) Result {
	now := r.shared.opt.Now
	start := now()
	if !h.breaker.allows(start) {
		h.count.passed.Add(1)
		if h.def.Guard {
			text, _ := h.failure.get()
			return Result{Kind: Cancel, Reason: "the guard is left out after failures, the last: " + text}
		}
		return Result{}
	}
	res, err := h.invoke(ctx, call)
	if err == nil {
		err = res.check()
	}
	end := now()
	took := end.Sub(start)
	h.count.took(took)
	r.shared.totals.calls.Add(1)
	slow := took > h.breaker.opt.SlowAfter && h.breaker.opt.SlowAfter > 0 && !res.Untimed
	if slow {
		h.count.slow.Add(1)
		if err == nil {
			h.failure.set(fmt.Sprintf("took %v, which is more than %v", took.Round(time.Millisecond), h.breaker.opt.SlowAfter), end)
		}
	}
	interrupted := err != nil && (ctx.Err() != nil || errors.Is(err, ErrInterrupted)) // the end of the caller's work is no fault of the hook's
	if err != nil {
		if !interrupted {
			r.failed(h, call, err, end)
		}
		res = Result{}
		if h.def.Guard {
			res = Result{Kind: Cancel, Reason: "the guard failed: " + err.Error()}
		}
	}
	if !interrupted && h.breaker.ended(end, slow || err != nil) {
		r.shared.totals.opened.Add(1)
		text, _ := h.failure.get()
		r.shared.opt.Log.Warn("a hook is left out for a while: it fails or is slow", zap.String("hook", h.def.Name),
			zap.String("point", string(h.point)), zap.Duration("for", h.breaker.opt.Open), zap.String("last", text))
	}
	switch res.Kind {
	case Continue:
	case Skip:
		h.count.skipped.Add(1)
	case Modified:
		h.count.modified.Add(1)
	default:
		h.count.decided.Add(1)
	}
	return res
}

func (r *Registry) failed(h *Hook, call *Call, err error, at time.Time) {
	h.count.failures.Add(1)
	r.shared.totals.failures.Add(1)
	h.failure.set(err.Error(), at)
	fields := []zap.Field{zap.String("hook", h.def.Name), zap.String("point", string(h.point)),
		zap.String("component", call.Component.Type+" "+call.Component.Name), zap.Error(err)}
	if traced, ok := err.(interface{ Traceback() string }); ok {
		fields = append(fields, zap.String("traceback", traced.Traceback()))
	}
	r.shared.opt.Log.Warn("a hook failed", fields...)
}

// ErrInterrupted is the failure of a hook that has been ended because the work that
// it is part of must end. It is not counted.
var ErrInterrupted = errors.New("interrupted: the execution must end")

// PanicError is the failure of a hook that has panicked.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Traceback returns the stack of the panic.
func (e *PanicError) Traceback() string { return string(e.Stack) }

// TimeoutError is the failure of a hook whose time was up.
type TimeoutError struct{ After time.Duration }

func (e *TimeoutError) Error() string { return fmt.Sprintf("took longer than %v", e.After) }

func (h *Hook) invoke(ctx *frame, call *Call) (Result, error) {
	if h.def.Timeout > 0 {
		return h.apart(ctx, call)
	}
	return h.protected(ctx, call)
}

func (h *Hook) protected(ctx context.Context, call *Call) (res Result, err error) {
	defer func() {
		if v := recover(); v != nil {
			res, err = Result{}, &PanicError{v, debug.Stack()}
		}
	}()
	return h.def.Func(ctx, call)
}

// apart calls the hook on a goroutine of its own, with a call of its own, so that
// it can be left behind. A Lua thread does not go along.
func (h *Hook) apart(ctx *frame, call *Call) (Result, error) {
	limited, cancel := context.WithTimeout(ctx, h.def.Timeout)
	type answer struct {
		res Result
		err error
	}
	answers := make(chan answer, 1)
	own := *call
	own.Thread = nil
	own.Data = maps.Clone(call.Data)
	go func() {
		defer cancel()
		a := answer{err: fmt.Errorf("the hook ended its goroutine")}
		defer func() { answers <- a }()
		a.res, a.err = h.protected(limited, &own)
	}()
	select {
	case a := <-answers:
		return a.res, a.err
	case <-limited.Done():
	}
	select { // it may have ended just now
	case a := <-answers:
		return a.res, a.err
	default:
	}
	if err := ctx.Err(); err != nil { // the caller's time is up, not the hook's
		return Result{}, err
	}
	return Result{}, &TimeoutError{h.def.Timeout}
}

// Ask is Run for what may still be refused, put off or changed: it waits where
// hooks say Retry and asks them again, until they say something else. The error
// is a *CancelledError, or ctx's.
func (r *Registry) Ask(ctx context.Context, call *Call) (Outcome, error) {
	data := call.Data
	for attempt := 1; ; attempt++ {
		out := r.Run(ctx, call)
		switch out.Kind {
		case Cancel:
			return out, &CancelledError{Point: call.Point, Hook: out.Hook, Reason: out.Reason}
		case Retry:
			if attempt >= out.MaxAttempts {
				return out, &CancelledError{Point: call.Point, Hook: out.Hook, Reason: fmt.Sprintf("it was put off %d times, and could not begin", attempt)}
			}
			if err := r.sleep(ctx, call, out.Delay); err != nil {
				return out, err
			}
			call.Data = data
			continue
		}
		return out, nil
	}
}

// sleep waits as the owner of the call's thread wants it.
func (r *Registry) sleep(ctx context.Context, call *Call, d time.Duration) error {
	if r.wait == nil || call.Thread == nil {
		return Sleep(ctx, d)
	}
	return r.wait(ctx, d)
}

// Sleep waits for d, or for ctx, whose error it then returns.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Notify runs the hooks of a point that tells of something and asks for nothing.
// Data is made only when somebody listens.
func (r *Registry) Notify(ctx context.Context, p Point, about Component, data func() map[string]any) {
	if !r.Has(p) {
		return
	}
	call := &Call{Point: p, Component: about}
	if data != nil {
		call.Data = data()
	}
	r.Run(ctx, call)
}
