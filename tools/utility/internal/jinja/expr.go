package jinja

import (
	"strconv"
	"strings"
)

// expression reads the whole of one, an inline if included.
func (p *parser) expression() expr {
	p.enter()
	defer func() { p.depth-- }()
	e := p.or()
	for p.accept("if") {
		c := &conditional{yes: e, cond: p.or()}
		if p.accept("else") {
			c.no = p.expression()
		}
		e = c
	}
	return e
}

// tuple reads one expression, or several with commas as a list.
func (p *parser) tuple() expr {
	e := p.expression()
	if !p.isOp(",") {
		return e
	}
	l := &listExpr{items: []expr{e}}
	for p.acceptOp(",") {
		if t := p.peek(); t.kind == closed || p.isOp(")") {
			break
		}
		l.items = append(l.items, p.expression())
	}
	return l
}

func (p *parser) or() expr {
	e := p.and()
	for p.isName("or") || p.isOp("||") {
		line := p.next().line
		e = &binary{"or", e, p.and(), line}
	}
	return e
}

func (p *parser) and() expr {
	e := p.not()
	for p.isName("and") || p.isOp("&&") {
		line := p.next().line
		e = &binary{"and", e, p.not(), line}
	}
	return e
}

func (p *parser) not() expr {
	if p.isName("not") || p.isOp("!") {
		p.enter()
		defer func() { p.depth-- }()
		line := p.next().line
		return &unary{"not", p.not(), line}
	}
	return p.comparison()
}

func (p *parser) comparison() expr {
	e := p.sum()
	for {
		t := p.peek()
		switch {
		case t.kind == op && strings.Contains(" == != < <= > >= ", " "+t.val+" "):
			p.pos++
			e = &binary{t.val, e, p.sum(), t.line}
		case t.kind == name && t.val == "in":
			p.pos++
			e = &binary{"in", e, p.sum(), t.line}
		case t.kind == name && t.val == "not" && p.tokens[p.pos+1].val == "in":
			p.pos += 2
			e = &unary{"not", &binary{"in", e, p.sum(), t.line}, t.line}
		case t.kind == name && t.val == "is":
			p.pos++
			e = p.test(e, t.line)
		default:
			return e
		}
	}
}

func (p *parser) test(e expr, line int) expr {
	t := &tested{of: e, line: line, not: p.accept("not"), name: p.ident()}
	switch next := p.peek(); {
	case p.isOp("("):
		t.args = p.arguments()
	case t.name == "in" && p.isOp("["):
		t.args.pos = []expr{p.primary()}
	case next.kind == str || next.kind == num || next.kind == name && !strings.Contains(" and or not is if else in ", " "+next.val+" "):
		t.args.pos = []expr{p.primary()} // as in: x is divisibleby 3
	}
	return t
}

func (p *parser) infix(below func() expr, ops string) expr {
	e := below()
	for {
		t := p.peek()
		if t.kind != op || !strings.Contains(ops, " "+t.val+" ") {
			return e
		}
		p.pos++
		e = &binary{t.val, e, below(), t.line}
	}
}

func (p *parser) sum() expr    { return p.infix(p.concat, " + - ") }
func (p *parser) concat() expr { return p.infix(p.product, " ~ ") }
func (p *parser) product() expr {
	return p.infix(func() expr { return p.sign(true) }, " * / // % ")
}

// sign reads a number with its sign. Filters come after the sign: -1|abs is 1.
func (p *parser) sign(filters bool) expr {
	if p.isOp("-") || p.isOp("+") {
		p.enter()
		defer func() { p.depth-- }()
		t := p.next()
		e := expr(&unary{t.val, p.sign(false), t.line})
		if filters {
			e = p.postfix(e, true)
		}
		return e
	}
	e := p.postfix(p.primary(), filters)
	if p.isOp("**") {
		p.enter()
		defer func() { p.depth-- }()
		line := p.next().line
		e = &binary{"**", e, p.sign(filters), line}
	}
	return e
}

