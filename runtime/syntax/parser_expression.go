package syntax

// startsExpr tells whether an expression begins at the current token. What begins a
// line as `name =` or `function name` is the next statement: no program that is
// right has it where an expression must be.
func (p *parser) startsExpr() bool {
	switch p.kind {
	case Ident:
		return p.tokens[p.i+1].Kind != Assign || !p.newLine()
	case FunctionToken:
		return p.tokens[p.i+1].Kind != Ident || !p.newLine()
	case NumberToken, StringToken, BadString, NilToken, TrueToken, FalseToken, Dots, LeftBrace, LeftParen, Not, Minus, Hash:
		return true
	}
	return false
}

// nextLineAssigns tells whether the current token begins a line as `name =`.
func (p *parser) nextLineAssigns() bool {
	return p.kind == Ident && p.tokens[p.i+1].Kind == Assign && p.newLine()
}

// priority returns the priorities of a binary operator, left and right.
func priority(k TokenKind) (p struct{ left, right uint8 }, ok bool) {
	if k < And || k > Concat {
		return p, false
	}
	p = priorities[k]
	return p, p.left > 0
}

const unaryPriority = 8

var priorities = [Concat + 1]struct{ left, right uint8 }{
	Or: {1, 1}, And: {2, 2},
	Less: {3, 3}, Greater: {3, 3}, LessEqual: {3, 3}, GreaterEqual: {3, 3}, NotEqual: {3, 3}, Equal: {3, 3},
	Concat: {5, 4}, Plus: {6, 6}, Minus: {6, 6}, Star: {7, 7}, Slash: {7, 7}, Percent: {7, 7}, Caret: {10, 9},
}

// expr parses an expression, or is missing one.
func (p *parser) expr() { p.operand(0) }

func (p *parser) operand(limit uint8) {
	if p.startsExpr() {
		p.subexpr(limit)
		return
	}
	p.fail("unexpected symbol")
	mark, first := p.mark(), p.i
	p.missing()
	if p.enter() && !p.newLine() {
		p.binary(mark, first, limit)
	}
	p.leave()
}

// exprList parses expressions with commas between them.
func (p *parser) exprList() {
	mark, first := p.mark(), p.i
	p.expr()
	for p.accept(Comma) {
		p.expr()
	}
	p.node(ExprList, mark, first, first)
}

// subexpr parses operators of a priority above limit.
func (p *parser) subexpr(limit uint8) {
	if !p.enter() {
		p.missing()
		p.leave()
		return
	}
	mark, first := p.mark(), p.i
	switch p.kind {
	case Not, Minus, Hash:
		p.next()
		p.operand(unaryPriority)
		p.node(Unary, mark, first, first)
	default:
		p.simple()
	}
	p.binary(mark, first, limit)
	p.leave()
}

// binary parses what follows the operand made since mark.
func (p *parser) binary(mark, first int, limit uint8) {
	for {
		b, ok := priority(p.kind)
		if !ok || b.left <= limit {
			return
		}
		op := p.i
		p.next()
		p.operand(b.right)
		p.node(Binary, mark, first, op)
	}
}

func (p *parser) simple() {
	switch p.kind {
	case NumberToken:
		p.leaf(Number)
	case StringToken, BadString:
		p.leaf(String)
	case NilToken:
		p.leaf(Nil)
	case TrueToken:
		p.leaf(True)
	case FalseToken:
		p.leaf(False)
	case Dots:
		if !p.fn.vararg {
			p.fail("cannot use '...' outside a vararg function")
		}
		p.leaf(Vararg)
	case LeftBrace:
		p.table()
	case FunctionToken:
		mark, first := p.mark(), p.i
		p.next()
		p.funcBody(first)
		p.node(Function, mark, first, first)
	default:
		p.suffixed(false)
	}
}

// suffixed parses a name or parentheses and what follows them: fields and calls. It
// returns the kind of the whole. stat says that a statement begins with it.
func (p *parser) suffixed(stat bool) Kind {
	mark, first := p.mark(), p.i
	kind := Name
	if p.kind == Ident {
		p.leaf(Name)
	} else {
		kind = Paren
		p.next()
		p.expr()
		p.closing(RightParen, first)
		p.node(Paren, mark, first, first)
	}
	for {
		at := p.i
		switch p.kind {
		case Dot:
			p.next()
			p.member(stat, false)
			kind = Index
			p.node(kind, mark, first, at)
		case LeftBracket:
			p.next()
			p.expr()
			p.expectOnLine(RightBracket)
			kind = IndexKey
			p.node(kind, mark, first, at)
		case Colon:
			p.next()
			p.member(stat, true)
			p.node(Method, mark, first, at)
			at = p.i
			if !p.args() {
				p.fail("function arguments expected")
				p.missing()
				at = first
			}
			kind = Call
			p.node(kind, mark, first, at)
		case LeftParen, StringToken, BadString, LeftBrace:
			p.args()
			kind = Call
			p.node(kind, mark, first, at)
		default:
			return kind
		}
	}
}

