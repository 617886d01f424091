package debug

import (
	"fmt"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/compile"
)

// operands writes one instruction.
type operands struct {
	a     addressed
	raw   int
	words []string
	notes []string // the names of registers and upvalues, and of what is called
}

// text is the instruction as "GETTABLEKS R2 R0 \"size\"  ; R0=heap".
func (o *operands) text() string {
	fn := o.a.fn
	i := fn.Raw(o.raw)
	if fn.Pc(o.raw) < 0 {
		return o.data(i)
	}
	op := compile.Opcode(i)
	code := opcode{fmt.Sprintf("OP%d", op), "ino"}
	if op < len(opcodes) {
		code = opcodes[op]
	}
	o.words = append(o.words, code.name)
	for _, kind := range code.operands {
		o.write(kind, i)
	}
	if op == lua.OP_CALL || op == lua.OP_TAILCALL {
		o.noteCall()
	}
	return o.joined()
}

func (o *operands) joined() string {
	text := strings.Join(o.words, " ")
	if len(o.notes) > 0 {
		text += "  ; " + strings.Join(o.notes, " ")
	}
	return text
}

// data writes a word that belongs to the instruction before it: what a new
// function's upvalue is, the jump of a generic for, or the number of a SETLIST.
func (o *operands) data(i uint32) string {
	_, b, _ := compile.Operands(i)
	before := o.raw - 1
	for o.a.fn.Pc(before) < 0 {
		before--
	}
	switch compile.Opcode(o.a.fn.Raw(before)) {
	case lua.OP_TFORLOOP:
		o.words = append(o.words, "  back")
		o.write('j', i)
	case lua.OP_CLOSURE:
		o.words = append(o.words, "  upvalue")
		if compile.Opcode(i) == lua.OP_GETUPVAL {
			o.write('u', i)
		} else {
			o.register(b, o.next()) // which may be the function itself
		}
	default:
		o.words = append(o.words, fmt.Sprintf("  block %d", i))
	}
	return o.joined()
}

func (o *operands) write(kind rune, i uint32) {
	a, b, c := compile.Operands(i)
	fn := o.a.fn
	switch kind {
	case 'a':
		at := o.raw
		if writesA(compile.Opcode(i)) {
			at = o.next() // a local that it gives its first value is in scope behind it
		}
		o.register(a, at)
	case 'b':
		o.register(b, o.raw)
	case 'c':
		o.register(c, o.raw)
	case 'B':
		o.registerOrConstant(b)
	case 'C':
		o.registerOrConstant(c)
	case 'k':
		o.words = append(o.words, o.constant(compile.Bx(i)))
	case 'u':
		o.words = append(o.words, fmt.Sprintf("U%d", b))
		if names := fn.Proto.DbgUpvalues; b < len(names) {
			o.notes = append(o.notes, fmt.Sprintf("U%d=%s", b, names[b]))
		}
	case 'j':
		o.words = append(o.words, o.target(o.raw+1+compile.SBx(i)))
	case 'f':
		o.words = append(o.words, functionLabel(fn.Children[compile.Bx(i)]))
	case 'l':
		o.words = append(o.words, fmt.Sprint(b != 0))
		if c != 0 {
			o.words = append(o.words, o.target(o.raw+2))
		}
	case 't':
		o.words = append(o.words, fmt.Sprint(a != 0))
	case 's':
		o.count("arguments", b)
	case 'r':
		o.count("results", c)
	case 'v':
		o.count("values", b)
	case 'i':
		o.words = append(o.words, fmt.Sprint(a))
	case 'n':
		o.words = append(o.words, fmt.Sprint(b))
	case 'o':
		o.words = append(o.words, fmt.Sprint(c))
	}
}

// writesA tells whether an instruction gives register A a value.
func writesA(op int) bool {
	switch op {
	case lua.OP_SETGLOBAL, lua.OP_SETUPVAL, lua.OP_SETTABLE, lua.OP_SETTABLEKS, lua.OP_SETLIST, lua.OP_TEST,
		lua.OP_CALL, lua.OP_TAILCALL, lua.OP_RETURN, lua.OP_CLOSE:
		return false
	}
	return true
}

// register writes a register; the name is that of the local that it is at a raw pc.
func (o *operands) register(reg, at int) {
	word := fmt.Sprintf("R%d", reg)
	o.words = append(o.words, word)
	name := ""
	for _, l := range o.a.fn.ActiveLocals(at) {
		if l.Reg == reg {
			name = l.Name
		}
	}
	if note := word + "=" + name; name != "" && !slices.Contains(o.notes, note) {
		o.notes = append(o.notes, note)
	}
}

// next is the raw pc of the next instruction.
func (o *operands) next() int {
	raw := o.raw + 1
	for raw < o.a.fn.RawLen() && o.a.fn.Pc(raw) < 0 {
		raw++
	}
	return raw
}

// constantBit marks operands that are constants.
const constantBit = 1 << 8

func (o *operands) registerOrConstant(rk int) {
	if rk&constantBit == 0 {
		o.register(rk, o.raw)
		return
	}
	o.words = append(o.words, o.constant(rk&^constantBit))
}

func (o *operands) constant(k int) string {
	switch v := o.a.fn.Proto.Constants[k].(type) {
	case lua.LString:
		return quote(string(v), maxItem)
	case lua.LNumber:
		return number(v)
	case *lua.LFunction:
		return "concat" // the compiler's own, see compile.Env
	default:
		return v.String()
	}
}

// target is the address of a raw pc.
func (o *operands) target(raw int) string { return fmt.Sprintf("0x%x", o.a.base+uint64(raw)) }

// count writes how many values there are; field 0 means as many as there happen to be.
func (o *operands) count(what string, field int) {
	word := what + "=..."
	if field > 0 {
		word = fmt.Sprintf("%s=%d", what, field-1)
	}
	o.words = append(o.words, word)
}

// noteCall notes the name of the function that is called.
func (o *operands) noteCall() {
	if c, ok := o.a.fn.CallAt(o.raw); ok && c.Name != "" {
		o.notes = append(o.notes, "calls "+c.Name)
	}
}

// functionLabel is the name of a function without a caller.
func functionLabel(fn *compile.Function) string {
	switch {
	case fn.Parent == nil:
		return "main chunk"
	case fn.Name != "":
		return fn.Name
	}
	return fmt.Sprintf("(anonymous:%d)", fn.Proto.LineDefined)
}
