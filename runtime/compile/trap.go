package compile

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	lua "github.com/yuin/gopher-lua"
)

// Trap is the place of one instruction at which a debugger can stop before it
// runs and after it has run. Slots stand where lines begin and cost nothing;
// a trap can stand anywhere, and costs only while it is armed: arming replaces
// the instruction by a jump to a stub behind the function's code,
//
//	before: NOP            -- the two NOPs become comparisons of the trap
//	        the instruction   constant, as in an armed slot
//	        NOP            -- or a comparison that passes `after` by, see Unless
//	after:  NOP
//	        JMP to the next instruction
//
// Stubs are laid out once for a function and never move, so a frame that runs
// in one (its call has not returned) is not disturbed when the trap goes.
type Trap struct {
	Function *Function
	Raw      int // the instruction's raw pc

	at    int // its pc in Proto.Code
	start int // pc of the stub
	words []uint32
	after []int // offsets of the two NOPs in words
	next  []int // by after: raw pc of what runs then
}

// ErrTooLong says that a function has too much code for another stub.
var ErrTooLong = errors.New("the function is too long")

// extra is the code behind a function's own: stubs of traps, and the detour.
// It only grows, and is the same in all copies of the prototype.
type extra struct {
	mu     sync.Mutex
	traps  map[int]*Trap // by raw pc
	detour *Detour
	code   []uint32
	view   atomic.Pointer[extraView]
}

// extraView is what may be read without the lock.
type extraView struct {
	raw    []int32 // raw pc of each word
	owner  []int32 // raw pc of the instruction that each word is there for
	traps  []*Trap // by start
	detour *Detour
}

// rawPc maps a pc behind the function's own code; ownerPc to the instruction
// for which the word at that pc is there.
func (x *extra) rawPc(i int) int {
	if v := x.view.Load(); v != nil && i < len(v.raw) {
		return int(v.raw[i])
	}
	return 0
}

func (x *extra) ownerPc(i int) int {
	if v := x.view.Load(); v != nil && i < len(v.owner) {
		return int(v.owner[i])
	}
	return 0
}

// extend appends words that belong to the instruction at raw. x.mu is held.
// Those who read an older view do not look behind its end.
func (x *extra) extend(words []uint32, raw int) extraView {
	x.code = append(x.code, words...)
	var v extraView
	if old := x.view.Load(); old != nil {
		v = *old
	}
	for range words {
		v.raw, v.owner = append(v.raw, int32(raw)), append(v.owner, int32(raw))
	}
	return v
}

// TrapAt returns the trap of the instruction at a raw pc. Any goroutine.
func (fn *Function) TrapAt(raw int) (*Trap, error) {
	if raw < 0 || raw >= len(fn.code) || fn.place[raw] < 0 {
		return nil, fmt.Errorf("no instruction at %d", raw)
	}
	x := fn.extra
	x.mu.Lock()
	defer x.mu.Unlock()
	if t := x.traps[raw]; t != nil {
		return t, nil
	}
	t := &Trap{Function: fn, Raw: raw, at: int(fn.place[raw]), start: len(fn.Proto.Code) + len(x.code)}
	t.layOut()
	if t.start+len(t.words) > maxSbx {
		return nil, ErrTooLong
	}
	v := x.extend(t.words, raw)
	for i, offset := range t.after {
		// Locals that the instruction gives their first value are in scope
		// after it; those whose scope ends with it still are.
		if next := t.next[i]; fn.declares(raw, next) {
			first := len(v.raw) - len(t.words) + offset
			for i := range 3 {
				v.raw[first+i] = int32(next)
			}
		}
	}
	v.traps = append(v.traps, t)
	x.view.Store(&v)
	if x.traps == nil {
		x.traps = map[int]*Trap{}
	}
	x.traps[raw] = t
	return t, nil
}

// declares tells whether the scope of a local begins between a raw pc and the
// next.
func (fn *Function) declares(raw, next int) bool {
	return slices.ContainsFunc(fn.Locals, func(l Local) bool {
		return l.Start == next && !(l.Start <= raw && raw < l.End)
	})
}

