package debug

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/vm"
)

// expression is code compiled for a place in the program. Names in scope there
// are upvalues of its function: upvalues of the frame's function are shared,
// locals are copied in before a run and back after it.
type expression struct {
	fn     *lua.LFunction
	locals []localBinding
	outer  []int                   // indices into fn.Upvalues and the frame function's, in pairs
	stated bool                    // the code is statements
	given  map[string]*lua.Upvalue // names whose values the caller sets, if the code mentions them
}

type localBinding struct {
	index int // in fn.Upvalues
	reg   int
}

// debuggerChunk names what is compiled for an evaluation.
const debuggerChunk = "=(debugger)"

// checkExpression tells what is wrong with the syntax of an expression.
func checkExpression(code string) error { return checkSyntax("return " + code) }

// checkSyntax compiles code alone, for messages that are about nothing else.
func checkSyntax(code string) error {
	_, err := runtime.NewCache().Compile(code, debuggerChunk)
	var se *compile.SyntaxError
	if errors.As(err, &se) {
		return errors.New(se.Message)
	}
	return err
}

// compileText compiles code as the body of a function inside a declaration of
// names.
func compileText(names []string, code string) (*compile.Chunk, error) {
	if err := checkSyntax(code); err != nil {
		return nil, err
	}
	var b strings.Builder
	if len(names) > 0 {
		b.WriteString("local " + strings.Join(names, ",") + " ")
	}
	params := "()"
	if strings.Contains(code, "...") {
		params = "(...)" // has a cost, and a local `arg` that would hide the program's
	}
	b.WriteString("return function" + params + " " + code + "\nend")
	return runtime.NewCache().Compile(b.String(), debuggerChunk)
}

// moreTelling chooses between the reasons why code is neither an expression nor
// statements: the second, if it begins like one.
func moreTelling(code string, expression, statements error) error {
	first := strings.TrimSpace(code)
	if i := strings.IndexFunc(first, func(r rune) bool { return !unicode.IsLetter(r) }); i > 0 {
		first = first[:i]
	}
	if strings.HasPrefix(expression.Error(), "'<eof>' expected") || keywords[first] && !strings.Contains(" nil true false not function ", " "+first+" ") {
		return statements
	}
	return expression
}

// compileExpression compiles code for a frame. With statement set it may be
// statements; an expression is tried first. The given names hide the program's.
func (e *Engine) compileExpression(L, th *lua.LState, f vm.Frame, code string, statement bool, given ...string) (*expression, error) {
	var names []string
	var frameFn *lua.LFunction
	var active []compile.Local
	if f.Valid() {
		frameFn = functionOf(th, f)
		if s := staticOf(frameFn); s != nil {
			active = s.ActiveLocals(s.RawPc(f.Pc()))
			names = visibleNames(s, active, code)
		}
	}
	names = append(slices.DeleteFunc(names, func(n string) bool { return slices.Contains(given, n) }), given...)
	x := &expression{given: map[string]*lua.Upvalue{}}
	c, err := compileText(names, "return "+code)
	if err != nil && statement {
		if s, err2 := compileText(names, code); err2 == nil {
			c, err, x.stated = s, nil, true
		} else {
			err = moreTelling(code, err, err2)
		}
	}
	if err != nil {
		return nil, err
	}
	in := c.Instantiate()
	x.fn = L.NewFunctionFromProto(in.Protos[1])
	x.fn.Env = th.G.Global
	if frameFn != nil && !frameFn.IsG && frameFn.Env != nil {
		x.fn.Env = frameFn.Env
	}
	x.bind(L, frameFn, active, given)
	return x, nil
}

