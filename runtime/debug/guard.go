package debug

import (
	"context"
	"errors"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/vm"
)

// guarded is an evaluation that must not change the program. It looks at each
// instruction before it runs: those that write may only write what was made
// during the evaluation, and Go functions are called only if they are known to
// change nothing (see purity).
type guarded struct {
	e       *Engine
	steps   int
	refusal string // why the evaluation has ended, "" if it was not refused

	tables    map[*lua.LTable]bool    // made during the evaluation
	cells     map[*lua.Upvalue]bool   // likewise
	iterators map[*lua.LFunction]bool // likewise, Go functions
	made      made
}

// made is the result that the instruction before leaves in a register.
type made struct {
	op    int
	frame int // index of its frame
	reg   int
	words []uint32 // after a CLOSURE: where its upvalues come from
}

func (e *Engine) newGuard() *guarded {
	return &guarded{e: e, tables: map[*lua.LTable]bool{}, cells: map[*lua.Upvalue]bool{}, iterators: map[*lua.LFunction]bool{}}
}

// refused is the error of an evaluation that would have changed something.
type refused struct{ what string }

func (r refused) Error() string {
	return r.what + " has side effects: evaluate it in the console"
}

func isRefusal(err error) bool { return errors.As(err, new(refused)) }

// eval calls fn. Only for the goroutine that runs Lua.
func (g *guarded) eval(ctx context.Context, L *lua.LState, budget int, fn *lua.LFunction, args ...lua.LValue) ([]lua.LValue, error) {
	if g.refusal = g.call(L, fn, args, 0); g.refusal != "" {
		return nil, refused{g.refusal}
	}
	values, err := g.e.st.EvalChecked(ctx, L, budget, g.check, fn, args...)
	if g.refusal != "" { // whatever the code has made of the error
		return nil, refused{g.refusal}
	}
	return values, err
}

// check refuses the instruction that runs next.
func (g *guarded) check(L *lua.LState) {
	g.steps++
	f := vm.Current(L)
	word, ok := f.Instruction()
	if !ok {
		return
	}
	if g.refusal == "" {
		g.note(L, f)
		g.refusal = g.reason(&instructionAt{L: L, frame: f, word: word})
	}
	if g.refusal != "" { // again and again: the code may have caught it
		L.RaiseError("%s", refused{g.refusal}.Error())
	}
}

// reason tells why an instruction must not run, or "".
func (g *guarded) reason(in *instructionAt) string {
	op := compile.Opcode(in.word)
	ra, rb, rc := compile.Operands(in.word)
	switch op {
	case lua.OP_NEWTABLE:
		g.made = made{op: op, frame: in.frame.Index(), reg: ra}
	case lua.OP_CLOSURE:
		fn := in.function()
		at := in.frame.Pc() + 1
		n := int(fn.Proto.FunctionPrototypes[compile.Bx(in.word)].NumUpvalues)
		g.made = made{op, in.frame.Index(), ra, fn.Proto.Code[at : at+n]}
	case lua.OP_GETGLOBAL:
		fn := in.function()
		return g.read(in.L, fn.Env, fn.Proto.Constants[compile.Bx(in.word)])
	case lua.OP_GETTABLE, lua.OP_GETTABLEKS, lua.OP_SELF:
		return g.read(in.L, in.register(rb), in.rk(rc))
	case lua.OP_SETGLOBAL:
		fn := in.function()
		return g.write(in.L, fn.Env, fn.Proto.Constants[compile.Bx(in.word)])
	case lua.OP_SETTABLE, lua.OP_SETTABLEKS:
		return g.write(in.L, in.register(ra), in.rk(rb))
	case lua.OP_SETLIST:
		return g.write(in.L, in.register(ra), lua.LNumber(1))
	case lua.OP_SETUPVAL:
		fn := in.function()
		if !g.cells[fn.Upvalues[rb]] {
			return "assigning " + fn.Proto.DbgUpvalues[rb]
		}
	case lua.OP_ADD, lua.OP_SUB, lua.OP_MUL, lua.OP_DIV, lua.OP_MOD, lua.OP_POW, lua.OP_EQ, lua.OP_LT, lua.OP_LE:
		if why := g.operand(in.L, in.rk(rb), op); why != "" {
			return why
		}
		return g.operand(in.L, in.rk(rc), op)
	case lua.OP_UNM, lua.OP_LEN:
		return g.operand(in.L, in.register(rb), op)
	case lua.OP_CALL, lua.OP_TAILCALL:
		return g.callAt(in, ra, rb)
	case lua.OP_TFORLOOP:
		return g.callee(in.L, in.register(ra), []lua.LValue{in.register(ra + 1), in.register(ra + 2)}, 0)
	}
	return ""
}

// note takes down what the instruction before has made.
func (g *guarded) note(L *lua.LState, f vm.Frame) {
	m := g.made
	if m.op == 0 {
		return
	}
	g.made = made{}
	in := &instructionAt{L: L, frame: f}
	switch {
	case f.Index() == m.frame:
	case f.Index() < m.frame: // a tail call has returned to a caller
		reg, ok := in.calledInto()
		if !ok {
			return
		}
		m.reg = reg
	default:
		return
	}
	if m.reg < 0 {
		return
	}
	switch v := in.register(m.reg).(type) {
	case *lua.LTable:
		g.tables[v] = true
	case *lua.LFunction:
		if _, known := g.e.natives[v]; v.IsG && !known {
			g.iterators[v] = true
		}
		for i, word := range m.words {
			if compile.Opcode(word) == lua.OP_MOVE {
				g.cells[v.Upvalues[i]] = true
			}
		}
	}
}

// instructionAt is the instruction that runs next in a frame, with its
// operands.
type instructionAt struct {
	L     *lua.LState
	frame vm.Frame
	word  uint32

	debug *lua.Debug // of the frame, once it was needed
	fn    *lua.LFunction
}

func (in *instructionAt) handle() *lua.Debug {
	if in.debug == nil {
		in.debug = vm.Debug(in.L, in.frame)
	}
	return in.debug
}

func (in *instructionAt) function() *lua.LFunction {
	if in.fn == nil {
		in.fn = vm.Function(in.L, in.handle())
	}
	return in.fn
}

func (in *instructionAt) register(n int) lua.LValue { return vm.Register(in.L, in.handle(), n) }

// rk is a register, or a constant.
func (in *instructionAt) rk(n int) lua.LValue {
	if n&constantBit != 0 {
		return in.function().Proto.Constants[n&^constantBit]
	}
	return in.register(n)
}

// calledInto is the register in which the call before left its first result.
func (in *instructionAt) calledInto() (reg int, ok bool) {
	code := in.function().Proto.Code
	pc := in.frame.Pc() - 1
	if pc < 0 || compile.Opcode(code[pc]) != lua.OP_CALL {
		return 0, false
	}
	reg, _, _ = compile.Operands(code[pc])
	return reg, true
}