// layOut writes the stub. Jumps are relative: they are made anew for its place.
func (t *Trap) layOut() {
	fn := t.Function
	i := fn.code[t.Raw]
	_, _, c := Operands(i)
	op := Opcode(i)
	add := func(words ...uint32) { t.words = append(t.words, words...) }
	jumpTo := func(word uint32, dest int) { add(setSBx(word, dest-(t.start+len(t.words)+1))) }
	jump := func(dest int) { jumpTo(abx(lua.OP_JMP, 0, 0), dest) }
	after := func(dest int) {
		t.after = append(t.after, len(t.words))
		t.next = append(t.next, fn.RawPc(dest))
		add(nop, nop)
		jump(dest)
	}
	within := func(offset int) int { return t.start + offset }
	target := func(pc int, word uint32) int { return pc + 1 + SBx(word) } // of a jump at a pc of the placed code
	placed := fn.Proto.Code[t.at]

	add(nop)
	switch {
	case op == lua.OP_JMP:
		jumpTo(placed, target(t.at, placed))
	case op == lua.OP_TESTSET:
		add(i)
		jump(within(4))
		jump(t.at + 2)
		after(t.at + 1)
	case isTest(op):
		add(i)
		jump(t.at + 1)
		jump(t.at + 2)
	case op == lua.OP_LOADBOOL && c != 0:
		add(setC(i, 0))
		after(t.at + 2)
	case op == lua.OP_FORLOOP:
		jumpTo(placed, within(5))
		after(t.at + 1)
		after(target(t.at, placed))
	case op == lua.OP_FORPREP:
		jumpTo(placed, within(2))
		after(target(t.at, placed))
	case op == lua.OP_TFORLOOP:
		word := fn.Proto.Code[t.at+1]
		add(i)
		jumpTo(word, within(6))
		after(t.at + 2)
		after(target(t.at+1, word))
	case op == lua.OP_RETURN:
		add(i)
	default:
		n := 1
		switch {
		case op == lua.OP_CLOSURE:
			n += int(fn.Children[Bx(i)].Proto.NumUpvalues)
		case op == lua.OP_SETLIST && c == 0:
			n = 2
		}
		add(fn.code[t.Raw : t.Raw+n]...)
		after(t.at + n)
	}
}

// Arm sets where a copy of the prototype stops: before the instruction, after
// it, both or neither. After a RETURN, a jump or a comparison there is nowhere
// to stop. Only the goroutine that runs the copy may call it.
func (t *Trap) Arm(p *lua.FunctionProto, before, after bool) {
	if !before && !after && len(p.Code) <= t.start {
		return // was never armed
	}
	t.Function.extend(p)
	word := func(offset int, on bool) {
		p.Code[t.start+offset] = nop
		if on {
			p.Code[t.start+offset] = trap
		}
	}
	word(0, before)
	for _, offset := range t.after {
		word(offset, false)
		word(offset+1, after)
	}
	own, stub := t.Function.Proto.Code[t.at], setSBx(abx(lua.OP_JMP, 0, 0), t.start-(t.at+1))
	switch {
	case p.Code[t.at] != own && p.Code[t.at] != stub: // a detour is installed here
	case before || after:
		p.Code[t.at] = stub
	default:
		p.Code[t.at] = own
	}
}

// Unless makes a trap that is armed after the instruction pass without a stop
// where register reg is equal to constant k of a copy of the prototype: nothing
// but the VM is involved then. The constant must not be a table or a userdata, which
// could have a metamethod. Arm ends it.
func (t *Trap) Unless(p *lua.FunctionProto, reg, k int) {
	for _, offset := range t.after {
		p.Code[t.start+offset] = abc(lua.OP_EQ, 0, reg, bitK|k)
	}
}

// SpareConstant returns the index of a constant of this copy of the prototype
// that is for the caller to set: number n of those. ok is false where an
// instruction could not reach it.
func (fn *Function) SpareConstant(p *lua.FunctionProto, n int) (k int, ok bool) {
	k = len(fn.Proto.Constants) + n
	if k > maxRK {
		return 0, false
	}
	if len(p.Constants) == len(fn.Proto.Constants) {
		p.Constants = slices.Clip(p.Constants) // shared with other copies
	}
	for len(p.Constants) <= k {
		p.Constants = append(p.Constants, lua.LNil)
	}
	return k, true
}

// extend gives a copy of the prototype the extra code that was laid out since.
func (fn *Function) extend(p *lua.FunctionProto) {
	base := len(fn.Proto.Code)
	fn.extra.mu.Lock()
	defer fn.extra.mu.Unlock()
	have := len(p.Code) - base
	missing := fn.extra.code[have:]
	if len(missing) == 0 {
		return
	}
	p.Code = append(p.Code, missing...)
	lines, calls := p.DbgSourcePositions, p.DbgCalls
	if have == 0 { // shared with other copies
		lines, calls = slices.Clip(lines), slices.Clip(calls)
	}
	view := fn.extra.view.Load()
	for _, raw := range view.owner[have:] {
		lines = append(lines, int(fn.lines[raw]))
	}
	p.DbgSourcePositions = lines
	first := sort.Search(len(view.traps), func(i int) bool { return view.traps[i].start >= base+have })
	for _, t := range view.traps[first:] {
		if i, ok := slices.BinarySearchFunc(fn.calls, t.Raw, func(s callSite, raw int) int { return s.pc - raw }); ok {
			calls = append(calls, lua.DbgCall{Name: fn.calls[i].shown(), Pc: t.start + 1})
		}
	}
	p.DbgCalls = calls
}