// visibleNames lists the names in scope that code mentions.
func visibleNames(s *compile.Function, active []compile.Local, code string) []string {
	words := map[string]bool{}
	for _, w := range strings.FieldsFunc(code, func(r rune) bool {
		return !(r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
	}) {
		words[w] = true
	}
	var names []string
	add := func(name string) {
		if words[name] {
			names = append(names, name)
			delete(words, name)
		}
	}
	for _, l := range active {
		add(l.Name)
	}
	for _, u := range s.Proto.DbgUpvalues {
		add(u)
	}
	return names
}

// bind connects the function's upvalues with the frame.
func (x *expression) bind(L *lua.LState, frameFn *lua.LFunction, active []compile.Local, given []string) {
	for i, name := range x.fn.Proto.DbgUpvalues {
		if slices.Contains(given, name) {
			x.fn.Upvalues[i] = newUpvalue(L)
			x.given[name] = x.fn.Upvalues[i]
			continue
		}
		reg := -1
		for _, l := range active { // the innermost of a name wins
			if l.Name == name {
				reg = l.Reg
			}
		}
		if reg >= 0 {
			x.fn.Upvalues[i] = newUpvalue(L)
			x.locals = append(x.locals, localBinding{i, reg})
			continue
		}
		for j, u := range frameFn.Proto.DbgUpvalues {
			if u == name {
				x.outer = append(x.outer, i, j)
				x.fn.Upvalues[i] = frameFn.Upvalues[j]
			}
		}
	}
}

// newUpvalue makes a closed upvalue.
func newUpvalue(L *lua.LState) *lua.Upvalue {
	return L.NewClosure(func(*lua.LState) int { return 0 }, lua.LNil).Upvalues[0]
}

// eval runs the expression on thread L for frame f of thread th. budget <= 0
// is no limit.
func (x *expression) eval(ctx context.Context, e *Engine, L, th *lua.LState, f vm.Frame, budget int) ([]lua.LValue, error) {
	if len(e.data.watched) > 0 {
		defer e.holdFor(th, f)()
	}
	return x.inFrame(th, f, true, func(args []lua.LValue) ([]lua.LValue, error) {
		return e.st.Eval(ctx, L, budget, x.fn, args...)
	})
}

// evalFree is eval under a check that looks on, see EvalChecked.
func (x *expression) evalFree(ctx context.Context, e *Engine, L *lua.LState, r frameRef, check func(*lua.LState)) ([]lua.LValue, error) {
	e.handles.changes++
	if len(e.data.watched) > 0 {
		defer e.holdFor(r.th, r.f)()
	}
	return x.inFrame(r.th, r.f, true, func(args []lua.LValue) ([]lua.LValue, error) {
		return e.st.EvalChecked(ctx, L, 0, check, x.fn, args...)
	})
}

// evalGuarded is eval without any effect on the program.
func (x *expression) evalGuarded(ctx context.Context, e *Engine, L *lua.LState, r frameRef) ([]lua.LValue, error) {
	return x.inFrame(r.th, r.f, false, func(args []lua.LValue) ([]lua.LValue, error) {
		return e.newGuard().eval(ctx, L, 0, x.fn, args...)
	})
}

// inFrame runs the expression's function between copying the locals of a frame
// in and, with keep set, back.
func (x *expression) inFrame(th *lua.LState, f vm.Frame, keep bool, run func(args []lua.LValue) ([]lua.LValue, error)) ([]lua.LValue, error) {
	args, before := x.enter(th, f)
	values, err := run(args)
	if keep {
		x.keepLocals(th, f, before)
	}
	return values, x.reworded(err)
}

// enter copies the locals of a frame in, and returns its varargs and what the
// locals were.
func (x *expression) enter(th *lua.LState, f vm.Frame) (args, before []lua.LValue) {
	switch {
	case !f.Valid():
		return nil, nil
	case f.IsGo():
		return goArguments(th, f), nil
	}
	d := vm.Debug(th, f)
	frameFn := vm.Function(th, d)
	x.fn.Env = frameFn.Env
	for i := 0; i+1 < len(x.outer); i += 2 {
		x.fn.Upvalues[x.outer[i]] = frameFn.Upvalues[x.outer[i+1]]
	}
	before = make([]lua.LValue, len(x.locals))
	for i, b := range x.locals {
		before[i] = vm.Register(th, d, b.reg)
		x.fn.Upvalues[b.index].SetValue(before[i])
	}
	return varargs(th, d, f, frameFn), before
}

// keepLocals copies the locals that have changed back.
func (x *expression) keepLocals(th *lua.LState, f vm.Frame, before []lua.LValue) {
	for i, b := range x.locals {
		if v := x.fn.Upvalues[b.index].Value(); v != before[i] {
			d := vm.Debug(th, f) // the level may have been found while f was deeper
			th.SetLocal(d, b.reg+1, v)
		}
	}
}

// reworded is an error of the expression as the person who typed it sees it:
// without a position in it, and with locals of the frame called locals.
func (x *expression) reworded(err error) error {
	var own *runtime.Error
	if !errors.As(err, &own) {
		return err
	}
	rest, ok := strings.CutPrefix(own.Message, debuggerChunk[1:]+":")
	if !ok {
		return err
	}
	_, text, ok := strings.Cut(rest, ": ")
	if !ok {
		return err
	}
	for _, b := range x.locals {
		name := "'" + x.fn.Proto.DbgUpvalues[b.index] + "'"
		text = strings.Replace(text, "upvalue "+name, "local "+name, 1)
	}
	return errors.New(text)
}

// varargs reads the extra arguments of a vararg function's frame: they lie
// below its registers.
func varargs(th *lua.LState, d *lua.Debug, f vm.Frame, fn *lua.LFunction) []lua.LValue {
	if fn.IsG || fn.Proto.IsVarArg&lua.VarArgIsVarArg == 0 {
		return nil
	}
	n := f.Args() - int(fn.Proto.NumParameters)
	if n <= 0 {
		return nil
	}
	out := make([]lua.LValue, n)
	first := f.Base() + 1 + int(fn.Proto.NumParameters) - f.LocalBase()
	for i := range out {
		out[i] = vm.Register(th, d, first+i)
	}
	return out
}
