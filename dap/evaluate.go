package dap

import (
	"context"

	dap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/runtime/debug"
)

// evaluateArguments adds the place that the expression stands at (version
// 1.69). A frame's scope decides what names mean, so it is not needed.
type evaluateArguments struct {
	dap.EvaluateArguments
	Line   int         `json:"line"`
	Column int         `json:"column"`
	Source *dap.Source `json:"source"`
}

// evaluate may run for long in the repl context: its request's context ends
// it when the client cancels, pauses or leaves.
func (s *session) evaluate(ctx context.Context, args evaluateArguments) (any, error) {
	if args.Expression == "" {
		return nil, badArguments("evaluate needs \"expression\": a Lua expression")
	}
	mode := debug.EvalMode(args.Context)
	switch mode {
	case debug.EvalRepl, debug.EvalWatch, debug.EvalHover, debug.EvalClipboard, debug.EvalVariables:
	case "":
		mode = debug.EvalRepl // clients that send none have a console only
	default:
		mode = debug.EvalWatch // the set is open; this is the harmless choice
	}
	e, frame, err := s.engineFor(args.FrameId)
	if err != nil {
		return nil, err
	}
	v, err := e.Eval(ctx, debug.EvalRequest{Frame: frame, Expression: args.Expression, Mode: mode, Format: formatOf(args.Format)})
	if mode == debug.EvalRepl {
		s.invalidate("variables") // it may have changed some, even if it failed
	}
	if err != nil {
		return nil, orCancelled(ctx, err)
	}
	return evaluateBody{Result: v.Value, value: s.value(v)}, nil
}

// locations tells where a function that a variable holds is defined.
func (s *session) locations(args locationsArguments) (any, error) {
	e, ref, err := s.engineFor(args.LocationReference)
	if err != nil {
		return nil, err
	}
	p, err := e.ResolvePlace(ref)
	if err != nil {
		return nil, err
	}
	source := s.run.translator.source(p.Source)
	if source == nil {
		return nil, wrongState("locations: %s has no text to show", p.Source.Name)
	}
	body := locationBody{Source: *source, Line: s.client.toClientLine(p.Line)}
	if p.Column > 0 {
		column := p.Column - 1 + s.client.columnBase
		body.Column = &column
	}
	return body, nil
}