// postfix reads the members, calls and filters behind an expression.
func (p *parser) postfix(e expr, filters bool) expr {
	for {
		t := p.peek()
		switch {
		case p.acceptOp("."):
			if n := p.peek(); n.kind == num && !strings.ContainsAny(n.val, ".eE") {
				p.pos++
				i, _ := strconv.ParseInt(n.val, 10, 64)
				e = &subscript{e, &literal{i}, t.line}
				continue
			}
			e = &member{e, p.ident(), t.line}
		case p.acceptOp("::"):
			e = &member{e, p.ident(), t.line}
		case p.acceptOp("["):
			e = p.index(e, t.line)
		case p.isOp("("):
			e = &callExpr{e, p.arguments(), t.line}
		case filters && p.isOp("|"):
			for _, f := range p.filters(nil, false) {
				f.of = e
				e = &f
			}
		default:
			return e
		}
	}
}

// filters reads a chain of filters; bare tells that the first has no bar.
func (p *parser) filters(out []filtered, bare bool) []filtered {
	for bare || p.acceptOp("|") {
		bare = false
		f := filtered{line: p.peek().line, name: p.ident()}
		if p.isOp("(") {
			f.args = p.arguments()
		}
		out = append(out, f)
	}
	return out
}

func (p *parser) index(e expr, line int) expr {
	s := &slicing{of: e, line: line}
	part := func() expr {
		if p.isOp(":") || p.isOp("::") || p.isOp("]") {
			return nil
		}
		return p.expression()
	}
	s.from = part()
	if p.acceptOp("]") {
		if s.from == nil {
			p.fail("expected a key between [ and ]")
		}
		return &subscript{e, s.from, line}
	}
	if p.acceptOp("::") { // with no end between them
		s.step = part()
	} else {
		p.wantOp(":")
		s.to = part()
		if p.acceptOp(":") {
			s.step = part()
		}
	}
	p.wantOp("]")
	return s
}

func (p *parser) arguments() arguments {
	var a arguments
	p.wantOp("(")
	for !p.acceptOp(")") {
		if t := p.peek(); t.kind == name && p.tokens[p.pos+1].kind == op && p.tokens[p.pos+1].val == "=" {
			p.pos += 2
			a.names, a.named = append(a.names, t.val), append(a.named, p.expression())
		} else {
			if a.named != nil {
				p.fail("an argument without a name stands behind one with a name")
			}
			a.pos = append(a.pos, p.expression())
		}
		if !p.isOp(")") {
			p.wantOp(",")
		}
	}
	return a
}

func (p *parser) primary() expr {
	t := p.next()
	switch t.kind {
	case str:
		v := t.val
		for p.peek().kind == str { // neighbours are joined
			v += p.next().val
		}
		return &literal{v}
	case num:
		if i, err := strconv.ParseInt(t.val, 10, 64); err == nil {
			return &literal{i}
		}
		f, err := strconv.ParseFloat(t.val, 64)
		if err != nil {
			p.pos--
			p.fail("%s is no number", t.val)
		}
		return &literal{f}
	case name:
		switch t.val {
		case "true", "True":
			return &literal{true}
		case "false", "False":
			return &literal{false}
		case "none", "None", "null":
			return &literal{nil}
		}
		return &variable{t.val, t.line}
	case op:
		switch t.val {
		case "(":
			if p.acceptOp(")") {
				return &listExpr{}
			}
			e := p.tuple()
			p.wantOp(")")
			return e
		case "[":
			l := &listExpr{}
			for !p.acceptOp("]") {
				l.items = append(l.items, p.expression())
				if !p.isOp("]") {
					p.wantOp(",")
				}
			}
			return l
		case "{":
			d := &dictExpr{}
			for !p.acceptOp("}") {
				d.keys = append(d.keys, p.expression())
				p.wantOp(":")
				d.values = append(d.values, p.expression())
				if !p.isOp("}") {
					p.wantOp(",")
				}
			}
			return d
		}
	}
	p.pos = max(0, p.pos-1)
	if t.kind == end {
		p.pos = len(p.tokens) - 1
	}
	p.fail("expected a value, found %s", t.show())
	return nil
}
