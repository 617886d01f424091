package dap

import (
	dap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/runtime/debug"
)

func (s *session) variables(args dap.VariablesArguments) (any, error) {
	e, err := s.engine()
	if err != nil {
		return nil, err
	}
	filter := debug.VariableFilter(args.Filter)
	switch filter {
	case debug.FilterAll, debug.FilterIndexed, debug.FilterNamed:
	default:
		return nil, badArguments("variables: filter %q is unknown: use \"indexed\" or \"named\"", args.Filter)
	}
	if args.Start < 0 || args.Count < 0 {
		return nil, badArguments("variables: start and count must not be negative")
	}
	ref, err := s.handles.toEngine(args.VariablesReference)
	if err != nil {
		return nil, err
	}
	vars, err := e.Variables(ref, filter, args.Start, args.Count)
	if err != nil {
		return nil, err
	}
	body := dap.VariablesResponseBody{Variables: make([]dap.Variable, 0, len(vars))}
	for _, v := range vars {
		body.Variables = append(body.Variables, dap.Variable{
			Name:               v.Name,
			Value:              v.Value,
			Type:               s.typeName(v),
			PresentationHint:   hint(v),
			EvaluateName:       v.EvaluateName,
			VariablesReference: s.handles.toClient(v.Ref),
			NamedVariables:     v.Named,
			IndexedVariables:   v.Indexed,
		})
	}
	return body, nil
}

func (s *session) setVariable(args dap.SetVariableArguments) (any, error) {
	e, err := s.engine()
	if err != nil {
		return nil, err
	}
	if args.Name == "" || args.Value == "" {
		return nil, badArguments("setVariable needs \"name\", and \"value\": a Lua expression")
	}
	ref, err := s.handles.toEngine(args.VariablesReference)
	if err != nil {
		return nil, err
	}
	v, err := e.SetVariable(ref, args.Name, args.Value)
	if err != nil {
		return nil, err
	}
	return dap.SetVariableResponseBody{
		Value:              v.Value,
		Type:               s.typeName(v),
		VariablesReference: s.handles.toClient(v.Ref),
		NamedVariables:     v.Named,
		IndexedVariables:   v.Indexed,
	}, nil
}

// evaluate may run for long in the repl context: its request's context ends
// it when the client cancels, pauses or leaves.
func (s *session) evaluate(r *request) (any, error) {
	var args dap.EvaluateArguments
	if err := r.decode(&args); err != nil {
		return nil, err
	}
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
	e, err := s.engine()
	if err != nil {
		return nil, err
	}
	frame, err := s.handles.toEngine(args.FrameId)
	if err != nil {
		return nil, err
	}
	v, err := e.Evaluate(r.ctx, frame, args.Expression, mode)
	if err != nil {
		if ctxErr := r.ctx.Err(); ctxErr != nil {
			return nil, ctxErr
		}
		return nil, err
	}
	return dap.EvaluateResponseBody{
		Result:             v.Value,
		Type:               s.typeName(v),
		PresentationHint:   hint(v),
		VariablesReference: s.handles.toClient(v.Ref),
		NamedVariables:     v.Named,
		IndexedVariables:   v.Indexed,
	}, nil
}

// typeName leaves the type out for clients that did not ask for it.
func (s *session) typeName(v debug.Variable) string {
	if !s.showTypes {
		return ""
	}
	return v.Type
}

func hint(v debug.Variable) *dap.VariablePresentationHint {
	h := dap.VariablePresentationHint{Kind: string(v.Kind), Lazy: v.Lazy}
	if v.ReadOnly {
		h.Attributes = []string{"readOnly"}
	}
	if h.Kind == "" && !h.Lazy && h.Attributes == nil {
		return nil
	}
	return &h
}
