package compile

import lua "github.com/yuin/gopher-lua"

// trapKey is the key of the trap, which is constant 0 of every function.
type trapKey struct{}

// An armed slot compares the trap constant with itself: the VM calls its __lt
// metamethod, a Go function, on top of the registers in use, and changes no
// register. (With A=1 a true result skips nothing.)
var (
	nop  = abc(lua.OP_NOP, 0, 0, 0)
	trap = abc(lua.OP_LT, 1, bitK, bitK)
)

// Arm writes the trap over a slot of a copy of the function's prototype, or
// takes it away. Only the goroutine that runs the copy may call it.
// Nothing happens while a detour is installed in its place.
func (s *Slot) Arm(p *lua.FunctionProto, on bool) {
	switch {
	case !IsPause(p.Code[s.Pc]):
	case on:
		p.Code[s.Pc] = trap
	default:
		p.Code[s.Pc] = nop
	}
}

// Armed tells whether the slot is armed in a copy of the prototype.
func (s *Slot) Armed(p *lua.FunctionProto) bool { return p.Code[s.Pc] == trap }

// flow is what the code's control flow says of each raw pc.
type flow struct {
	data   []bool  // an operand word, not an instruction
	glued  []bool  // nothing may stand between it and the word before
	falls  []bool  // reached from the instruction before it
	before []int32 // line of the instruction before it
	jumps  [][]edge
}

// edge is a jump to a pc; event tells that PUC Lua's line hook fires on it:
// backwards, or to another line.
type edge struct {
	from  int
	event bool
}

func (fn *Function) analyse() flow {
	n := len(fn.code)
	fl := flow{
		data: make([]bool, n+1), glued: make([]bool, n+1), falls: make([]bool, n+1),
		before: make([]int32, n+1), jumps: make([][]edge, n+1),
	}
	jump := func(from, source, to int) {
		fl.jumps[to] = append(fl.jumps[to], edge{from, to <= source || fn.lines[to] != fn.lines[source]})
	}
	for pc := 0; pc < n; pc++ {
		i := fn.code[pc]
		_, _, c := Operands(i)
		op := Opcode(i)
		words, falls := 1, true
		switch {
		case isTest(op) || op == lua.OP_LOADBOOL && c != 0:
			fl.glued[pc+1] = true
		case op == lua.OP_TFORLOOP:
			words = 2
			jump(pc+1, pc, pc+2+SBx(fn.code[pc+1]))
		case op == lua.OP_CLOSURE:
			words += int(fn.Children[Bx(i)].Proto.NumUpvalues)
		case op == lua.OP_SETLIST && c == 0:
			words = 2
		case op == lua.OP_JMP:
			source := pc
			falls = pc > 0 && isTest(Opcode(fn.code[pc-1])) && !fl.data[pc-1]
			if falls {
				source = pc - 1
			}
			jump(pc, source, pc+1+SBx(i))
		case op == lua.OP_FORLOOP:
			jump(pc, pc, pc+1+SBx(i))
		case op == lua.OP_FORPREP:
			jump(pc, pc, pc+1+SBx(i))
			falls = false
		case op == lua.OP_RETURN:
			falls = false
		}
		for w := 1; w < words; w++ {
			fl.data[pc+w], fl.glued[pc+w] = true, true
		}
		fl.falls[pc+words] = fl.falls[pc+words] || falls
		fl.before[pc+words] = fn.lines[pc]
		if op == lua.OP_LOADBOOL && c != 0 {
			fl.falls[pc+2] = true
		}
		pc += words - 1
	}
	return fl
}

// inline tells whether the slot of pc stands in the path of falling through.
func (fl *flow) inline(fn *Function, pc int) bool {
	if pc == 0 {
		return true
	}
	if fl.glued[pc] {
		return false
	}
	if fl.falls[pc] {
		return fl.before[pc] != fn.lines[pc]
	}
	for _, j := range fl.jumps[pc] {
		if !j.event {
			return false
		}
	}
	return len(fl.jumps[pc]) > 0
}

// insertSlots writes Proto.Code: the raw code with a NOP where a line event
// happens on falling through, and stubs (a NOP and a jump) behind the end for
// jumps that make an event where falling through does not.
func (fn *Function) insertSlots() {
	fl := fn.analyse()
	n := len(fn.code)
	p := fn.Proto
	p.Code = make([]uint32, 0, n+n/3+4)
	place := make([]int, n+1)  // raw pc -> pc of the instruction
	slotAt := make([]int, n+1) // raw pc -> pc of its inline slot, or -1
	add := func(i uint32, raw int) {
		p.Code = append(p.Code, i)
		p.DbgSourcePositions = append(p.DbgSourcePositions, int(fn.lines[raw]))
		fn.raw = append(fn.raw, int32(raw))
	}
	slot := func(raw int) int {
		s := &Slot{Function: fn, Pc: len(p.Code), Line: int(fn.lines[raw]), Entry: raw == 0}
		fn.Slots = append(fn.Slots, s)
		fn.slots[s.Pc] = s
		add(nop, raw)
		return s.Pc
	}
	for pc := 0; pc < n; pc++ {
		slotAt[pc] = -1
		if !fl.data[pc] && fl.inline(fn, pc) {
			slotAt[pc] = slot(pc)
		}
		place[pc] = len(p.Code)
		add(fn.code[pc], pc)
	}
	for to := 0; to < n; to++ {
		stub := -1
		for _, j := range fl.jumps[to] {
			dest := place[to]
			// The slot at 0 stands for a new activation only.
			switch {
			case j.event && slotAt[to] >= 0 && to > 0:
				dest = slotAt[to]
			case j.event:
				if stub < 0 {
					stub = slot(to)
					fn.Slots[len(fn.Slots)-1].Entry = false
					add(setSBx(abx(lua.OP_JMP, 0, 0), place[to]-(len(p.Code)+1)), to)
				}
				dest = stub
			}
			at := place[j.from]
			p.Code[at] = setSBx(p.Code[at], dest-(at+1))
		}
	}
	fn.place = make([]int32, n)
	for pc := range fn.place {
		fn.place[pc] = int32(place[pc])
		if fl.data[pc] {
			fn.place[pc] = -1
		}
	}
}
