package syntax

// statement parses one statement, or what is none. It consumes at least a token,
// except before a semicolon. last says that nothing may follow it in its block.
func (p *parser) statement() (last bool) {
	mark, first := p.mark(), p.i
	switch p.kind {
	case Semicolon: // the caller takes it
	case If:
		p.next()
		p.ifStat(mark, mark, first)
	case While:
		p.next()
		p.expr()
		p.loopBody(first)
		p.node(WhileStat, mark, first, first)
	case Do:
		p.next()
		cut := p.inner(first, End, false)
		p.closeBlock(End, first, cut)
		p.node(DoStat, mark, first, first)
	case For:
		p.forStat(mark, first)
	case Repeat:
		p.repeatStat(mark, first)
	case FunctionToken:
		p.funcStat(mark, first)
	case LocalToken:
		p.localStat(mark, first)
	case Return:
		p.next()
		if p.kind != Semicolon && p.kind != DoubleColon && !closes(p.kind) && !beginsStatement(p.kind) && !p.nextLineAssigns() {
			p.exprList()
		}
		p.node(ReturnStat, mark, first, first)
		return true
	case Break:
		p.next()
		if p.fn.loops == 0 {
			tok := p.tokens[first]
			p.errors = append(p.errors, Error{Start: int(tok.Start), End: int(tok.End), Message: "no loop to break near '" + p.near() + "'"})
		}
		p.node(BreakStat, mark, first, first)
		return true
	case DoubleColon:
		p.jumps = true
		p.next()
		p.name()
		p.expect(DoubleColon)
		p.node(LabelStat, mark, first, first)
	case Ident:
		if p.TokenText(p.i) == "goto" && p.ahead() == Ident {
			p.jumps = true
			p.next()
			p.name()
			p.node(GotoStat, mark, first, first)
			return false
		}
		p.exprStat(mark, first)
	default:
		p.exprStat(mark, first)
	}
	return false
}

// ifStat parses an if statement, whose condition begins at the current token, or is
// already made if the current token is the then.
func (p *parser) ifStat(mark, clause, first int) {
	if p.mark() == clause {
		p.expr()
	}
	p.expectOnLine(Then)
	cut := p.inner(first, End, true)
	p.clause(IfClause, clause, first)
	for !cut && p.kind == ElseIf {
		clause, begin := p.mark(), p.i
		p.next()
		p.expr()
		p.expectOnLine(Then)
		cut = p.inner(first, End, true)
		p.clause(ElseIfClause, clause, begin)
	}
	if !cut && p.kind == Else {
		clause, begin := p.mark(), p.i
		p.next()
		cut = p.inner(first, End, false)
		p.clause(ElseClause, clause, begin)
	}
	p.closeBlock(End, first, cut)
	p.node(IfStat, mark, first, first)
}

// clause makes a node that ends with the block made last.
func (p *parser) clause(kind Kind, mark, first int) {
	p.add(kind, mark, first, int(p.made[len(p.made)-1].end), first)
}

// loopBody parses `do … end` of the loop that first began.
func (p *parser) loopBody(first int) {
	p.expectOnLine(Do)
	p.fn.loops++
	cut := p.inner(first, End, false)
	p.fn.loops--
	p.closeBlock(End, first, cut)
}

func (p *parser) repeatStat(mark, first int) {
	p.next()
	p.fn.loops++
	cut := p.inner(first, Until, false)
	p.fn.loops--
	if p.closeBlock(Until, first, cut) {
		p.expr()
	} else {
		p.missing()
	}
	p.node(RepeatStat, mark, first, first)
}

func (p *parser) forStat(mark, first int) {
	p.next()
	names, nameAt := p.mark(), p.i
	p.name()
	switch {
	case p.kind == Assign || p.kind == NumberToken && !p.newLine():
		if !p.accept(Assign) {
			p.fail("'=' or 'in' expected")
		}
		p.expr()
		if p.expect(Comma) || p.startsExpr() && !p.newLine() {
			p.expr()
		} else {
			p.missing()
		}
		if p.accept(Comma) {
			p.expr()
		}
		p.loopBody(first)
		p.node(NumericFor, mark, first, first)
		return
	case p.kind != Comma && p.kind != In:
		p.fail("'=' or 'in' expected")
	}
	for p.accept(Comma) {
		p.name()
	}
	p.node(NameList, names, nameAt, nameAt)
	in := p.expectOnLine(In)
	if in || p.startsExpr() && !p.newLine() {
		p.exprList()
	} else {
		list := p.mark()
		p.missing()
		p.node(ExprList, list, p.i, p.i)
	}
	p.loopBody(first)
	p.node(GenericFor, mark, first, first)
}