// TrapHit returns the trap to which a pc belongs, nil if to none, and whether
// the instruction has run.
func (fn *Function) TrapHit(pc int) (t *Trap, after bool) {
	v := fn.extra.view.Load()
	if v == nil || pc < len(fn.Proto.Code) {
		return nil, false
	}
	i := sort.Search(len(v.traps), func(i int) bool { return v.traps[i].start > pc })
	if i == 0 {
		return nil, false
	}
	t = v.traps[i-1]
	offset := pc - t.start
	if offset >= len(t.words) {
		return nil, false
	}
	return t, offset > 0
}

// Detour is a way out of the normal course of a function, by which a debugger
// makes a frame go on elsewhere or return at once:
//
//	compare the trap constant: its answer decides
//	JMP   over the RETURN   -- true
//	RETURN                  -- false
//	CLOSE from
//	LOADNIL from …          -- as at the start of a function
//	JMP   target
//
// A frame is sent there by a jump in place of the instruction that it runs next.
type Detour struct {
	fn    *Function
	start int
}

// Detour returns the function's detour. Any goroutine.
func (fn *Function) Detour() (*Detour, error) {
	x := fn.extra
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.detour != nil {
		return x.detour, nil
	}
	d := &Detour{fn: fn, start: len(fn.Proto.Code) + len(x.code)}
	words := []uint32{
		trap,
		setSBx(abx(lua.OP_JMP, 0, 0), 1),
		abc(lua.OP_RETURN, 0, 1, 0),
		abc(lua.OP_CLOSE, 0, 0, 0),
		nop,
		setSBx(abx(lua.OP_JMP, 0, 0), 0),
	}
	if d.start+len(words) > maxSbx {
		return nil, ErrTooLong
	}
	v := x.extend(words, 0)
	v.detour = d
	x.view.Store(&v)
	x.detour = d
	return d, nil
}

// Install makes the instruction at pc of a copy of the prototype a jump to the
// detour, which goes on at the pc target after closing the upvalues of
// registers from `from` on and clearing these. It returns what puts the
// instruction back. Only the goroutine that runs the copy may call it.
func (d *Detour) Install(p *lua.FunctionProto, pc, from, target int) (restore func()) {
	d.fn.extend(p)
	p.Code[d.start+3] = abc(lua.OP_CLOSE, from, 0, 0)
	p.Code[d.start+4] = nop
	if last := int(p.NumUsedRegisters) - 1; from <= last {
		p.Code[d.start+4] = abc(lua.OP_LOADNIL, from, last, 0)
	}
	p.Code[d.start+5] = setSBx(abx(lua.OP_JMP, 0, 0), target-(d.start+6))
	old := p.Code[pc]
	p.Code[pc] = setSBx(abx(lua.OP_JMP, 0, 0), d.start-(pc+1))
	return func() { p.Code[pc] = old }
}

// IsDetour tells whether a pc is where the function's detour asks its way.
func (fn *Function) IsDetour(pc int) bool {
	v := fn.extra.view.Load()
	return v != nil && v.detour != nil && pc == v.detour.start
}

// Pc maps a raw pc to the place of the instruction in the prototype's code; -1
// for a word that is an operand.
func (fn *Function) Pc(raw int) int { return int(fn.place[raw]) }

// InstructionAt tells which instruction of the function's own a copy of the
// prototype executes at a pc; ok is false at what was put there for debuggers.
func (fn *Function) InstructionAt(p *lua.FunctionProto, pc int) (raw int, ok bool) {
	if t, _ := fn.TrapHit(pc); t != nil {
		return t.Raw, pc == t.start+1
	}
	if pc < 0 || pc >= len(fn.raw) {
		return 0, false
	}
	raw = int(fn.raw[pc])
	return raw, int(fn.place[raw]) == pc && p.Code[pc] == fn.Proto.Code[pc]
}

// IsPause tells whether an instruction is a slot or the edge of a trap: after
// it, the frame goes on with the next word of the code.
func IsPause(instruction uint32) bool { return instruction == nop || instruction == trap }
