package compile

import lua "github.com/yuin/gopher-lua"

// parser is the statement and expression parser; fs is the function that it
// emits into.
type parser struct {
	*lexer
	fs    *funcState
	depth int
	env   *Env

	naming naming
}

// maxDepth bounds the nesting of the source, as LUAI_MAXCCALLS does.
const maxDepth = 200

func (p *parser) enter() {
	if p.depth++; p.depth > maxDepth {
		p.fail("chunk has too many syntax levels", "")
	}
}

func (p *parser) leave() { p.depth-- }

func (p *parser) accept(k tokenKind) bool {
	if p.tok.kind == k {
		p.next()
		return true
	}
	return false
}

func (p *parser) check(k tokenKind) {
	if p.tok.kind != k {
		p.failHere("'" + tokenText(k) + "' expected")
	}
}

func (p *parser) expect(k tokenKind) {
	p.check(k)
	p.next()
}

// closing expects the token that ends a construct opened at a line.
func (p *parser) closing(what, who tokenKind, line int) {
	if p.accept(what) {
		return
	}
	if line == p.line {
		p.check(what)
	}
	p.failHere("'" + tokenText(what) + "' expected (to close '" + tokenText(who) + "' at line " + itoa(line) + ")")
}

func (p *parser) ident() string {
	p.check(tName)
	s := p.tok.text
	p.next()
	return s
}

func (p *parser) blockEnds() bool {
	switch p.tok.kind {
	case tElse, tElseif, tEnd, tUntil, tEOF:
		return true
	}
	return false
}

func (p *parser) open(line int) *funcState {
	f := &funcState{
		parent: p.fs, lx: p.lexer, lastTarget: -1, jpc: noJump, maxStack: 2,
		constIndex: map[any]int{}, lineFrom: line, env: p.env,
	}
	f.trap = &lua.LUserData{Metatable: p.env.TrapMeta}
	f.constant(trapKey{}, f.trap)
	p.fs = f
	return f
}

func (p *parser) close() *Function {
	f := p.fs
	f.endScope(0)
	f.ret(0, 0)
	fn := f.finish()
	p.fs = f.parent
	return fn
}

func (p *parser) main() *Function {
	f := p.open(0)
	f.varArg = lua.VarArgIsVarArg
	var bl block
	f.enterBlock(&bl, false)
	p.next()
	p.statements()
	p.check(tEOF)
	f.lineTo = p.line
	f.moveOutOfFunction()
	return p.close()
}

// moveOutOfFunction ends the outermost block of a function, whose locals last
// until its final return.
func (f *funcState) moveOutOfFunction() {
	bl := f.block
	f.block = nil
	f.moveGotosOut(bl)
	f.patchToHere(bl.breaks)
}

func (p *parser) statements() {
	p.enter()
	for last := false; !last && !p.blockEnds(); {
		last = p.statement()
		p.accept(';')
		p.fs.freeReg = len(p.fs.active)
	}
	p.leave()
}

func (p *parser) innerBlock() {
	var bl block
	p.fs.enterBlock(&bl, false)
	p.statements()
	p.fs.leaveBlock()
}

func (p *parser) statement() (last bool) {
	line := p.line
	p.fs.statement(line)
	switch p.tok.kind {
	case ';':
		// The caller takes it.
	case tIf:
		p.ifStat(line)
	case tWhile:
		p.whileStat(line)
	case tDo:
		p.next()
		p.innerBlock()
		p.closing(tEnd, tDo, line)
	case tFor:
		p.forStat(line)
	case tRepeat:
		p.repeatStat(line)
	case tFunction:
		p.funcStat(line)
	case tLocal:
		p.next()
		if p.accept(tFunction) {
			p.localFunc()
		} else {
			p.localStat()
		}
	case tReturn:
		p.retStat()
		return true
	case tBreak:
		p.next()
		p.breakStat()
		return true
	case tDoubleColon:
		p.labelStat(line)
	default:
		if p.tok.kind == tName && p.tok.text == "goto" && p.lookahead() == tName {
			p.next()
			p.fs.addGoto(p.ident(), line)
			return false
		}
		p.exprStat()
	}
	return false
}

// labelStat parses ::name::. A label with only void statements up to the end
// of its block lies outside the scope of the block's locals.
func (p *parser) labelStat(line int) {
	p.next()
	name := p.ident()
	p.expect(tDoubleColon)
	label := p.fs.addLabel(labelDesc{name: name, pc: p.fs.label(), line: line})
	for p.tok.kind == ';' || p.tok.kind == tDoubleColon {
		p.statement()
		p.accept(';')
	}
	p.fs.closeLabel(label, p.blockEnds() && p.tok.kind != tUntil)
}

func (p *parser) exprStat() {
	f := p.fs
	from := p.tok.from
	v := p.primary()
	if v.kind == eCall {
		f.code[v.info] = setC(f.code[v.info], 1)
		return
	}
	p.assignment([]exp{v}, []string{p.dotted(from)})
}

// assignment parses the rest of `a, b = x, y`. Targets that read a local which
// an earlier target assigns get a copy of it.
func (p *parser) assignment(targets []exp, names []string) {
	f := p.fs
	switch targets[len(targets)-1].kind {
	case eLocal, eUpvalue, eGlobal, eIndexed:
	default:
		p.failHere("syntax error")
	}
	if p.accept(',') {
		from := p.tok.from
		v := p.primary()
		if v.kind == eLocal {
			f.avoidConflict(targets, v.info)
		}
		if len(targets) > maxDepth-p.depth {
			p.fail("too many variables in assignment", "")
		}
		p.assignment(append(targets, v), append(names, p.dotted(from)))
		return
	}
	p.expect('=')
	n, e := p.exprList(names...)
	if n == len(targets) {
		f.setOneReturn(&e)
		f.store(&targets[n-1], &e)
		targets = targets[:n-1]
	} else {
		f.adjust(len(targets), n, &e)
		if n > len(targets) {
			f.freeReg -= n - len(targets)
		}
	}
	for i := len(targets) - 1; i >= 0; i-- {
		e := mk(eNonReloc, f.freeReg-1)
		f.store(&targets[i], &e)
	}
}

// avoidConflict copies local reg when an earlier target indexes with it.
func (f *funcState) avoidConflict(targets []exp, reg int) {
	extra, conflict := f.freeReg, false
	for i := range targets {
		if t := &targets[i]; t.kind == eIndexed {
			if t.info == reg {
				conflict, t.info = true, extra
			}
			if t.aux == reg {
				conflict, t.aux = true, extra
			}
		}
	}
	if conflict {
		f.emitABC(lua.OP_MOVE, extra, reg, 0)
		f.reserve(1)
	}
}

// adjust brings n values, the last of which is e, to the number wanted.
func (f *funcState) adjust(wanted, n int, e *exp) {
	extra := wanted - n
	if e.isMulti() {
		extra = max(extra+1, 0)
		f.setReturns(e, extra)
		if extra > 1 {
			f.reserve(extra - 1)
		}
		return
	}
	if e.kind != eVoid {
		f.toNextReg(e)
	}
	if extra > 0 {
		reg := f.freeReg
		f.reserve(extra)
		f.loadNil(reg, extra)
	}
}