func (p *parser) funcStat(mark, first int) {
	p.next()
	name, nameAt := p.mark(), p.i
	p.name()
	for p.kind == Dot || p.kind == Colon {
		at, kind := p.i, Index
		if p.kind == Colon {
			kind = Method
		}
		p.next()
		p.name()
		p.node(kind, name, nameAt, at)
		if kind == Method {
			break
		}
	}
	p.funcBody(first)
	p.node(FuncStat, mark, first, first)
}

func (p *parser) localStat(mark, first int) {
	p.next()
	if function := p.i; p.accept(FunctionToken) {
		p.name()
		p.funcBody(function)
		p.node(LocalFunc, mark, first, first)
		return
	}
	names, nameAt := p.mark(), p.i
	for {
		p.name()
		p.attribute()
		if !p.accept(Comma) {
			break
		}
	}
	p.node(NameList, names, nameAt, nameAt)
	if p.accept(Assign) {
		p.exprList()
	}
	p.node(LocalStat, mark, first, first)
}

// attribute skips an attribute of Lua 5.4, such as <const>.
func (p *parser) attribute() {
	if p.kind != Less {
		return
	}
	if !p.reported() {
		p.report("variable attributes such as <const> and <close> are of Lua 5.4, this is Lua 5.1 with goto: leave the attribute out near '<'")
	}
	if p.ahead() == Ident && !p.newLine() {
		p.next()
		p.next()
		p.accept(Greater)
	}
}

// exprStat parses a call, an assignment, or what is neither: a BadStat.
func (p *parser) exprStat(mark, first int) {
	silent := p.errorAt == first // the statement before it was reported here
	if p.kind != Ident && p.kind != LeftParen {
		p.fail("unexpected symbol")
		p.skip(first)
		p.node(BadStat, mark, first, first)
		return
	}
	kind := p.suffixed(true)
	_, operator := priority(p.kind)
	switch {
	case p.kind == Assign || p.kind == Comma:
		if kind == Call { // a statement of its own, to the compiler
			p.fail("unexpected symbol")
		}
		p.assignment(mark, first, kind)
		return
	case kind == Call && !operator && p.kind != Then:
		p.node(CallStat, mark, first, first)
		return
	}
	if silent {
		p.errorAt = p.i
	}
	switch kind {
	case Call:
		p.fail("unexpected symbol")
	case Name, Index, IndexKey:
		p.fail("'=' expected")
	default:
		p.fail("syntax error")
	}
	p.binary(mark, first, 0)
	if p.kind == Then && !p.newLine() { // its if is missing
		p.ifStat(mark, mark, first)
		return
	}
	if p.kind != Ident && p.kind != LeftParen {
		p.skip(first)
	}
	p.node(BadStat, mark, first, first)
}

// skip skips what belongs to no statement: to the end of the line, or what begins
// or ends something. It consumes at least the token first.
func (p *parser) skip(first int) {
	if p.i == first && p.kind != EOF {
		p.next()
	}
	for !closes(p.kind) && !beginsStatement(p.kind) && p.kind != FunctionToken && p.kind != Semicolon && p.kind != DoubleColon && !p.newLine() {
		p.next()
	}
}

// assignment parses the rest of `a, b = x, y`, behind its first target.
func (p *parser) assignment(mark, first int, kind Kind) {
	for {
		if kind != Name && kind != Index && kind != IndexKey {
			p.fail("syntax error")
		}
		if !p.accept(Comma) {
			break
		}
		if p.kind == Ident || p.kind == LeftParen {
			kind = p.suffixed(true)
		} else {
			p.fail("unexpected symbol")
			p.missing()
			kind = Name
		}
	}
	p.node(ExprList, mark, first, first)
	if p.expect(Assign) {
		p.exprList()
	} else {
		list := p.mark()
		p.missing()
		p.node(ExprList, list, p.i, p.i)
	}
	p.node(AssignStat, mark, first, first)
}
