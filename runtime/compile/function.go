package compile

import (
	lua "github.com/yuin/gopher-lua"
)

// Local is a local variable: its register, and the raw pcs from Start up to
// but not including End at which it is in scope. Names in parentheses are the
// hidden variables of for loops.
type Local struct {
	Name  string
	Reg   int
	Start int
	End   int
}

// Slot is a place where execution enters a line. Pc is its index in the
// prototype's code, where a NOP stands that Arm replaces.
type Slot struct {
	Function *Function
	Pc       int
	Line     int
	Entry    bool // the first instruction of the function: a new activation
}

// Function is what is known of one function of a chunk. It is never changed
// after compilation.
type Function struct {
	Chunk    *Chunk
	Index    int // in Chunk.Functions
	Parent   *Function
	Children []*Function
	Proto    *lua.FunctionProto // pristine: copy it before running
	Locals   []Local            // in the order of declaration
	Slots    []*Slot            // in the order of Pc
	// Name is what the declaration calls the function: "f", "Heap.push" (for
	// Heap:push, too), "" for none.
	Name string

	statements []statementStart

	code  []uint32 // without slots: what PUC Lua's compiler emits
	lines []int32
	raw   []int32 // pc in Proto.Code -> pc in code
	place []int32 // pc in code -> pc in Proto.Code, -1 for operands of another instruction
	slots map[int]*Slot
	extra *extra
	loops map[int]string
	calls []callSite
}

// LoopOperand tells whether the instruction at a raw pc converts an operand of
// a numeric for, and which: "initial value", "limit" or "step".
func (fn *Function) LoopOperand(raw int) string { return fn.loops[raw] }

// SlotAt returns the slot at a pc of the prototype's code, or nil.
func (fn *Function) SlotAt(pc int) *Slot { return fn.slots[pc] }

// RawPc maps a pc of the prototype's code to the pc without slots, the
// coordinate of Local.Start and End. A slot maps to what it precedes.
func (fn *Function) RawPc(pc int) int {
	switch {
	case pc < 0:
		return 0
	case pc >= len(fn.raw):
		return fn.extra.rawPc(pc - len(fn.raw))
	}
	return int(fn.raw[pc])
}

// Raw returns the instruction at a raw pc.
func (fn *Function) Raw(raw int) uint32 { return fn.code[raw] }

// RawLen returns the number of instructions without slots.
func (fn *Function) RawLen() int { return len(fn.code) }

// Line returns the line of a pc of the prototype's code.
func (fn *Function) Line(pc int) int {
	if pc >= len(fn.raw) {
		return int(fn.lines[fn.extra.ownerPc(pc-len(fn.raw))])
	}
	return int(fn.lines[fn.RawPc(pc)])
}

// ActiveLocals returns the locals in scope at a raw pc, by register. Shadowed
// ones are included.
func (fn *Function) ActiveLocals(raw int) []Local {
	var out []Local
	for _, l := range fn.Locals {
		if l.Start > raw {
			break
		}
		if raw < l.End {
			out = append(out, l)
		}
	}
	return out
}

// finish turns what was emitted into a Function.
func (f *funcState) finish() *Function {
	fn := &Function{code: f.code, lines: f.lines, Children: f.children, Name: f.name, statements: f.statements, loops: f.loopOperands, calls: f.calls, slots: map[int]*Slot{}, extra: &extra{}}
	f.trap.Value = fn
	for _, l := range f.locals {
		if l.Start != noPoint {
			fn.Locals = append(fn.Locals, l)
		}
	}
	sortLocals(fn.Locals)
	proto := f.newProto()
	proto.SourceName = f.lx.chunk
	proto.LineDefined = f.lineFrom
	proto.LastLineDefined = f.lineTo
	proto.NumUpvalues = uint8(len(f.upvalues))
	proto.NumParameters = uint8(f.numParams)
	proto.IsVarArg = f.varArg
	proto.NumUsedRegisters = uint8(f.maxStack)
	for _, u := range f.upvalues {
		proto.DbgUpvalues = append(proto.DbgUpvalues, u.name)
	}
	for _, c := range f.children {
		c.Parent = fn
		proto.FunctionPrototypes = append(proto.FunctionPrototypes, c.Proto)
	}
	fn.Proto = proto
	fn.returnFromLibrary()
	fn.insertSlots()
	fn.describe()
	return fn
}

// sortLocals orders by scope start: a local function's start moves past its
// body, and PUC Lua's lookup wants ascending order only among active locals,
// which registers give.
func sortLocals(ls []Local) {
	for i := 1; i < len(ls); i++ {
		for j := i; j > 0 && (ls[j].Start < ls[j-1].Start || ls[j].Start == ls[j-1].Start && ls[j].Reg < ls[j-1].Reg); j-- {
			ls[j], ls[j-1] = ls[j-1], ls[j]
		}
	}
}

// describe fills the debug tables that gopher-lua itself reads.
func (fn *Function) describe() {
	p := fn.Proto
	at := make([]int, len(fn.code)+1) // raw pc -> pc of the instruction
	for pc := len(fn.raw) - 1; pc >= 0; pc-- {
		if fn.slots[pc] == nil {
			at[fn.raw[pc]] = pc
		}
	}
	at[len(fn.code)] = len(p.Code)
	for _, l := range fn.Locals {
		p.DbgLocals = append(p.DbgLocals, &lua.DbgLocalInfo{Name: l.Name, StartPc: at[l.Start] - 1, EndPc: at[l.End]})
	}
	for _, site := range fn.calls {
		p.DbgCalls = append(p.DbgCalls, lua.DbgCall{Name: site.shown(), Pc: at[site.pc]})
	}
}

// FunctionOf returns the Function that a prototype is a copy of, or nil if it
// was compiled by others.
func FunctionOf(p *lua.FunctionProto) *Function {
	if p == nil || len(p.Constants) == 0 {
		return nil
	}
	if ud, ok := p.Constants[0].(*lua.LUserData); ok {
		fn, _ := ud.Value.(*Function)
		return fn
	}
	return nil
}

// RawLine returns the line of a raw pc.
func (fn *Function) RawLine(raw int) int { return int(fn.lines[raw]) }
