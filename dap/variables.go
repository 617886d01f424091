package dap

import (
	"context"

	dap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/runtime/debug"
)

func (s *session) variables(ctx context.Context, args dap.VariablesArguments) (any, error) {
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
	vars, err := e.Inspect(ctx, debug.VariablesRequest{
		Ref: ref, Filter: filter, Start: args.Start, Count: args.Count, Format: formatOf(args.Format),
	})
	if err != nil {
		return nil, orCancelled(ctx, err)
	}
	body := variablesBody{Variables: make([]variable, 0, len(vars))}
	for _, v := range vars {
		w := variable{Name: v.Name, Value: v.Value, EvaluateName: v.EvaluateName, value: s.value(v)}
		s.memory.shown(args.VariablesReference, w)
		body.Variables = append(body.Variables, w)
	}
	return body, nil
}

// value describes what all values have in common to the client.
func (s *session) value(v debug.Variable) value {
	w := value{
		Hint: hint(v), Ref: s.handles.toClient(v.Ref), Named: v.Named, Indexed: v.Indexed,
		DefinedAt: s.handles.toClient(v.Place),
	}
	if s.offers.SupportsVariableType {
		w.Type = v.Type
	}
	if s.offers.SupportsMemoryReferences {
		w.Memory = s.handles.toClientText(v.Memory)
	}
	return w
}

func hint(v debug.Variable) *dap.VariablePresentationHint {
	h := dap.VariablePresentationHint{Kind: string(v.Kind), Lazy: v.Lazy}
	if v.ReadOnly {
		h.Attributes = append(h.Attributes, "readOnly")
	}
	if v.Type == "string" {
		h.Attributes = append(h.Attributes, "rawString")
	}
	if h.Kind == "" && !h.Lazy && h.Attributes == nil {
		return nil
	}
	return &h
}

func formatOf(f *dap.ValueFormat) debug.Format { return debug.Format{Hex: f != nil && f.Hex} }

// orCancelled replaces the error of a request that the client has cancelled.
func orCancelled(ctx context.Context, err error) error {
	if cause := ctx.Err(); cause != nil {
		return cause
	}
	return err
}

func (s *session) setVariable(ctx context.Context, args dap.SetVariableArguments) (any, error) {
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
	v, err := e.Assign(ctx, debug.SetVariableRequest{Ref: ref, Name: args.Name, Value: args.Value, Format: formatOf(args.Format)})
	if err != nil {
		return nil, orCancelled(ctx, err)
	}
	return s.assigned(ctx, v, memoryKey{args.VariablesReference, args.Name}), nil
}

// setExpression assigns to whatever an expression stands for.
func (s *session) setExpression(ctx context.Context, args dap.SetExpressionArguments) (any, error) {
	e, err := s.engine()
	if err != nil {
		return nil, err
	}
	if args.Expression == "" || args.Value == "" {
		return nil, badArguments("setExpression needs \"expression\", such as t.a[1], and \"value\": a Lua expression")
	}
	frame, err := s.handles.toEngine(args.FrameId)
	if err != nil {
		return nil, err
	}
	v, err := e.SetExpression(ctx, frame, args.Expression, args.Value, formatOf(args.Format))
	if err != nil {
		return nil, orCancelled(ctx, err)
	}
	return s.assigned(ctx, v, memoryKey{name: args.Expression}), nil
}

// assigned answers with the new value, and tells the client what else it may
// have changed.
func (s *session) assigned(ctx context.Context, v debug.Variable, key memoryKey) assignedBody {
	s.invalidate("variables")
	body := assignedBody{Value: v.Value, value: s.value(v)}
	if reference := s.memory[key]; reference != "" {
		body.Memory = reference
		s.memoryReplaced(ctx, reference)
	}
	return body
}

// invalidate tells the client to ask again, if it understands that.
func (s *session) invalidate(areas ...dap.InvalidatedAreas) {
	if s.offers.SupportsInvalidatedEvent {
		s.later(func() { s.emit("invalidated", dap.InvalidatedEventBody{Areas: areas}) })
	}
}
