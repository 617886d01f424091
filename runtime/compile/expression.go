package compile

import lua "github.com/yuin/gopher-lua"

// exprList parses expressions; names are what they are assigned to, if known.
func (p *parser) exprList(names ...string) (int, exp) {
	n := 0
	for {
		p.naming.next = ""
		if n < len(names) {
			p.naming.next = names[n]
		}
		e := p.expr()
		n++
		if !p.accept(',') {
			return n, e
		}
		p.fs.toNextReg(&e)
	}
}

func (p *parser) expr() exp {
	e, _ := p.subexpr(0)
	return e
}

// Priorities of binary operators, left and right.
const (
	unaryPriority = 8
	concatRight   = 4
)

type binop struct {
	left, right int
	op          int // arithmetic or comparison opcode
}

func binary(k tokenKind) (binop, bool) {
	switch k {
	case '+':
		return binop{6, 6, lua.OP_ADD}, true
	case '-':
		return binop{6, 6, lua.OP_SUB}, true
	case '*':
		return binop{7, 7, lua.OP_MUL}, true
	case '/':
		return binop{7, 7, lua.OP_DIV}, true
	case '%':
		return binop{7, 7, lua.OP_MOD}, true
	case '^':
		return binop{10, 9, lua.OP_POW}, true
	case tConcat:
		return binop{5, concatRight, lua.OP_CONCAT}, true
	case tNe, tEq, '<', tLe, '>', tGe:
		return binop{3, 3, 0}, true
	case tAnd:
		return binop{2, 2, 0}, true
	case tOr:
		return binop{1, 1, 0}, true
	}
	return binop{}, false
}

// subexpr parses operators of a priority above limit. The right operand of a
// concatenation is parsed with concatRight, which continues its chain.
func (p *parser) subexpr(limit int) (exp, tokenKind) {
	p.enter()
	f := p.fs
	var e exp
	switch op := p.tok.kind; op {
	case tNot, '-', '#':
		p.next()
		e, _ = p.subexpr(unaryPriority)
		f.prefix(op, &e)
	default:
		e = p.simple()
	}
	op := p.tok.kind
	for {
		b, ok := binary(op)
		if !ok || b.left <= limit {
			break
		}
		p.next()
		f.infix(op, &e, limit == concatRight)
		e2, next := p.subexpr(b.right)
		f.posfix(op, b, &e, &e2, limit == concatRight)
		op = next
	}
	p.leave()
	return e, op
}

func (f *funcState) prefix(op tokenKind, e *exp) {
	zero := mk(eNumber, 0)
	switch op {
	case tNot:
		f.not(e)
	case '-':
		if !e.isNumeral() {
			f.toAnyReg(e)
		}
		f.arith(lua.OP_UNM, e, &zero)
	case '#':
		f.toAnyReg(e)
		f.arith(lua.OP_LEN, e, &zero)
	}
}

func (f *funcState) infix(op tokenKind, e *exp, inChain bool) {
	switch op {
	case tAnd:
		f.goIfTrue(e)
	case tOr:
		f.goIfFalse(e)
	case tConcat:
		f.beginConcat(e, inChain)
	case '+', '-', '*', '/', '%', '^':
		if !e.isNumeral() {
			f.toRK(e)
		}
	default:
		f.toRK(e)
	}
}

func (f *funcState) posfix(op tokenKind, b binop, e, e2 *exp, inChain bool) {
	switch op {
	case tAnd:
		f.discharge(e2)
		f.concat(&e2.f, e.f)
		*e = *e2
	case tOr:
		f.discharge(e2)
		f.concat(&e2.t, e.t)
		*e = *e2
	case tConcat:
		f.endConcat(e, e2, inChain)
	case tEq:
		f.compare(lua.OP_EQ, 1, e, e2)
	case tNe:
		f.compare(lua.OP_EQ, 0, e, e2)
	case '<':
		f.compare(lua.OP_LT, 1, e, e2)
	case tLe:
		f.compare(lua.OP_LE, 1, e, e2)
	case '>':
		f.compare(lua.OP_LT, 0, e, e2)
	case tGe:
		f.compare(lua.OP_LE, 0, e, e2)
	default:
		f.arith(b.op, e, e2)
	}
}

func (p *parser) simple() exp {
	var e exp
	name := p.naming.take()
	switch p.tok.kind {
	case tNumber:
		e = mk(eNumber, 0)
		e.num = p.tok.num
	case tString:
		e = mk(eConst, p.fs.stringK(p.tok.text))
	case tNil:
		e = mk(eNil, 0)
	case tTrue:
		e = mk(eTrue, 0)
	case tFalse:
		e = mk(eFalse, 0)
	case tDots:
		if p.fs.varArg == 0 {
			p.failHere("cannot use '...' outside a vararg function")
		}
		p.fs.varArg &^= lua.VarArgNeedsArg
		e = mk(eVararg, p.fs.emitABC(lua.OP_VARARG, 0, 1, 0))
	case '{':
		return p.table(name)
	case tFunction:
		p.next()
		return p.body(false, p.line, name)
	default:
		return p.primary()
	}
	p.next()
	return e
}

