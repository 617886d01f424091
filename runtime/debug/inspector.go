package debug

import (
	"context"
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/compile"
)

// Inspector answers questions about the globals of a state, whether it runs or is
// idle, and whether or not a debugger is attached: at safe points, bounded in
// time, and without changing anything. Its methods may be called from any
// goroutine but the one that runs Lua. Where the script is inside a Go function
// that serves nobody, they end with their context's error.
type Inspector struct{ e *Engine }

// NewInspector makes an inspector. The library functions that it may call are
// those that the globals hold now: make it before scripts have changed them. Call
// it while the state does not run, or through Do. The globals that exist, and those
// of the given names, are not the program's own.
func NewInspector(st *runtime.State, standard ...string) *Inspector {
	e := &Engine{st: st, readable: func(string) bool { return false }}
	e.keepGlobals()
	for _, name := range standard {
		e.stdGlobal[name] = true
	}
	return &Inspector{e}
}

// SetSecrets replaces what must not be shown.
func (i *Inspector) SetSecrets(s Secrets) { i.e.SetSecrets(s) }

// do runs fn on the goroutine that runs Lua.
func (i *Inspector) do(ctx context.Context, fn func(L *lua.LState, r frameRef) error) error {
	var err error
	doErr := i.e.st.Do(ctx, func(L *lua.LState) {
		defer i.e.handles.reset() // nobody can ask for them again
		if err = ctx.Err(); err == nil {
			err = fn(L, frameRef{th: L})
		}
	})
	if doErr != nil {
		return doErr
	}
	return i.e.secrets.Load().error(err)
}

// Complete proposes how text goes on at an offset in bytes, as Engine.Completions
// does.
func (i *Inspector) Complete(ctx context.Context, text string, offset int) (out []Completion, err error) {
	if offset < 0 || offset > len(text) {
		return nil, fmt.Errorf("offset %d is outside of the text's %d bytes", offset, len(text))
	}
	c, ok := findCompletion(text[:offset])
	if !ok {
		return nil, nil
	}
	err = i.do(ctx, func(L *lua.LState, r frameRef) error {
		out, err = i.e.complete(ctx, L, r, c, text, offset)
		return err
	})
	return out, err
}

// Globals returns count variables of the program's own, from start on, sorted by
// name, and how many there are.
func (i *Inspector) Globals(ctx context.Context, start, count int) (out []Variable, total int, err error) {
	err = i.do(ctx, func(L *lua.LState, r frameRef) error {
		v := i.e.view(ctx, L, Format{})
		s := &globalScope{e: i.e, r: r, env: r.globals(), work: v.work}
		own, _ := s.names()
		s.own = nil // scripts go on changing them
		total = len(own)
		for _, ch := range s.page(own, max(start, 0), max(count, 0)) {
			if !v.check() {
				break
			}
			out = append(out, v.variable(s, ch))
		}
		return v.err
	})
	return out, total, err
}

// Children returns count entries of the value of an expression, from start on, and
// how many it has: those of a table in the order of next, indexed ones first. The
// EvaluateName of each leads further.
func (i *Inspector) Children(ctx context.Context, expr string, start, count int) (out []Variable, total int, err error) {
	err = i.do(ctx, func(L *lua.LState, r frameRef) error {
		value, err := i.value(ctx, L, r, expr)
		if err != nil {
			return err
		}
		v := i.e.view(ctx, L, Format{})
		d := v.describe(expr, value, prefix(expr))
		c, ok := i.e.handles.get(d.Ref).(container)
		if !ok {
			return nil
		}
		if b, ok := c.(bounded); ok {
			b.bind(v.work)
		}
		named, indexed := c.size()
		total = named + indexed
		if start = max(start, 0); count <= 0 || start >= total {
			return nil
		}
		for _, ch := range v.children(c, "", start, min(count, total-start)) {
			if !v.check() {
				break
			}
			out = append(out, v.variable(c, ch))
		}
		return v.err
	})
	return out, total, err
}

// Description is what is known of the value of an expression.
type Description struct {
	Variable
	Parameters []string // of a Lua function; the last is "..." if it takes any number
	Function   bool
	Source     Source // where a Lua function is declared, with the line; zero for others
	Line       int
	Comment    string // the comment before that declaration, without its dashes
}

// Describe evaluates an expression that changes nothing.
func (i *Inspector) Describe(ctx context.Context, expr string) (out Description, err error) {
	err = i.do(ctx, func(L *lua.LState, r frameRef) error {
		value, err := i.value(ctx, L, r, expr)
		if err != nil {
			return err
		}
		v := i.e.view(ctx, L, Format{})
		out.Variable = v.describe(expr, value, prefix(expr))
		if v.secrets.mentions(expr) && hidesResult(value) {
			out.Value = masked
		}
		if fn, ok := value.(*lua.LFunction); ok {
			out.Function = true
			i.declared(fn, &out)
		}
		return v.err
	})
	return out, err
}

// value evaluates an expression, if that is harmless.
func (i *Inspector) value(ctx context.Context, L *lua.LState, r frameRef, expr string) (lua.LValue, error) {
	x, err := i.e.compileExpression(L, r.th, r.f, expr, false)
	if err != nil {
		return nil, err
	}
	values, err := i.e.within(ctx, hoverTimeout, func(ctx context.Context) ([]lua.LValue, error) {
		return x.evalGuarded(ctx, i.e, L, r)
	})
	if err != nil {
		return nil, err
	}
	if len(values) == 0 {
		return lua.LNil, nil
	}
	return orNil(values[0]), nil
}

// declared fills in what the source of a function says.
func (i *Inspector) declared(fn *lua.LFunction, out *Description) {
	code := staticOf(fn)
	if code == nil {
		return
	}
	for n, l := range code.Proto.DbgLocals {
		if n >= int(code.Proto.NumParameters) {
			break
		}
		out.Parameters = append(out.Parameters, l.Name)
	}
	if code.Proto.IsVarArg&lua.VarArgIsVarArg != 0 {
		out.Parameters = append(out.Parameters, "...")
	}
	out.Source = i.e.sourceOfChunk(code.Chunk)
	out.Line = max(code.Proto.LineDefined, 1)
	out.Comment = commentBefore(code, out.Line)
}

// maxComment bounds the comment of a declaration, in lines.
const maxComment = 50

// commentBefore returns the comment on the lines above a function.
func commentBefore(code *compile.Function, line int) string {
	var out []string
	text := code.Chunk.Source
	end := lineStart(text, line)
	for range maxComment {
		if end <= 0 {
			break
		}
		start := strings.LastIndexByte(text[:end-1], '\n') + 1
		l, ok := strings.CutPrefix(strings.TrimSpace(text[start:end]), "--")
		if !ok || strings.HasPrefix(l, "[[") {
			break
		}
		out = append(out, strings.TrimPrefix(strings.TrimLeft(l, "-"), " "))
		end = start
	}
	for a, b := 0, len(out)-1; a < b; a, b = a+1, b-1 {
		out[a], out[b] = out[b], out[a]
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}

// lineStart is the offset at which a line begins, from 1.
func lineStart(text string, line int) int {
	at := 0
	for ; line > 1; line-- {
		n := strings.IndexByte(text[at:], '\n')
		if n < 0 {
			return len(text)
		}
		at += n + 1
	}
	return at
}
