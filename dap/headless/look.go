package headless

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/llmspell/llmspell/runtime/debug"
)

// maxStack is how many frames of a stack are reported.
const maxStack = 50

// evalLimit bounds the expressions of options.
const evalLimit = 2 * time.Second

// stopped is a stop that is being looked at.
type stopped struct {
	debug.Stop
	report Stop
	frames []debug.Frame
	top    int // index in frames: the innermost that runs Lua
}

// look collects what is reported of a stop and judges the expectations there.
// If the execution is ended meanwhile the report has what was found until then.
func (r *run) look(ctx context.Context, s debug.Stop) stopped {
	at := stopped{Stop: s}
	frames, depth, err := r.engine.StackTrace(s.Thread, 0, maxStack)
	if err != nil {
		frames, depth = nil, 0
	}
	at.frames = frames
	at.top = max(0, slices.IndexFunc(frames, func(f debug.Frame) bool { return f.Line > 0 }))
	src, line := s.Source, s.Line
	if line == 0 && len(frames) > 0 {
		src, line = frames[at.top].Source, frames[at.top].Line
	}
	at.report = Stop{
		Type: "stop", N: r.n, Reason: string(s.Reason), Thread: s.Thread, Text: s.Text,
		File: r.files.name(src), Line: line, Source: r.files.excerpt(r.engine, src, line),
		Stack: r.stack(frames), Depth: depth, Locals: []Variable{},
		Evals: []Evaluation{}, Breakpoints: []string{}, Expectations: []Expectation{},
	}
	if vars, err := r.variables(at.frame(), debug.ScopeLocals); err == nil {
		at.report.Locals = vars
	}
	r.judge(ctx, &at)
	for _, code := range r.opts.Evals {
		at.report.Evals = append(at.report.Evals, r.evaluate(ctx, at.frame(), code, evalLimit))
	}
	return at
}

// frame is the handle of the frame in which expressions are evaluated.
func (at *stopped) frame() int {
	if len(at.frames) == 0 {
		return 0
	}
	return at.frames[at.top].ID
}

func (r *run) stack(frames []debug.Frame) []Frame {
	out := []Frame{}
	for _, f := range frames {
		out = append(out, Frame{Name: f.Name, File: r.files.name(f.Source), Line: f.Line})
	}
	return out
}

// variables lists a scope of a frame.
func (r *run) variables(frame int, kind debug.ScopeKind) ([]Variable, error) {
	out := []Variable{}
	scopes, err := r.engine.Scopes(frame)
	if err != nil {
		return nil, err
	}
	for _, s := range scopes {
		if s.Kind != kind {
			continue
		}
		vars, err := r.engine.Variables(s.Ref, debug.FilterAll, 0, 0)
		if err != nil {
			return nil, err
		}
		out = append(out, reported(vars)...)
	}
	return out, nil
}

func reported(vars []debug.Variable) []Variable {
	out := []Variable{}
	for _, v := range vars {
		out = append(out, Variable{Name: v.Name, Value: v.Value, Type: v.Type})
	}
	return out
}

// evaluate runs an expression freely: it may call what it likes, as a condition
// may.
func (r *run) evaluate(ctx context.Context, frame int, code string, limit time.Duration) Evaluation {
	bounded, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	v, err := r.engine.Evaluate(bounded, frame, code, debug.EvalRepl)
	switch {
	case err != nil && bounded.Err() != nil && ctx.Err() == nil:
		return Evaluation{Expression: code, Error: fmt.Sprintf("no result within %v", limit)}
	case err != nil:
		return Evaluation{Expression: code, Error: err.Error()}
	case v.Value == "":
		return Evaluation{Expression: code, Value: v.Type, Type: v.Type} // no value at all counts as nil
	}
	return Evaluation{Expression: code, Value: v.Value, Type: v.Type}
}

// isTrue tells whether Lua takes the first value of an evaluation for true.
func (e Evaluation) isTrue() bool {
	return e.Error == "" && e.Type != "nil" && !(e.Type == "boolean" && strings.HasPrefix(e.Value, "false"))
}

// judge counts the points that a stop has hit and evaluates its expectations.
func (r *run) judge(ctx context.Context, at *stopped) {
	for _, p := range r.hit(at.Breakpoints) {
		p.hits++
		at.report.Breakpoints = append(at.report.Breakpoints, p.spec)
		if p.conditionFailed(at.Text) {
			p.fail(Failure{Stop: r.n, Error: at.Text})
			continue
		}
		if p.kind != kindExpect {
			continue
		}
		v := r.evaluate(ctx, at.frame(), p.place.Action, evalLimit)
		at.report.Expectations = append(at.report.Expectations, Expectation{Spec: p.spec, Met: v.isTrue(), Value: v.Value, Error: v.Error})
		if !v.isTrue() && r.session.State().Aborted() == nil { // the end of the execution is no answer
			p.fail(Failure{Stop: r.n, Value: v.Value, Error: v.Error})
		}
	}
}

// hit finds the points of the engine's breakpoints.
func (r *run) hit(ids []int) (out []*point) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range ids {
		if p := r.owners[id]; p != nil {
			out = append(out, p)
		}
	}
	return out
}