// prefixExp returns a prefix expression, and what the program calls it.
func (p *parser) prefixExp() (exp, callSite) {
	switch p.tok.kind {
	case '(':
		line := p.line
		p.next()
		e := p.expr()
		p.closing(')', '(', line)
		p.fs.discharge(&e)
		return e, callSite{}
	case tName:
		site := callSite{name: p.tok.text}
		e := p.fs.resolve(p.ident())
		switch e.kind {
		case eLocal:
			site.kind = "local"
		case eUpvalue:
			site.kind = "upvalue"
		default:
			site.kind = "global"
		}
		return e, site
	}
	p.failHere("unexpected symbol")
	return exp{}, callSite{}
}

func (p *parser) primary() exp {
	f := p.fs
	e, site := p.prefixExp()
	for {
		switch p.tok.kind {
		case '.':
			name := p.field(&e)
			site = callSite{name: name, kind: "field", table: site.variable()}
		case '[':
			f.toAnyReg(&e)
			k := p.bracketed()
			site = callSite{name: "?", kind: "field", table: site.variable()}
			if k.kind == eConst {
				if s, ok := f.consts[k.info].(lua.LString); ok {
					site.name = string(s)
				}
			}
			f.indexed(&e, &k)
		case ':':
			p.next()
			name := p.ident()
			k := mk(eConst, f.stringK(name))
			f.self(&e, &k)
			p.callArgs(&e, callSite{name: name, kind: "method"})
			site = callSite{}
		case '(', tString, '{':
			f.toNextReg(&e)
			p.callArgs(&e, site)
			site = callSite{}
		default:
			return e
		}
	}
}

func (p *parser) field(e *exp) (name string) {
	p.fs.toAnyReg(e)
	p.next()
	name = p.ident()
	k := mk(eConst, p.fs.stringK(name))
	p.fs.indexed(e, &k)
	return name
}

func (p *parser) bracketed() exp {
	p.next()
	e := p.expr()
	p.fs.toValue(&e)
	p.expect(']')
	return e
}

// callArgs parses arguments. A '(' on a new line after ')' could begin a new
// statement: like gopher-lua we refuse to guess.
func (p *parser) callArgs(fn *exp, site callSite) {
	f := p.fs
	line := p.line
	args := mk(eVoid, 0)
	switch p.tok.kind {
	case '(':
		if p.prev == ')' && line != p.lastLine {
			p.failHere("ambiguous syntax (function call x new statement)")
		}
		p.next()
		if p.tok.kind != ')' {
			_, args = p.exprList()
			if args.isMulti() {
				f.setReturns(&args, -1)
			}
		}
		p.closing(')', '(', line)
	case '{':
		args = p.table("")
	case tString:
		args = mk(eConst, f.stringK(p.tok.text))
		p.next()
	default:
		p.failHere("function arguments expected")
	}
	base := fn.info
	n := -1
	if !args.isMulti() {
		if args.kind != eVoid {
			f.toNextReg(&args)
		}
		n = f.freeReg - (base + 1)
	}
	*fn = mk(eCall, f.emitABC(lua.OP_CALL, base, n+1, 2))
	site.pc = fn.info
	f.calls = append(f.calls, site)
	f.fixLine(line)
	f.freeReg = base + 1
}

func (p *parser) body(method bool, line int, name string) exp {
	f := p.open(line)
	f.name = name
	p.expect('(')
	if method {
		f.declare("self", 0)
		f.activate(1)
	}
	n := 0
	if p.tok.kind != ')' {
		for more := true; more; {
			switch p.tok.kind {
			case tName:
				f.declare(p.ident(), n)
				n++
			case tDots:
				p.next()
				f.declare("arg", n)
				n++
				f.varArg = lua.VarArgHasArg | lua.VarArgNeedsArg | lua.VarArgIsVarArg
			default:
				p.failHere("<name> or '...' expected")
			}
			more = f.varArg == 0 && p.accept(',')
		}
	}
	f.activate(n)
	f.numParams = len(f.active)
	if f.varArg != 0 {
		f.numParams--
	}
	f.reserve(len(f.active))
	p.expect(')')
	var bl block
	f.enterBlock(&bl, false)
	bl.active = 0 // parameters belong to the function's block
	p.statements()
	f.lineTo = p.line
	p.closing(tEnd, tFunction, line)
	f.moveOutOfFunction()
	fn := p.close()
	return p.closure(fn, f)
}

// closure emits CLOSURE and a word for each upvalue.
func (p *parser) closure(fn *Function, inner *funcState) exp {
	f := p.fs
	f.children = append(f.children, fn)
	f.limit(len(f.children), maxBx, "functions")
	e := mk(eReloc, f.emit(abx(lua.OP_CLOSURE, 0, len(f.children)-1)))
	for _, u := range inner.upvalues {
		op := lua.OP_GETUPVAL
		if u.local {
			op = lua.OP_MOVE
		}
		f.emitABC(op, 0, u.index, 0)
	}
	return e
}
