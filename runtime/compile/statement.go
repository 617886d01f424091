package compile

import lua "github.com/yuin/gopher-lua"

func (p *parser) cond() int {
	e := p.expr()
	if e.kind == eNil {
		e.kind = eFalse
	}
	p.fs.goIfTrue(&e)
	return e.f
}

func (p *parser) thenBlock() int {
	p.next() // if or elseif
	list := p.cond()
	p.expect(tThen)
	p.innerBlock()
	return list
}

func (p *parser) ifStat(line int) {
	f := p.fs
	escape := noJump
	flist := p.thenBlock()
	for p.tok.kind == tElseif {
		f.concat(&escape, f.jump())
		f.patchToHere(flist)
		flist = p.thenBlock()
	}
	if p.tok.kind == tElse {
		f.concat(&escape, f.jump())
		f.patchToHere(flist)
		p.next()
		p.innerBlock()
	} else {
		f.concat(&escape, flist)
	}
	f.patchToHere(escape)
	p.closing(tEnd, tIf, line)
}

func (p *parser) whileStat(line int) {
	f := p.fs
	p.next()
	start := f.label()
	exit := p.cond()
	var bl block
	f.enterBlock(&bl, true)
	p.expect(tDo)
	p.innerBlock()
	f.patchList(f.jump(), start)
	p.closing(tEnd, tWhile, line)
	f.leaveBlock()
	f.patchToHere(exit)
}

func (p *parser) repeatStat(line int) {
	f := p.fs
	start := f.label()
	var loop, scope block
	f.enterBlock(&loop, true)
	f.enterBlock(&scope, false)
	p.next()
	p.statements()
	p.closing(tUntil, tRepeat, line)
	exit := p.cond()
	if !scope.captured {
		f.leaveBlock()
		f.patchList(exit, start)
	} else {
		p.breakStat()
		f.patchToHere(exit)
		f.leaveBlock()
		f.patchList(f.jump(), start)
	}
	f.leaveBlock()
}

func (p *parser) breakStat() {
	f := p.fs
	captured := false
	bl := f.block
	for ; bl != nil && !bl.loop; bl = bl.outer {
		captured = captured || bl.captured
	}
	if bl == nil {
		p.failHere("no loop to break")
	}
	if captured {
		f.emitABC(lua.OP_CLOSE, bl.active, 0, 0)
	}
	f.concat(&bl.breaks, f.jump())
}

func (p *parser) forStat(line int) {
	f := p.fs
	var bl block
	f.enterBlock(&bl, true)
	p.next()
	name := p.ident()
	switch p.tok.kind {
	case '=':
		p.forNum(name, line)
	case ',', tIn:
		p.forList(name)
	default:
		p.failHere("'=' or 'in' expected")
	}
	p.closing(tEnd, tFor, line)
	f.leaveBlock()
}

func (p *parser) forNum(name string, line int) {
	f := p.fs
	base := f.freeReg
	f.declare("(for index)", 0)
	f.declare("(for limit)", 1)
	f.declare("(for step)", 2)
	f.declare(name, 3)
	p.next()
	p.loopOperand("initial value")
	p.expect(',')
	p.loopOperand("limit")
	if p.accept(',') {
		p.loopOperand("step")
	} else {
		f.emit(abx(lua.OP_LOADK, f.freeReg, f.numberK(1)))
		f.reserve(1)
	}
	p.forBody(base, line, 1, true)
}

// loopOperand compiles an operand of a numeric for. Lua takes numeric strings
// there and the VM does not: subtracting 0 makes them numbers.
func (p *parser) loopOperand(what string) {
	f := p.fs
	e := p.expr()
	constant := e.isNumeral()
	f.toNextReg(&e)
	if constant {
		return
	}
	reg, zero := f.freeReg-1, mk(eNumber, 0)
	operand := f.toRK(&zero)
	f.releaseExp(&zero)
	if f.loopOperands == nil {
		f.loopOperands = map[int]string{}
	}
	f.loopOperands[f.emitABC(lua.OP_SUB, reg, reg, operand)] = what
}

