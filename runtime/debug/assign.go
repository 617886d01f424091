package debug

import (
	"context"
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/vm"
)

// SetVariableRequest asks to set a child of a container to the value of a Lua
// expression.
type SetVariableRequest struct {
	Ref    int
	Name   string
	Value  string
	Format Format
}

// SetVariable is Assign in the usual format.
func (e *Engine) SetVariable(ref int, name, expr string) (Variable, error) {
	return e.Assign(context.Background(), SetVariableRequest{Ref: ref, Name: name, Value: expr})
}

// Assign sets a child of a container to the value of a Lua expression, which is
// evaluated in the container's frame, or that of the stop. Metamethods are not
// run for the assignment.
func (e *Engine) Assign(ctx context.Context, r SetVariableRequest) (out Variable, err error) {
	err = e.inStop(ctx, func(at *stop) error {
		c, ok := e.handles.get(r.Ref).(container)
		if !ok {
			return fmt.Errorf("variables %d: %w", r.Ref, ErrStale)
		}
		if rest, ok := c.(*restOf); ok {
			c = rest.container
		}
		f := frameRef{th: at.L, f: at.top}
		if s, ok := c.(interface{ frame() frameRef }); ok {
			f = s.frame()
		}
		v := e.view(ctx, at.L, r.Format)
		value, err := e.newValue(ctx, at, f, r.Value)
		if err != nil {
			return v.evaluationError(err, r.Value)
		}
		if c, ok := c.(bounded); ok {
			c.bind(v.work)
		}
		if err := c.set(r.Name, value); err != nil {
			return err
		}
		ch := child{name: r.Name}
		secret := v.secrets.hides(ch.word(), value) || v.secrets.mentions(r.Value) && hidesResult(value)
		out = v.assigned(r.Name, value, secret)
		return nil
	})
	return out, e.secrets.Load().error(err)
}

// newValue evaluates an expression whose value a variable is to have.
func (e *Engine) newValue(ctx context.Context, at *stop, f frameRef, code string) (lua.LValue, error) {
	x, err := e.compileExpression(at.L, f.th, f.f, code, false)
	if err != nil {
		return nil, err
	}
	values, err := e.within(ctx, watchTimeout, func(ctx context.Context) ([]lua.LValue, error) {
		return x.evalFree(ctx, e, at.L, f, nil)
	})
	if err != nil || len(values) == 0 {
		return lua.LNil, err
	}
	return values[0], nil
}

// assigned is the Variable of a value that was set.
func (v *view) assigned(name string, value lua.LValue, secret bool) Variable {
	if secret {
		return Variable{Name: name, Value: masked, Kind: KindData}
	}
	return v.describe(name, value, "")
}

// SetExpression assigns the value of a Lua expression to what another one
// stands for in a frame: a variable, or a field such as t.a[1]. Metamethods run
// as in the program. The answer is what is there afterwards, read without
// metamethods.
func (e *Engine) SetExpression(ctx context.Context, frame int, target, value string, f Format) (out Variable, err error) {
	if err := checkAssignment(target, value); err != nil {
		return Variable{}, err
	}
	err = e.inStop(ctx, func(at *stop) error {
		r, err := e.frameOrGlobal(at, frame)
		if err != nil {
			return err
		}
		x, err := e.compileExpression(at.L, r.th, r.f, target+"\n= ("+value+"\n)", true)
		if err != nil {
			return err
		}
		v := e.view(ctx, at.L, f)
		var done assignment
		_, err = e.within(ctx, watchTimeout, func(ctx context.Context) ([]lua.LValue, error) {
			return x.evalFree(ctx, e, at.L, r, func(L *lua.LState) { done.watch(L, x.fn) })
		})
		if err != nil {
			return v.evaluationError(err, target+" "+value)
		}
		now := done.value()
		out = v.assigned(target, now, hidesResult(now) && v.secrets.mentions(target+" "+value))
		return nil
	})
	return out, e.secrets.Load().error(err)
}

// checkAssignment tells why `target = value` is not the assignment of one
// expression to one variable or field. Each part must stand alone: nothing that
// only makes sense with the rest of a statement gets through.
func checkAssignment(target, value string) error {
	if checkSyntax("return ("+target+"\n)") != nil || checkSyntax(target+"\n= nil") != nil {
		return fmt.Errorf("%q cannot be assigned to: give a variable, or a field such as t.a[1]", target)
	}
	err := checkExpression(value)
	if err == nil {
		if err = checkSyntax("return (" + value + "\n)"); err != nil {
			return fmt.Errorf("%q cannot be assigned: give one expression", value)
		}
	}
	return err
}

// assignment is what the last assignment of an expression's own code went to.
type assignment struct {
	object, key lua.LValue
	cell        *lua.Upvalue
}

// watch looks at the instruction that runs next.
func (a *assignment) watch(L *lua.LState, fn *lua.LFunction) {
	f := vm.Current(L)
	i, ok := f.Instruction()
	if !ok || !f.Runs(fn) {
		return
	}
	in := &instructionAt{L: L, frame: f, word: i}
	ra, rb, _ := compile.Operands(i)
	switch compile.Opcode(i) {
	case lua.OP_SETUPVAL:
		*a = assignment{cell: fn.Upvalues[rb]}
	case lua.OP_SETGLOBAL:
		*a = assignment{object: fn.Env, key: fn.Proto.Constants[compile.Bx(i)]}
	case lua.OP_SETTABLE, lua.OP_SETTABLEKS:
		*a = assignment{object: in.register(ra), key: in.rk(rb)}
	}
}

// value is what is there now. What a userdata keeps cannot be read without its
// metamethods.
func (a *assignment) value() lua.LValue {
	if a.cell != nil {
		return orNil(a.cell.Value())
	}
	if t, ok := a.object.(*lua.LTable); ok {
		return orNil(t.RawGet(a.key))
	}
	return lua.LNil
}
