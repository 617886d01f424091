package compile

import lua "github.com/yuin/gopher-lua"

// block is a nesting of statements; breaks is the list of jumps out of it.
type block struct {
	outer      *block
	breaks     int
	active     int // locals active outside it
	captured   bool
	loop       bool
	firstGoto  int
	firstLabel int
}

type gotoDesc struct {
	name   string
	jump   int // pc of the jump; a CLOSE stands before it
	line   int
	active int
}

type labelDesc struct {
	name   string
	pc     int
	line   int
	active int
}

func (f *funcState) enterBlock(bl *block, loop bool) {
	*bl = block{
		outer: f.block, breaks: noJump, active: len(f.active), loop: loop,
		firstGoto: len(f.gotos), firstLabel: len(f.labels),
	}
	f.block = bl
}

func (f *funcState) leaveBlock() {
	bl := f.block
	f.block = bl.outer
	f.endScope(bl.active)
	if bl.captured {
		f.emitABC(lua.OP_CLOSE, bl.active, 0, 0)
	}
	f.freeReg = len(f.active)
	f.labels = f.labels[:bl.firstLabel]
	f.moveGotosOut(bl)
	f.patchToHere(bl.breaks)
}

// --- locals ---

const maxLocals = 200

// declare registers a name; it becomes active with activate.
func (f *funcState) declare(name string, pending int) {
	f.limit(len(f.active)+pending+1, maxLocals, "local variables")
	f.locals = append(f.locals, Local{Name: name, Start: noPoint})
}

// activate makes the last n declared names active from here on.
func (f *funcState) activate(n int) {
	for i := len(f.locals) - n; i < len(f.locals); i++ {
		f.locals[i].Reg = len(f.active)
		f.locals[i].Start = f.pc()
		f.locals[i].End = noPoint
		f.active = append(f.active, i)
	}
}

func (f *funcState) endScope(level int) {
	for len(f.active) > level {
		f.locals[f.active[len(f.active)-1]].End = f.pc()
		f.active = f.active[:len(f.active)-1]
	}
}

func (f *funcState) findLocal(name string) int {
	for i := len(f.active) - 1; i >= 0; i-- {
		if f.locals[f.active[i]].Name == name {
			return i
		}
	}
	return -1
}

const maxUpvalues = 250

func (f *funcState) upvalue(name string, from exp) int {
	local := from.kind == eLocal
	for i, u := range f.upvalues {
		if u.local == local && u.index == from.info {
			return i
		}
	}
	f.limit(len(f.upvalues)+1, maxUpvalues, "upvalues")
	f.upvalues = append(f.upvalues, upvalueDesc{name: name, local: local, index: from.info})
	return len(f.upvalues) - 1
}

// resolve finds what a name means in f: local, upvalue or global.
func (f *funcState) resolve(name string) exp {
	e := f.resolveIn(name, true)
	if e.kind == eGlobal {
		e.info = f.stringK(name)
	}
	return e
}

func (f *funcState) resolveIn(name string, base bool) exp {
	if f == nil {
		return mk(eGlobal, noReg)
	}
	if r := f.findLocal(name); r >= 0 {
		if !base {
			bl := f.block
			for bl != nil && bl.active > r {
				bl = bl.outer
			}
			if bl != nil {
				bl.captured = true
			}
		}
		return mk(eLocal, r)
	}
	e := f.parent.resolveIn(name, false)
	if e.kind == eGlobal {
		return e
	}
	return mk(eUpvalue, f.upvalue(name, e))
}

// --- goto ---

// addGoto emits a jump to a label that may not be known yet. The CLOSE before
// it ends the locals that the jump leaves, if closures hold them.
func (f *funcState) addGoto(name string, line int) {
	f.emitABC(lua.OP_CLOSE, len(f.active), 0, 0)
	j := f.jump()
	g := gotoDesc{name: name, jump: j, line: line, active: len(f.active)}
	for bl := f.block; bl != nil; bl = bl.outer {
		for i := len(f.labels) - 1; i >= bl.firstLabel; i-- {
			if f.labels[i].name == name {
				f.closeGoto(g, f.labels[i])
				return
			}
		}
	}
	f.gotos = append(f.gotos, g)
}

func (f *funcState) closeGoto(g gotoDesc, l labelDesc) {
	if g.active < l.active {
		f.lx.line = g.line
		f.lx.fail("<goto "+g.name+"> at line "+itoa(g.line)+" jumps into the scope of local '"+
			f.locals[f.active[g.active]].Name+"'", "")
	}
	f.code[g.jump-1] = setA(f.code[g.jump-1], l.active)
	f.patchList(g.jump, l.pc)
}

// addLabel defines a label and returns its index.
func (f *funcState) addLabel(l labelDesc) int {
	for _, other := range f.labels[f.block.firstLabel:] {
		if other.name == l.name {
			f.lx.fail("label '"+l.name+"' already defined on line "+itoa(other.line), "")
		}
	}
	l.active = len(f.active)
	f.labels = append(f.labels, l)
	return len(f.labels) - 1
}

// closeLabel closes the pending gotos to a label. last tells that only void
// statements follow in the block: its locals have ended then.
func (f *funcState) closeLabel(index int, last bool) {
	if last {
		f.labels[index].active = f.block.active
	}
	l := f.labels[index]
	kept := f.gotos[:f.block.firstGoto]
	for _, g := range f.gotos[f.block.firstGoto:] {
		if g.name == l.name {
			f.closeGoto(g, l)
		} else {
			kept = append(kept, g)
		}
	}
	f.gotos = kept
}

// moveGotosOut hands the gotos that a block left open to the enclosing block.
func (f *funcState) moveGotosOut(bl *block) {
	for i := bl.firstGoto; i < len(f.gotos); i++ {
		f.gotos[i].active = min(f.gotos[i].active, bl.active)
	}
	if f.block == nil && len(f.gotos) > bl.firstGoto {
		g := f.gotos[bl.firstGoto]
		f.lx.line = g.line
		f.lx.fail("no visible label '"+g.name+"' for <goto> at line "+itoa(g.line), "")
	}
}