func (p *parser) forList(name string) {
	f := p.fs
	base := f.freeReg
	f.declare("(for generator)", 0)
	f.declare("(for state)", 1)
	f.declare("(for control)", 2)
	f.declare(name, 3)
	n := 1
	for p.accept(',') {
		f.declare(p.ident(), 3+n)
		n++
	}
	p.expect(tIn)
	line := p.line // of what follows `in`
	count, e := p.exprList()
	f.adjust(3, count, &e)
	f.checkStack(3)
	p.forBody(base, line, n, false)
}

func (p *parser) forBody(base, line, names int, numeric bool) {
	f := p.fs
	// The control variables were declared first: activate those three only.
	rest := append([]Local(nil), f.locals[len(f.locals)-names:]...)
	f.locals = f.locals[:len(f.locals)-names]
	f.activate(3)
	p.expect(tDo)
	var prep int
	if numeric {
		prep = f.emit(setSBx(abx(lua.OP_FORPREP, base, 0), noJump))
	} else {
		prep = f.jump()
	}
	var bl block
	f.enterBlock(&bl, false)
	f.locals = append(f.locals, rest...)
	f.activate(names)
	f.reserve(names)
	p.innerBlock()
	f.leaveBlock()
	f.patchToHere(prep)
	var end int
	if numeric {
		end = f.emit(setSBx(abx(lua.OP_FORLOOP, base, 0), noJump))
	} else {
		end = f.emitABC(lua.OP_TFORLOOP, base, 0, names)
	}
	f.fixLine(line)
	if !numeric {
		end = f.jump()
	}
	f.patchList(end, prep+1)
}

func (p *parser) funcStat(line int) {
	f := p.fs
	p.next()
	name := p.ident()
	v := f.resolve(name)
	method := false
	for p.tok.kind == '.' || p.tok.kind == ':' {
		method = p.tok.kind == ':'
		name += "." + p.field(&v)
		if method {
			break
		}
	}
	b := p.body(method, line, name)
	f.store(&v, &b)
	f.fixLine(line)
}

func (p *parser) localFunc() {
	f := p.fs
	name := p.ident()
	f.declare(name, 0)
	v := mk(eLocal, f.freeReg)
	f.reserve(1)
	f.activate(1)
	b := p.body(false, p.line, name)
	f.store(&v, &b)
	// Debug information counts the local from here, when it has its value.
	f.locals[f.active[len(f.active)-1]].Start = f.pc()
}

func (p *parser) localStat() {
	f := p.fs
	n := 0
	var names []string
	for {
		names = append(names, p.ident())
		f.declare(names[n], n)
		n++
		if p.tok.kind == '<' {
			p.fail("variable attributes such as <const> and <close> are of Lua 5.4, this is Lua 5.1 with goto: leave the attribute out", "<")
		}
		if !p.accept(',') {
			break
		}
	}
	count, e := 0, mk(eVoid, 0)
	if p.accept('=') {
		count, e = p.exprList(names...)
	}
	f.adjust(n, count, &e)
	f.activate(n)
}

func (p *parser) retStat() {
	f := p.fs
	p.next()
	if p.blockEnds() || p.tok.kind == ';' {
		f.ret(0, 0)
		return
	}
	n, e := p.exprList()
	if e.isMulti() {
		f.setReturns(&e, -1)
		if e.kind == eCall && n == 1 {
			a, b, c := Operands(f.code[e.info])
			f.code[e.info] = abc(lua.OP_TAILCALL, a, b, c)
		}
		f.ret(len(f.active), -1)
		return
	}
	if n == 1 {
		f.ret(f.toAnyReg(&e), 1)
		return
	}
	f.toNextReg(&e)
	f.ret(len(f.active), n)
}
