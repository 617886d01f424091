package debug

import (
	"context"
	"fmt"

	lua "github.com/yuin/gopher-lua"
)

// VariablesRequest asks for the children of a handle: Count of them from Start
// on. With Count <= 0 it is all of them, up to 500, with a last one that leads
// to more.
type VariablesRequest struct {
	Ref    int
	Filter VariableFilter
	Start  int
	Count  int
	Format Format
}

// Variables is Inspect in the usual format.
func (e *Engine) Variables(ref int, filter VariableFilter, start, count int) ([]Variable, error) {
	return e.Inspect(context.Background(), VariablesRequest{Ref: ref, Filter: filter, Start: start, Count: count})
}

// Inspect returns the children of a handle. A request whose context ends is
// given up, however much there is to look at.
func (e *Engine) Inspect(ctx context.Context, r VariablesRequest) (out []Variable, err error) {
	err = e.inStop(ctx, func(at *stop) error {
		c, ok := e.handles.get(r.Ref).(container)
		if !ok {
			return fmt.Errorf("variables %d: %w", r.Ref, ErrStale)
		}
		start, filter := max(r.Start, 0), r.Filter
		if rest, ok := c.(*restOf); ok {
			c, filter, start = rest.container, rest.filter, rest.start+start
		}
		v := e.view(ctx, at.L, r.Format)
		if c, ok := c.(bounded); ok {
			c.bind(v.work)
		}
		for _, ch := range v.children(c, filter, start, r.Count) {
			if !v.check() {
				break
			}
			out = append(out, v.variable(c, ch))
		}
		return v.err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// work is what one request may do: it ends with the request's context.
type work struct {
	ctx   context.Context
	steps int
	err   error
}

// pollEvery is how many small steps are made between two looks at the context.
const pollEvery = 4096

// step counts a small step, and tells whether to go on.
func (w *work) step() bool {
	if w == nil {
		return true
	}
	if w.steps++; w.steps%pollEvery == 0 {
		return w.check()
	}
	return w.err == nil
}

// check looks at the context, and tells whether to go on.
func (w *work) check() bool {
	if w.err == nil {
		w.err = w.ctx.Err()
	}
	return w.err == nil
}

// bounded is a container that can take long to look at.
type bounded interface{ bind(*work) }

// view is how the values of one request are shown.
type view struct {
	*work
	e       *Engine
	L       *lua.LState
	format  Format
	secrets *secretSet
	budget  int  // instructions left for metamethods
	raw     bool // no metamethod is run at all
}

func (e *Engine) view(ctx context.Context, L *lua.LState, f Format) *view {
	return &view{work: &work{ctx: ctx}, e: e, L: L, format: f, secrets: e.secrets.Load(), budget: tostringBudgets}
}

// ResolvePlace tells where the value of a variable is defined, by the handle in
// Variable.Place.
func (e *Engine) ResolvePlace(ref int) (out Place, err error) {
	err = e.inStop(context.Background(), func(*stop) error {
		p, ok := e.handles.get(ref).(Place)
		if !ok {
			return fmt.Errorf("place %d: %w", ref, ErrStale)
		}
		out = p
		return nil
	})
	return out, err
}

// place makes the handle for the place where a value is defined: a function,
// or the body of a coroutine. It is 0 for others.
func (e *Engine) place(value lua.LValue) int {
	fn, _ := value.(*lua.LFunction)
	code := staticOf(fn)
	if th, ok := value.(*lua.LState); ok && !th.Dead {
		code = threadFunction(th)
	}
	if code == nil || e.st.SourceOf(code.Chunk) == nil {
		return 0
	}
	return e.handles.add(Place{Source: e.sourceOfChunk(code.Chunk), Line: max(code.Proto.LineDefined, 1)})
}
