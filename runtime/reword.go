package runtime

import (
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/vm"
)

// reword turns the message of an error that the VM raised into PUC Lua's:
// "attempt to index local 'x' (a nil value)".
func (st *State) reword(L *lua.LState, v lua.LValue) lua.LValue {
	s, ok := v.(lua.LString)
	if !ok || v == st.exact {
		return v
	}
	f := vm.Current(L)
	if f.Valid() && f.Runs(st.errFunc) {
		f = f.Parent()
	}
	if !f.Valid() {
		return v
	}
	if f.IsGo() {
		text := string(s)
		if parent := f.Parent(); parent.Valid() && parent.IsGo() {
			// gopher-lua looks past Go callers for a position, PUC Lua does not.
			if chunk, line := st.where(L); line > 0 {
				text = strings.TrimPrefix(text, chunk+":"+itoa(line)+": ")
			}
		}
		return lua.LString(rewordLibrary(text))
	}
	fn := vm.Function(L, vm.Debug(L, f))
	prefix := fn.Proto.SourceName + ":" + itoa(lineAt(fn.Proto, f.Pc())) + ": "
	text, ok := strings.CutPrefix(string(s), prefix)
	if !ok {
		return v
	}
	if msg := rewordVM(L, f, fn, text); msg != "" {
		return lua.LString(prefix + msg)
	}
	return v
}

// rewordLibrary mends the messages of gopher-lua's argument checks, which do
// not quote the function's name.
func rewordLibrary(s string) string {
	i := strings.Index(s, "bad argument #")
	if i < 0 {
		return s
	}
	head, rest, ok := strings.Cut(s[i:], " to ")
	name, why, ok2 := strings.Cut(rest, " (")
	if !ok || !ok2 || strings.HasPrefix(name, "'") || strings.Contains(name, " ") {
		return s
	}
	if strings.HasPrefix(name, "(") || strings.HasPrefix(name, "<") {
		name = "?"
	}
	return s[:i] + head + " to '" + name + "' (" + why
}

// indexed begins gopher-lua's message for an index operation on a value of the
// type that follows.
const indexed = "attempt to index a non-table object("

// rewordVM returns PUC Lua's text for a message of gopher-lua's VM, or "".
func rewordVM(L *lua.LState, f vm.Frame, fn *lua.LFunction, text string) string {
	s := staticFunction(fn)
	if s == nil {
		return ""
	}
	raw := s.RawPc(f.Pc())
	o := operands{L: L, f: f, d: vm.Debug(L, f), s: s, raw: raw, inst: s.Raw(raw)}
	a, b, c := compile.Operands(o.inst)
	op := compile.Opcode(o.inst)
	switch {
	case strings.HasPrefix(text, indexed):
		target := b
		if op == lua.OP_SETTABLE || op == lua.OP_SETTABLEKS {
			target = a
		}
		kind, _, _ := strings.Cut(text[len(indexed):], ")")
		if o.value(target).Type().String() != kind { // what an __index leads to
			return "attempt to index a " + kind + " value"
		}
		return "attempt to index " + o.describe(target)
	case text == "attempt to call a non-function object":
		switch op {
		case lua.OP_CALL, lua.OP_TAILCALL:
			return "attempt to call " + o.describe(a)
		case lua.OP_TFORLOOP:
			return "attempt to call a " + o.value(a).Type().String() + " value"
		}
	case strings.HasPrefix(text, "cannot perform ") && s.LoopOperand(raw) != "":
		return "'for' " + s.LoopOperand(raw) + " must be a number"
	case strings.HasPrefix(text, "cannot perform ") || text == "__unm undefined":
		if op == lua.OP_UNM {
			c = b
		}
		if _, ok := toNumber(o.value(b)); ok {
			b = c
		}
		return "attempt to perform arithmetic on " + o.describe(b)
	case text == "__len undefined":
		return "attempt to get length of " + o.describe(b)
	case strings.HasPrefix(text, "attempt to compare "):
		words := strings.Fields(text)
		if len(words) == 6 && words[3] == words[5] {
			return "attempt to compare two " + words[3] + " values"
		}
	case strings.HasPrefix(text, "for statement "):
		words := strings.Fields(text)
		what := words[2]
		if what == "init" {
			what = "initial value"
		}
		return "'for' " + what + " must be a number"
	case text == "registry overflow":
		return "stack overflow"
	case text == "too many recursions in gettable":
		return "loop in gettable"
	case text == "too many recursions in settable":
		return "loop in settable"
	}
	return ""
}

// operands reads the operands of the instruction at which a frame stands.
type operands struct {
	L    *lua.LState
	f    vm.Frame
	d    *lua.Debug
	s    *compile.Function
	raw  int
	inst uint32
}

const constantBit = 1 << 8

func (o *operands) value(rk int) lua.LValue {
	if rk&constantBit != 0 {
		return o.s.Proto.Constants[rk&^constantBit]
	}
	return vm.Register(o.L, o.d, rk)
}

func (o *operands) describe(rk int) string {
	v := o.value(rk)
	if rk&constantBit != 0 {
		return "a " + v.Type().String() + " value"
	}
	return describe(o.s, o.raw, rk, v)
}
