package debug

import (
	"context"
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/vm"
)

// exceptionFilter is a filter with what was compiled for it. The conditions
// belong to the goroutine that runs Lua.
type exceptionFilter struct {
	ExceptionFilter
	conds map[errorPlace]*expression
}

// errorPlace is a place in the program where names mean the same each time. The
// function is nil for code in which none has a meaning.
type errorPlace struct {
	fn  *compile.Function
	raw int
}

// maxErrorPlaces bounds the places that a filter remembers: a script may load
// ever new code.
const maxErrorPlaces = 1000

// errorName is what conditions call the error.
const errorName = "err"

// SetExceptionFilters says at which errors to stop: at those that any of the
// filters chooses. The answers say, in the same order, whether a filter can
// work; the message says why it cannot.
func (e *Engine) SetExceptionFilters(filters ...ExceptionFilter) []Breakpoint {
	out := make([]Breakpoint, len(filters))
	var works []*exceptionFilter
	for i, f := range filters {
		if err := f.check(); err != nil {
			out[i].Message = err.Error()
			continue
		}
		out[i].Verified = true
		works = append(works, &exceptionFilter{f, map[errorPlace]*expression{}})
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.filters = works
	return out
}

func (f ExceptionFilter) check() error {
	switch f.Kind {
	case "":
		if !f.Caught && !f.Uncaught {
			return fmt.Errorf("the filter chooses no errors: set Caught, Uncaught or Kind")
		}
	case ErrorRuntime, ErrorCall, ErrorAssert, ErrorTool, ErrorLimit:
	default:
		return fmt.Errorf("there is no kind of errors %q: use %q, %q, %q, %q or %q",
			f.Kind, ErrorRuntime, ErrorCall, ErrorAssert, ErrorTool, ErrorLimit)
	}
	if f.Condition != "" {
		return checkExpression(f.Condition)
	}
	return nil
}

// covers tells whether the filter is about errors of a kind and fate.
func (f ExceptionFilter) covers(kind ErrorKind, caught bool) bool {
	if f.Kind != kind && (f.Kind != "" || kind == ErrorLimit) {
		return false
	}
	if f.Kind != "" && !f.Caught && !f.Uncaught {
		return true
	}
	return caught && f.Caught || !caught && f.Uncaught
}

// filtered asks the filters whether to stop at an error that was raised in a
// frame. problem says which condition has failed: then it stops, too.
func (e *Engine) filtered(L *lua.LState, f vm.Frame, r runtime.Raised) (chosen bool, problem string) {
	e.mu.Lock()
	filters := e.filters
	e.mu.Unlock()
	for _, filter := range filters {
		if !filter.covers(errorKinds[r.Origin].kind, r.Caught) {
			continue
		}
		if filter.Condition == "" {
			return true, ""
		}
		ok, err := e.testFilter(L, f, filter, r.Value)
		if err != nil && e.st.Aborted() == nil {
			problem = fmt.Sprintf("condition %q: %v", filter.Condition, err)
			src, line := e.st.Location()
			if src == nil {
				e.h.LogPoint(problem, Source{}, 0)
			} else {
				e.h.LogPoint(problem, sourceOf(src), line)
			}
			return true, problem
		}
		if ok {
			return true, ""
		}
	}
	return false, ""
}

func (e *Engine) testFilter(L *lua.LState, f vm.Frame, filter *exceptionFilter, value lua.LValue) (bool, error) {
	place := errorPlace{fn: staticOf(functionOf(L, f))}
	if place.fn != nil {
		place.raw = place.fn.RawPc(f.Pc())
	}
	x := filter.conds[place]
	if x == nil {
		var err error
		if x, err = e.compileExpression(L, L, f, filter.Condition, false, errorName); err != nil {
			return false, err
		}
		if len(filter.conds) >= maxErrorPlaces {
			clear(filter.conds)
		}
		filter.conds[place] = x
	}
	if u := x.given[errorName]; u != nil {
		u.SetValue(value)
		defer u.SetValue(lua.LNil)
	}
	values, err := x.eval(context.Background(), e, L, L, f, conditionBudget)
	if err != nil {
		return false, err
	}
	return len(values) > 0 && lua.LVAsBool(values[0]), nil
}
