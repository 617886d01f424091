package debug

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
)

// Time limits of evaluations that no person asked for explicitly.
const (
	hoverTimeout = 500 * time.Millisecond
	watchTimeout = 2 * time.Second
)

// EvalRequest asks for an evaluation of an expression in a frame, or in the
// global scope with Frame 0.
type EvalRequest struct {
	Frame      int
	Expression string
	Mode       EvalMode
	Format     Format
}

// Evaluate is Eval in the usual format.
func (e *Engine) Evaluate(ctx context.Context, frame int, expr string, mode EvalMode) (Variable, error) {
	return e.Eval(ctx, EvalRequest{Frame: frame, Expression: expr, Mode: mode})
}

// Eval evaluates. In EvalRepl mode the code may be statements, it runs until it
// ends or ctx is done, and what it assigns takes effect. In the other modes it
// is refused to change anything.
func (e *Engine) Eval(ctx context.Context, r EvalRequest) (out Variable, err error) {
	limit := watchTimeout
	switch r.Mode {
	case EvalHover:
		limit = hoverTimeout
	case EvalRepl:
		limit = 0
	}
	if code, ok := strings.CutPrefix(strings.TrimSpace(r.Expression), "="); ok && r.Mode == EvalRepl {
		r.Expression = code // as lua's prompt has it
	}
	err = e.inStop(ctx, func(at *stop) error {
		f, err := e.frameOrGlobal(at, r.Frame)
		if err != nil {
			return err
		}
		x, err := e.compileExpression(at.L, f.th, f.f, r.Expression, r.Mode == EvalRepl)
		if err != nil {
			return err
		}
		values, err := e.within(ctx, limit, func(ctx context.Context) ([]lua.LValue, error) {
			if r.Mode == EvalRepl {
				return x.evalFree(ctx, e, at.L, f, nil)
			}
			return x.evalGuarded(ctx, e, at.L, f)
		})
		v := e.view(ctx, at.L, r.Format)
		if err != nil {
			return v.evaluationError(err, r.Expression)
		}
		out = v.results(r.Expression, x.stated, values, r.Mode == EvalClipboard)
		return v.err
	})
	return out, e.secrets.Load().error(err)
}

// frameOrGlobal resolves a frame handle; 0 is the global scope.
func (e *Engine) frameOrGlobal(at *stop, frame int) (frameRef, error) {
	if frame == 0 {
		return frameRef{th: at.L}, nil
	}
	return e.frameOf(frame)
}

// within runs an evaluation under a time limit, 0 for none.
func (e *Engine) within(ctx context.Context, limit time.Duration, run func(context.Context) ([]lua.LValue, error)) ([]lua.LValue, error) {
	bounded := ctx
	if limit > 0 {
		var cancel context.CancelFunc
		bounded, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	values, err := run(bounded)
	if err != nil && bounded.Err() != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("no result within %v", limit)
	}
	return values, err
}

// evaluationError is the error of code, which may have raised a secret that it
// mentions.
func (v *view) evaluationError(err error, code string) error {
	if !v.secrets.mentions(code) || isRefusal(err) {
		if own, ok := errors.AsType[*runtime.Error](err); ok && own.Value != nil && strings.HasPrefix(own.Message, "(error object") {
			return errors.New("error object " + v.text(own.Value, maxText)) // what it holds tells more
		}
		return err
	}
	return errors.New("the evaluation failed: its error is not shown, because the code uses a secret")
}

// results is the Variable of what an evaluation returned.
func (v *view) results(expr string, stated bool, values []lua.LValue, whole bool) Variable {
	if len(values) == 0 {
		return Variable{Name: expr, Type: "nil"}
	}
	name, base := expr, prefix(expr)
	if stated {
		name, base = "", "" // evaluating it again would carry it out again
	}
	secret := v.secrets.mentions(expr)
	out := v.result(expr, values[0], base, secret)
	out.EvaluateName = v.evaluateName(name)
	if whole && out.Value != masked {
		out.Value = v.text(values[0], maxWhole)
	}
	for _, value := range values[1:] {
		out.Value += ", " + v.result("", value, "", secret).Value
	}
	return out
}

// result is one of them.
func (v *view) result(name string, value lua.LValue, expr string, secret bool) Variable {
	if secret && hidesResult(value) {
		return Variable{Name: name, Value: masked, Kind: KindData}
	}
	out := v.describe(name, value, expr)
	out.Memory = v.memory(&memoryRef{value: value})
	return out
}
