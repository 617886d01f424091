package syntax

// block is a block being parsed.
type block struct {
	opener int       // the token that opened it; -1: the chunk
	closer TokenKind // End, Until or EOF
	clause bool      // an else or elseif may close it too
	column int       // indentation of the opener's line; -1: not known or not trusted
	body   int       // column of the first statement that begins a line; -1: none yet
	last   bool      // nothing may follow the statement before
}

// takes tells whether a token closes the block.
func (b *block) takes(k TokenKind) bool {
	return k == b.closer || b.clause && (k == Else || k == ElseIf)
}

func closes(k TokenKind) bool { return k == End || k == Else || k == ElseIf || k == Until || k == EOF }

// beginsStatement tells whether a keyword can only stand where a statement begins.
// A function is an expression too.
func beginsStatement(k TokenKind) bool {
	switch k {
	case LocalToken, If, For, While, Repeat, Do, Return, Break:
		return true
	}
	return false
}

// inner parses the block that opener opened, up to its closer. cut says that it
// ended before it, so that the current token is not its own.
func (p *parser) inner(opener int, closer TokenKind, clause bool) (cut bool) {
	b := block{opener: opener, closer: closer, clause: clause, column: -1, body: -1}
	if p.trusts {
		b.column = p.indent(opener)
	}
	mark, begin := p.mark(), p.last+1
	if clause {
		p.ifs++
	}
	if closer == End {
		p.ends++
	} else {
		p.repeats++
	}
	if p.enter() {
		cut = p.statements(&b)
	}
	p.leave()
	if clause {
		p.ifs--
	}
	if closer == End {
		p.ends--
	} else {
		p.repeats--
	}
	// Comments up to the closer belong to the block.
	end, token := p.i, begin
	if cut || !b.takes(p.kind) {
		end = p.last + 1
	}
	if begin >= end {
		begin, end, token = p.last+1, p.last+1, -1
	}
	p.add(Block, mark, begin, end, token)
	return cut
}

// closeBlock consumes the closer of a block, or reports that it is not there.
func (p *parser) closeBlock(b TokenKind, opener int, cut bool) bool {
	if !cut && p.accept(b) {
		return true
	}
	p.misplace()
	p.failToClose(b, opener)
	return false
}

// misplace notes that a block does not close as it should at the current token.
func (p *parser) misplace() { p.misplaced = append(p.misplaced, p.tokens[p.i].Start) }

// statements parses the statements of a block up to a token that ends it. cut says
// that the block ended there only because of the indentation.
func (p *parser) statements(b *block) (cut bool) {
	for {
		if end, cut := p.step(b); end {
			return cut
		}
	}
}

// step parses one statement of a block, or finds that the block ends in front of the
// current token.
func (p *parser) step(b *block) (end, cut bool) {
	column, first := 0, false
	if p.trusts && p.kind != EOF {
		column, first = p.column()
	}
	if closes(p.kind) {
		if p.kind == EOF {
			return true, false
		}
		if first && column < b.column {
			return true, true
		}
		deeper := first && b.column >= 0 && b.body > b.column && column >= b.body
		if !deeper && p.closesAround(b) {
			return true, false
		}
		p.stray(b)
		b.last = false
		return false, false
	}
	if first && p.kind != DoubleColon {
		if column <= b.column {
			return true, true
		}
		if b.body < 0 {
			b.body = column
		}
	}
	if b.last {
		p.failToClose(b.closer, b.opener)
	}
	b.last = p.statement()
	p.accept(Semicolon)
	return false, false
}

// closesAround tells whether the current token, which closes blocks, closes this one or
// one around it.
func (p *parser) closesAround(b *block) bool {
	switch p.kind {
	case End:
		return b.closer == End || p.ends > 0
	case Until:
		return b.closer == Until || p.repeats > 0
	}
	return b.clause || p.ifs > 0
}

// stray makes a BadStat of a token that closes blocks, where there is none to close.
func (p *parser) stray(b *block) {
	p.misplace()
	mark, first, kind := p.mark(), p.i, p.kind
	p.failToClose(b.closer, b.opener)
	p.next()
	if (kind == Until || kind == ElseIf) && p.startsExpr() && !p.newLine() {
		p.expr()
		if kind == ElseIf && p.kind == Then && !p.newLine() {
			p.next()
		}
	}
	p.node(BadStat, mark, first, first)
}

// maxSkipped is how many tokens are looked at to find one that is expected.
const maxSkipped = 100

// expectOnLine expects a token. If others stand before it in the line, they are
// skipped.
func (p *parser) expectOnLine(k TokenKind) bool {
	if p.accept(k) {
		return true
	}
	p.fail("'" + k.String() + "' expected")
	if p.kind == Then && k == Do || p.kind == Do && k == Then {
		p.next()
		return true
	}
	from := p.last
	for i := p.i; i < p.i+maxSkipped; i++ {
		tok := p.tokens[i]
		switch {
		case tok.Kind == Comment || tok.Kind == Bad:
			continue
		case p.breakBetween(from, i):
			return false
		case tok.Kind == k:
			for p.i < i {
				p.next()
			}
			p.next()
			return true
		case closes(tok.Kind) || beginsStatement(tok.Kind) || tok.Kind == FunctionToken || tok.Kind == Semicolon:
			return false
		}
		from = i
	}
	return false
}