// member parses the name behind a dot or colon. On the next line it is one only if
// what follows goes on with it.
func (p *parser) member(stat, colon bool) {
	if p.kind == Ident && p.newLine() {
		goesOn := false
		switch next := p.ahead(); next {
		case LeftParen, StringToken, BadString, LeftBrace:
			goesOn = true
		case Dot, LeftBracket, Colon, Comma:
			goesOn = !colon
		case Assign:
			goesOn = !colon && stat
		default:
			goesOn = !colon && !stat
		}
		if !goesOn {
			p.fail("'<name>' expected")
			p.missing()
			return
		}
	}
	if p.kind.IsKeyword() && p.last >= 0 && p.tokens[p.last].End == p.tokens[p.i].Start { // a.end
		p.fail("'<name>' expected")
		p.next()
		p.missing()
		return
	}
	p.name()
}

// args parses the arguments of a call, if there are any.
func (p *parser) args() bool {
	mark, first := p.mark(), p.i
	switch p.kind {
	case StringToken, BadString:
		p.leaf(String)
	case LeftBrace:
		p.table()
	case LeftParen:
		if p.last >= 0 && p.tokens[p.last].Kind == RightParen && p.newLine() {
			p.fail("ambiguous syntax (function call x new statement)")
		}
		p.next()
		for p.kind != RightParen {
			p.expr()
			if p.accept(Comma) {
				if p.kind == RightParen {
					p.fail("unexpected symbol")
					p.missing()
				}
				continue
			}
			if p.kind == RightParen || !p.listGoesOn(RightParen, first) {
				break
			}
		}
		p.closing(RightParen, first)
	default:
		return false
	}
	p.node(Args, mark, first, first)
	return true
}

// listGoesOn tells whether the arguments or fields that opener opened go on at the
// current token although there is no comma, and reports that if so.
func (p *parser) listGoesOn(closer TokenKind, opener int) bool {
	if p.depth >= hardDepth {
		return false // nothing would be consumed
	}
	inTable := closer == RightBrace
	goesOn := p.startsExpr()
	switch {
	case inTable && p.kind == LeftBracket:
		goesOn = true
	case p.kind == Assign && !inTable && !p.newLine(): // f(name = value)
		p.failToClose(closer, opener)
		p.next()
		return p.startsExpr()
	case p.newLine() && (p.kind == Ident || p.kind == LeftParen):
		// The next statement, unless it looks like a field or an argument.
		next := p.ahead()
		goesOn = next == Comma || next == closer || inTable && next == Assign
		goesOn = goesOn && p.indent(p.i) > p.indent(opener)
	}
	if goesOn {
		p.failToClose(closer, opener)
	}
	return goesOn
}

func (p *parser) table() {
	mark, first := p.mark(), p.i
	p.next()
	for p.kind != RightBrace {
		if !p.field() {
			break
		}
		if p.accept(Comma) || p.accept(Semicolon) {
			continue
		}
		if p.kind == RightBrace || !p.listGoesOn(RightBrace, first) {
			break
		}
	}
	p.closing(RightBrace, first)
	p.node(Table, mark, first, first)
}

// field parses a field of a table. It reports false where the table cannot go on.
func (p *parser) field() bool {
	mark, first := p.mark(), p.i
	switch {
	case p.kind == LeftBracket:
		p.next()
		p.expr()
		p.expectOnLine(RightBracket)
		if p.expect(Assign) {
			p.expr()
		} else {
			p.missing()
		}
		p.node(KeyField, mark, first, first)
	case p.kind == Ident && p.ahead() == Assign:
		p.leaf(Name)
		p.next()
		p.expr()
		p.node(NameField, mark, first, first)
	case p.kind.IsKeyword() && p.ahead() == Assign: // { end = 1 }
		p.fail("unexpected symbol")
		p.next()
		p.missing()
		p.next()
		p.expr()
		p.node(NameField, mark, first, first)
	case p.startsExpr():
		p.subexpr(0)
		p.node(PosField, mark, first, first)
	case p.kind == Comma || p.kind == Semicolon: // {, 1}
		p.fail("unexpected symbol")
		p.missing()
		p.node(PosField, mark, first, first)
	default:
		p.fail("unexpected symbol")
		return false
	}
	return true
}

// funcBody parses parameters and body of the function that opener, its keyword,
// began.
func (p *parser) funcBody(opener int) {
	mark, first := p.mark(), p.i
	vararg := p.params()
	outer := p.fn
	p.fn = function{vararg: vararg}
	cut := p.inner(opener, End, false)
	p.fn = outer
	p.closeBlock(End, opener, cut)
	p.node(FuncBody, mark, first, first)
}

// params parses the parameters, and tells whether ... is one.
func (p *parser) params() (vararg bool) {
	mark, first := p.mark(), p.i
	open := p.expectOnLine(LeftParen)
	if open || p.kind == Ident && !p.newLine() {
		for p.kind != RightParen || vararg {
			switch {
			case p.kind == Ident && (open || !p.newLine()):
				p.leaf(Name)
			case p.kind == Dots:
				p.leaf(Vararg)
				vararg = true
			default:
				p.fail("<name> or '...' expected")
				p.missing()
			}
			if vararg || !p.accept(Comma) {
				break
			}
			if p.kind == RightParen {
				p.fail("<name> or '...' expected")
				p.missing()
			}
		}
		p.expectOnLine(RightParen)
	}
	p.node(Params, mark, first, first)
	return vararg
}
